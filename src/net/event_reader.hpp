// Server-sent events out of bytes, without a socket: the reader of the WHATWG's event stream
// format, for the remote end of a stream. format_event() in http.hpp is the writer.
//
//   EventReader reader;
//   reader.append(bytes);
//   TG_TRY(auto event, reader.next());   // nullopt: more bytes are needed
//
// An event that its stream does not finish is none: at the stream's end there is nothing to ask
// for. Bytes that are no UTF-8 become U+FFFD. One stream's.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tg::net {

struct ServerEvent {
  std::string name;  // empty: "message"
  std::string data;  // lines joined with LF
  std::string id;    // the last one that was said, by this or an earlier event
};

struct EventLimits {
  std::size_t line = 256 << 10;
  std::size_t data = 8 << 20;  // of one event
};

class EventReader {
 public:
  explicit EventReader(EventLimits limits = {}) : limits_(limits) {}

  void append(std::string_view bytes);
  // Code::bad_gateway for a line or an event beyond the limits; that is final.
  Result<std::optional<ServerEvent>> next();
  // How long the server wants one to wait before connecting again, if it said so.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  // A line without its end; nullopt when it is not whole.
  std::optional<std::string_view> next_line();
  bool take_line(std::string_view line);
  std::optional<ServerEvent> finish_event();

  const EventLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;  // what lies before is done with
  std::size_t searched_ = 0;
  bool at_start_ = true;
  bool skips_lf_ = false;  // the last line ended with CR
  ServerEvent event_;
  bool has_data_ = false;
  std::optional<std::chrono::milliseconds> retry_;
  bool failed_ = false;
};

}  // namespace tg::net
