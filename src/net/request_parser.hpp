// HTTP/1.1 requests out of bytes, without a socket: llhttp in strict mode with our own strictness
// on top (RFC 9112). What it doubts is refused; after a failure no further byte is read as a
// request.
//
//   RequestParser parser(limits);
//   parser.append(bytes);
//   while (parser.next_head()) { ...; while (auto piece = parser.take_body()) ...;
//   parser.next_request(); }
//
// The head is checked line by line here (bare CR or LF, spaces, control characters, Host,
// Content-Length, Transfer-Encoding), written again from what was understood, and only then given
// to llhttp, which does the framing of the body. One connection's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "net/chunk_guard.hpp"
#include "net/http.hpp"

namespace tg::net {

struct RequestLimits {
  std::size_t line = 8 << 10;
  std::size_t head = 32 << 10;
  std::size_t field = 16 << 10;
  std::size_t fields = 100;
  std::size_t chunk_overhead =
      16 << 10;  // chunk sizes and extensions of one body beyond what data needs
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
};

class RequestParser {
 public:
  explicit RequestParser(RequestLimits limits = {});
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  void append(std::string_view bytes) { buffer_ += bytes; }
  // True when a whole head stands ready in head(). False: more bytes are needed, or failure() is
  // set.
  bool next_head();
  const RequestHead& head() const { return head_; }
  RequestHead& head() { return head_; }
  // A piece of the body; nullopt when more bytes are needed, it is complete, or it failed.
  std::optional<std::string> take_body();
  bool body_complete() const { return complete_; }
  // To be called when the body is complete: what is buffered belongs to the next request.
  void next_request();
  const std::optional<Error>& failure() const { return failure_; }
  bool has_bytes() const { return !buffer_.empty(); }
  // Whether the buffer already holds the end of another head.
  bool has_whole_head() const { return buffer_.find("\r\n\r\n") != std::string::npos; }

 private:
  bool refuse(Code code, std::string reason, std::string message);
  bool read_request_line(std::string_view line);
  bool read_target(std::string_view target);
  bool read_field(std::string_view line);
  bool check_framing();
  bool check_host();
  bool start_framing();
  bool feed(std::string_view bytes);
  static int on_body(llhttp_t* parser, const char* at, std::size_t size);
  static int on_headers_complete(llhttp_t* parser);
  static int on_message_complete(llhttp_t* parser);

  const RequestLimits limits_;
  llhttp_settings_t settings_{};
  llhttp_t parser_{};
  std::string buffer_;
  std::size_t searched_ = 0;
  RequestHead head_;
  std::string authority_;  // of an absolute-form target
  ChunkGuard chunks_;
  bool in_body_ = false;
  bool complete_ = false;
  std::string piece_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t framing_bytes_ = 0;
  std::optional<Error> failure_;
};

// Decodes once and resolves dot segments; nullopt for a broken escape or a NUL. %2f and %5c never
// become separators.
std::optional<std::string> normalise_path(std::string_view raw);

}  // namespace tg::net
