#include "api/stream.hpp"

#include <fmt/core.h>

namespace tg::api {
namespace {

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<Result<std::optional<std::string>>> read() override {
    if (bytes_.empty()) co_return std::optional<std::string>();
    co_return std::optional<std::string>(std::exchange(bytes_, {}));
  }

 private:
  std::string bytes_;
};

}  // namespace

std::shared_ptr<ByteSource> bytes_source(std::string bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

Task<Result<std::string>> read_all(std::shared_ptr<ByteSource> source, std::size_t limit) {
  std::string all;
  while (source != nullptr) {
    TG_CO_TRY(auto piece, co_await source->read());
    if (!piece) break;
    all += *piece;
    if (all.size() > limit) {
      co_return fail(Code::payload_too_large, "too_large.body",
                     fmt::format("the file is larger than the {} bytes allowed here", limit));
    }
  }
  co_return all;
}

}  // namespace tg::api
