// For the fuzz targets: the first byte of the input says where the rest is split in two, so that a
// parser's results for the whole and for the pieces can be compared.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace tg::net {

struct Pieces {
  std::string_view whole;
  std::array<std::string_view, 2> cut;
};

inline Pieces pieces(const unsigned char* data, std::size_t size) {
  if (size == 0) return {};
  const std::string_view whole(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t at = whole.size() * data[0] / 255;
  return {whole, {whole.substr(0, at), whole.substr(at)}};
}

}  // namespace tg::net
