// The byte layout of a vector file, shared by reader, writer and fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/encoding.hpp"

namespace tg::engine {

inline constexpr std::uint64_t kVectorMagic = 0x3165736e65446754;  // "TgDense1"
inline constexpr std::uint64_t kVectorFormat = 1;

struct VectorFooter {
  std::uint64_t count = 0;
  std::uint64_t dimension = 0;
  std::uint64_t vectors_checksum = 0;
  std::uint64_t owners_checksum = 0;
  std::uint64_t format = kVectorFormat;
  std::uint64_t reserved = 0;
  std::uint64_t checksum = 0;  // of everything before it
  std::uint64_t magic = kVectorMagic;
};

inline std::uint64_t vector_footer_checksum(const VectorFooter& footer) {
  return fast_hash({reinterpret_cast<const char*>(&footer), offsetof(VectorFooter, checksum)});
}

// Size of the vectors section: owners start at a multiple of 16 bytes.
inline std::size_t padded_vectors(std::size_t size) {
  return (size + 15) / 16 * 16;
}

}  // namespace tg::engine
