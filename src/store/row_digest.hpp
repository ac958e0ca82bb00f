// One number for a set of versioned things, whatever their order: two services that should hold the
// same ones compare it in `fsck` instead of sending each other every id.
//
//   RowDigest digest;
//   digest.add("0194b1c2-..", 3);
//   report.counts["digest"] = digest.text();
//
// A value of one task.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "base/encoding.hpp"

namespace tg::store {

class RowDigest {
 public:
  // Each id once.
  void add(std::string_view id, std::int64_t version) {
    const std::string hash = sha256(fmt::format("{}:{}", id, version));
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i)
      number = number << 8 | static_cast<unsigned char>(hash[i]);
    sum_ += number;
    ++count_;
  }
  std::int64_t count() const { return count_; }
  std::string text() const { return fmt::format("{:016x}", sum_); }

 private:
  std::uint64_t sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace tg::store
