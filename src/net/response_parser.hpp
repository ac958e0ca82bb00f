// A sans-I/O parser of HTTP/1.1 responses, as strict as the request parser (framing.hpp). Malformed
// responses fail with Code::bad_gateway, and their connection must not be reused. Not thread-safe:
// one connection's.
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
  int interim_responses = 16;  // 1xx responses before the final one
};

class ResponseParser {
 public:
  explicit ResponseParser(ResponseLimits limits = {}) : limits_(limits) {}
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // Begins a new exchange on the same connection. `answers_head`: no body follows, whatever the
  // fields say (HEAD, CONNECT).
  void start(bool answers_head);
  void append(std::string_view bytes);
  // The peer closed the connection: ends a body without a length, otherwise a failure.
  void end_of_stream();

  bool has_bytes() const { return has_bytes_; }  // of this exchange
  bool has_head() const { return has_head_; }
  int status() const { return status_; }  // of the latest head
  Headers& headers() { return headers_; }
  bool complete() const { return has_head_ && framing_.complete(); }
  // Whether another request may use the connection. Not after surplus bytes: they must never be
  // taken for the next response.
  bool can_be_reused() const { return complete() && keep_alive_ && !extra_ && !failure_; }
  // Takes the part of the body that was received and not taken yet.
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
  std::string head_;  // until it is complete
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
