// A sans-I/O parser of server-sent events (the WHATWG event stream format), for the client side of
// a stream. format_event() in http.hpp is its counterpart.
//
//   EventReader reader;
//   reader.append(bytes);
//   TG_TRY(auto event, reader.next());   // nullopt: more bytes are needed
//
// An event that is incomplete when the stream ends is discarded. Invalid UTF-8 becomes U+FFFD. Not
// thread-safe: one stream's.
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
  std::string id;    // the last id received, with this or an earlier event
};

struct EventLimits {
  std::size_t line = 256 << 10;
  std::size_t data = 8 << 20;  // of one event
};

class EventReader {
 public:
  explicit EventReader(EventLimits limits = {}) : limits_(limits) {}

  void append(std::string_view bytes);
  // Code::bad_gateway for a line or an event beyond the limits; errors are final.
  Result<std::optional<ServerEvent>> next();
  // The reconnection time that the server sent, if any.
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  // A line without its terminator; nullopt when it is incomplete.
  std::optional<std::string_view> next_line();
  bool take_line(std::string_view line);
  std::optional<ServerEvent> finish_event();

  const EventLimits limits_;
  std::string buffer_;
  std::size_t at_ = 0;  // everything before is consumed
  std::size_t searched_ = 0;
  bool at_start_ = true;
  bool skips_lf_ = false;  // the last line ended with CR
  ServerEvent event_;
  bool has_data_ = false;
  std::optional<std::chrono::milliseconds> retry_;
  bool failed_ = false;
};

}  // namespace tg::net
