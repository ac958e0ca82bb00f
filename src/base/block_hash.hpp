// Incremental checksum: XXH3 over blocks of 64 KiB, each seeded with the hash of the previous ones.
// The value does not depend on how the bytes are split into add() calls. Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace tg {

class BlockHash {
 public:
  static constexpr std::size_t kBlock = 64 << 10;

  void add(std::string_view bytes) {
    size_ += bytes.size();
    while (!bytes.empty()) {
      const std::size_t room = kBlock - rest_.size();
      rest_ += bytes.substr(0, room);
      bytes.remove_prefix(std::min(room, bytes.size()));
      if (rest_.size() == kBlock) {
        hash_ = fast_hash(rest_, hash_);
        rest_.clear();
      }
    }
  }
  std::uint64_t value() const { return rest_.empty() ? hash_ : fast_hash(rest_, hash_); }
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t hash_ = 0;
  std::uint64_t size_ = 0;
  std::string rest_;
};

}  // namespace tg
