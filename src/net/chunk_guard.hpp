// Validates the framing of a chunked body and rejects what llhttp accepts (a CR in place of the LF
// after a size, trailers, spaces, 17 digits). Decodes nothing: bytes are passed to llhttp only
// while both agree. Not thread-safe: one connection's.
#pragma once

#include <cstdint>
#include <string_view>

namespace tg::net {

class ChunkGuard {
 public:
  // False for an invalid byte. Bytes behind the end of the body are not examined.
  bool accept(std::string_view bytes);

 private:
  enum class Expects { size, extension, size_lf, data, data_cr, data_lf, end_cr, end_lf, nothing };
  bool accept_size(char byte);
  Expects expects_ = Expects::size;
  std::uint64_t size_ = 0;  // of the chunk; within its data: the bytes left
  int digits_ = 0;
};

}  // namespace tg::net
