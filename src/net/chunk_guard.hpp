// Watches the framing of a chunked body and doubts what llhttp lets through (a CR in place of the
// LF after a size, trailers, spaces, seventeen digits). It decodes nothing: bytes go to llhttp only
// while both agree.
#pragma once

#include <cstdint>
#include <string_view>

namespace tg::net {

class ChunkGuard {
 public:
  // False for a byte that has no place there; what follows the body's end is not looked at.
  bool accept(std::string_view bytes);

 private:
  enum class Expects { size, extension, size_lf, data, data_cr, data_lf, end_cr, end_lf, nothing };
  bool accept_size(char byte);
  Expects expects_ = Expects::size;
  std::uint64_t size_ = 0;  // of the chunk; while data come: what is left
  int digits_ = 0;
};

}  // namespace tg::net
