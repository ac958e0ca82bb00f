// HTTP/1.1 responses out of bytes, without a socket: llhttp in strict mode with limits and our own
// doubts on top. A peer that answers nonsense is Code::bad_gateway and its connection is not used
// again. One connection's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "net/http.hpp"

namespace tg::net {

struct ResponseLimits {
  std::size_t head = 64 << 10;
  std::size_t fields = 200;
  int interim_responses = 16;  // 1xx before the real one
};

class ResponseParser {
 public:
  explicit ResponseParser(ResponseLimits limits = {});
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  // A new exchange on the same connection.
  void start(bool answers_head);
  void append(std::string_view bytes);
  // The peer closed: the end of a body without length, else a failure.
  void end_of_stream();

  bool has_head() const { return has_head_; }
  int status() const { return status_; }
  Headers& headers() { return headers_; }
  bool complete() const { return complete_; }
  // After complete(): whether another request may use the connection.
  bool can_be_reused() const { return complete_ && keep_alive_ && !extra_ && !failure_; }
  // What of the body has come and was not taken yet.
  std::string take_body() { return std::exchange(body_, {}); }
  const std::optional<Error>& failure() const { return failure_; }

 private:
  void refuse(std::string what);
  static ResponseParser& self(llhttp_t* parser) {
    return *static_cast<ResponseParser*>(parser->data);
  }
  static int on_field(llhttp_t* parser, const char* at, std::size_t size);
  static int on_value(llhttp_t* parser, const char* at, std::size_t size);
  static int on_value_complete(llhttp_t* parser);
  static int on_headers_complete(llhttp_t* parser);
  static int on_body(llhttp_t* parser, const char* at, std::size_t size);
  static int on_message_complete(llhttp_t* parser);

  const ResponseLimits limits_;
  llhttp_settings_t settings_{};
  llhttp_t parser_{};
  bool answers_head_ = false;
  bool has_head_ = false;
  bool complete_ = false;
  bool keep_alive_ = false;
  bool extra_ = false;
  int status_ = 0;
  int interim_ = 0;
  std::size_t head_bytes_ = 0;
  std::string name_;
  std::string value_;
  Headers headers_;
  std::string body_;
  std::optional<Error> failure_;
};

}  // namespace tg::net
