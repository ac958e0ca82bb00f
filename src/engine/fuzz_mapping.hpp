// Bytes in memory in place of a mapped file, for fuzzers.
#pragma once

#include <string>

#include "runtime/files.hpp"

namespace tg::engine {

class FuzzMapping final : public Mapping {
 public:
  explicit FuzzMapping(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace tg::engine
