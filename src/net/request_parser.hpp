// A sans-I/O parser of HTTP/1.1 requests (RFC 9112): llhttp in strict mode plus stricter checks of
// our own. Ambiguous input is rejected; after a failure no further byte is parsed.
//
//   RequestParser parser(limits);
//   parser.append(bytes);
//   while (parser.next_head()) {
//     ...; while (auto piece = parser.take_body()) ...;
//     parser.next_request();
//   }
//
// The head is checked line by line here (bare CR or LF, spaces, control characters, Host,
// Content-Length, Transfer-Encoding), then llhttp parses its fields and the body and must find the
// same end (framing.hpp). Field names with an underscore are rejected: some programs treat
// `X_User_Id` and `X-User-Id` as the same name. Fields reserved for internal use (X-User-*,
// X-Internal-*) are dropped, so that no handler can trust them by mistake.
//
// Buffers are reused: a typical request allocates nothing here. Not thread-safe: one connection's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/framing.hpp"
#include "net/http.hpp"

namespace tg::net {

struct RequestLimits {
  std::size_t line = 8 << 10;
  std::size_t head = 32 << 10;
  std::size_t field = 16 << 10;
  std::size_t fields = 100;
};

struct RequestHead {
  Verb verb = Verb::get;
  bool is_asterisk = false;  // OPTIONS *
  std::string path;
  std::string query;
  Headers headers;
  int minor_version = 1;
  bool keep_alive = true;
  bool expects_continue = false;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;

  void clear();  // keeps its capacity
};

class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {}) : limits_(limits) {}
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  void append(std::string_view bytes);
  // The same without a copy: returns space to read into; commit() says how much was filled.
  std::span<char> prepare(std::size_t size);
  void commit(std::size_t size) { end_ += size; }
  // True when head() holds a complete head. False: more bytes are needed, or failure() is set.
  bool next_head();
  const RequestHead& head() const { return head_; }
  RequestHead& head() { return head_; }
  // The next piece of the body; nullopt when more bytes are needed, at its end, or on failure.
  std::optional<std::string> take_body();
  bool body_complete() const { return in_body_ && framing_.complete(); }
  bool awaits_body() const { return in_body_ && !framing_.complete(); }
  // Call when the body is complete: the buffered bytes belong to the next request.
  void next_request() { in_body_ = false; }
  const std::optional<Error>& failure() const { return failure_; }
  std::size_t buffered() const { return end_ - begin_; }
  bool has_bytes() const { return buffered() > 0; }
  // Whether the buffer already holds another complete head.
  bool has_whole_head() const { return pending().find("\r\n\r\n") != std::string_view::npos; }
  // Frees the memory that a large request needed; for idle connections.
  void release_memory();

 private:
  std::string_view pending() const {
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }
  bool refuse(Code code, const char* reason, const char* message);
  bool check_size(std::string_view bytes, std::size_t end);
  bool read_head(std::string_view head);
  bool read_request_line(std::string_view line);
  bool read_target(std::string_view target);
  bool read_field(std::string_view line);
  bool check_framing();
  bool check_body_length();
  bool check_host();

  const RequestLimits limits_;
  std::string buffer_;
  std::size_t begin_ = 0;  // unread bytes are [begin_, end_) of buffer_
  std::size_t end_ = 0;
  std::size_t searched_ = 0;  // of the unread bytes: no head ends before
  RequestHead head_;
  std::size_t fields_ = 0;
  std::string authority_;  // of an absolute-form target
  Framing framing_;
  bool in_body_ = false;
  std::optional<Error> failure_;
};

}  // namespace tg::net
