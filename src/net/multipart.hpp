// A sans-I/O parser of multipart/form-data (RFC 7578): parts in order, their data in pieces, so
// that a large file is never held in memory.
//
//   TG_TRY(const std::string boundary, multipart_boundary(content_type));
//   MultipartParser parser(boundary);
//   parser.append(bytes);
//   TG_TRY(auto event, parser.next());   // nullopt: more bytes are needed
//
// Stricter than the grammar: no preamble, exactly one Content-Disposition per part and no transfer
// encoding. A body that ends before MultipartEnd is truncated. Buffers at most one appended piece,
// a part's head (8 kB) and a boundary. Not thread-safe: one request's.
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
  // Errors are final.
  Result<std::optional<MultipartEvent>> next();

 private:
  enum class Expects { first_boundary, head, data, after_boundary, nothing };
  Result<std::optional<MultipartEvent>> next_head();
  Result<PartHead> read_head(std::string_view fields);
  Result<std::optional<MultipartEvent>> next_data();

  std::string delimiter_;  // CRLF "--" boundary
  std::string buffer_;
  Expects expects_ = Expects::first_boundary;
  std::size_t skip_ =
      0;  // bytes at the front of the buffer that are not data (a part's empty line)
  int parts_ = 0;
};

}  // namespace tg::net
