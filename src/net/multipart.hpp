// multipart/form-data (RFC 7578) out of bytes, without a socket: parts one after the other, their
// data in pieces, so that a large file never sits in memory.
//
//   MultipartParser parser(boundary);
//   parser.append(bytes);
//   while (auto event = parser.next()) ...   // nullopt: more bytes are needed
//
// One request's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.hpp"

namespace tg::net {

struct PartHead {
  std::string name;
  std::optional<std::string> filename;  // its last path segment; for display only
  std::string content_type;
};
struct PartData {
  std::string bytes;
};
struct PartEnd {};
struct MultipartEnd {};
using MultipartEvent = std::variant<PartHead, PartData, PartEnd, MultipartEnd>;

// The boundary of a Content-Type value; an error unless it is multipart/form-data with one.
Result<std::string> multipart_boundary(std::string_view content_type);

class MultipartParser {
 public:
  explicit MultipartParser(std::string_view boundary);
  void append(std::string_view bytes) { buffer_ += bytes; }
  // An error is final.
  Result<std::optional<MultipartEvent>> next();

 private:
  enum class Expects { first_boundary, head, data, after_boundary, nothing };
  Result<std::optional<MultipartEvent>> next_head();
  Result<std::optional<MultipartEvent>> next_data();

  std::string delimiter_;  // CRLF "--" boundary
  std::string buffer_;
  Expects expects_ = Expects::first_boundary;
  std::size_t skip_ = 0;  // bytes at the buffer's front that are no data (a part's empty line)
  int parts_ = 0;
};

}  // namespace tg::net
