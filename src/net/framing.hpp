// Body framing: where a message's body ends, and its decoded data. llhttp in strict mode parses the
// header fields and the body; our own parse of the head and the chunk guard must agree with it, or
// the message is rejected. Used by both parsers. Not thread-safe: one connection's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "net/chunk_guard.hpp"

namespace tg::net {

class Framing {
 public:
  // Our own interpretation of the head. Neither length nor chunked: a request has no body, a
  // response lasts until the connection closes.
  struct Plan {
    std::optional<std::uint64_t> length;
    bool is_chunked = false;
    bool never_has_body = false;  // a response to HEAD, 204, 304
  };

  Framing() = default;
  Framing(const Framing&) = delete;
  Framing& operator=(const Framing&) = delete;

  // `fields`: the raw field lines with the empty line. False: rejected, see problem().
  bool start_request(std::string_view fields, const Plan& plan);
  bool start_response(int status, std::string_view fields, const Plan& plan);
  // Decodes the body's part of `bytes` into `data` and removes it from the front. False: malformed.
  bool take(std::string_view& bytes, std::string& data);
  bool complete() const { return complete_; }
  // The peer closed the connection. True if that ends the body.
  bool end_of_stream();
  const char* problem() const { return problem_; }

 private:
  bool start(llhttp_type_t type, std::string_view first_line, std::string_view fields,
             const Plan& plan);
  bool feed(std::string_view bytes);
  static const llhttp_settings_t& settings();
  static int on_body(llhttp_t* parser, const char* at, std::size_t size);
  static int on_headers_complete(llhttp_t* parser);
  static int on_message_complete(llhttp_t* parser);

  llhttp_t parser_{};
  Plan plan_;
  ChunkGuard chunks_;
  std::string* data_ = nullptr;  // while take() runs
  const char* problem_ = "";
  std::uint64_t data_bytes_ = 0;
  std::uint64_t other_bytes_ = 0;  // chunk sizes, extensions, line ends
  bool head_done_ = false;
  bool complete_ = false;
};

}  // namespace tg::net
