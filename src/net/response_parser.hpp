// HTTP/1.1 responses out of bytes, without a socket: as strict as the parser of requests, with
// llhttp as the second opinion (framing.hpp). A peer that answers nonsense is Code::bad_gateway and
// its connection is not used again. One connection's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/framing.hpp"
#include "net/http.hpp"

namespace tg::net {

struct ResponseLimits {
  std::size_t head = 64 << 10;
  std::size_t fields = 200;
  int interim_responses = 16;  // 1xx before the real one
};

class ResponseParser {
 public:
  explicit ResponseParser(ResponseLimits limits = {}) : limits_(limits) {}
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // A new exchange on the same connection. `answers_head`: no body follows, whatever the fields say
  // (HEAD, CONNECT).
  void start(bool answers_head);
  void append(std::string_view bytes);
  // The peer closed: the end of a body without length, else a failure.
  void end_of_stream();

  bool has_bytes() const { return has_bytes_; }  // of this exchange
  bool has_head() const { return has_head_; }
  int status() const { return status_; }  // of the latest head
  Headers& headers() { return headers_; }
  bool complete() const { return has_head_ && framing_.complete(); }
  // Whether another request may use the connection. Bytes beyond the end forbid it: they are never
  // matched to the next request.
  bool can_be_reused() const { return complete() && keep_alive_ && !extra_ && !failure_; }
  // What of the body has come and was not taken yet.
  std::string take_body() { return std::exchange(body_, {}); }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  bool refuse(const char* what);
  bool read_head(std::string_view head);
  bool read_status_line(std::string_view line);
  bool read_fields(std::string_view fields);
  bool start_body(std::string_view fields);
  void read_body(std::string_view bytes);

  const ResponseLimits limits_;
  std::string head_;  // until it is whole
  bool answers_head_ = false;
  bool has_bytes_ = false;
  bool has_head_ = false;
  bool keep_alive_ = false;
  bool extra_ = false;
  int minor_version_ = 1;
  int status_ = 0;
  int interim_ = 0;
  Headers headers_;
  Framing framing_;
  std::string body_;
  std::optional<Error> failure_;
};

}  // namespace tg::net
