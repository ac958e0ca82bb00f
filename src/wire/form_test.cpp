#include "wire/form.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"

namespace tg::wire {
namespace {

// A body in pieces, which counts those that were read.
class Pieces final : public net::BodyReader {
 public:
  explicit Pieces(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}
  Task<Result<std::optional<std::string>>> read() override {
    if (read_ == pieces_.size()) co_return std::optional<std::string>();
    co_return pieces_[read_++];
  }
  std::size_t count() const { return read_; }

 private:
  const std::vector<std::string> pieces_;
  std::size_t read_ = 0;
};

constexpr std::string_view kHead =
    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
constexpr std::string_view kEnd = "\r\n--b--\r\n";

Pieces form(std::string_view file) {
  return Pieces({std::string(kHead), std::string(file), std::string(kEnd)});
}

Result<FormStart> start(net::BodyReader& body, std::size_t held_limit,
                        std::shared_ptr<UploadMemory> memory = nullptr) {
  return run_blocking(read_form("b", &body, "file", held_limit, std::move(memory)));
}

std::string content(const FormStart& form) {
  return *run_blocking(api::read_all(form.upload->bytes, 1 << 20));
}

TEST(Form, ASmallFileIsHeld) {
  Pieces body = form("content");
  const auto started = start(body, 100);
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(body.count(), 3u);
  EXPECT_EQ(content(*started), "content");
}

TEST(Form, ALargerFileIsStreamed) {
  Pieces body({std::string(kHead), std::string(20, 'x'), std::string(20, 'y'), std::string(20, 'z'),
               std::string(kEnd)});
  const auto started = start(body, 10);
  ASSERT_TRUE(started.has_value());
  EXPECT_LT(body.count(), 5u) << "no more than necessary is read ahead";
  EXPECT_EQ(content(*started), std::string(20, 'x') + std::string(20, 'y') + std::string(20, 'z'));
}

TEST(Form, HeldFilesShareALimitOfMemory) {
  const auto memory = std::make_shared<UploadMemory>(10);
  Pieces first = form("content");
  auto held = start(first, 100, memory);
  ASSERT_TRUE(held.has_value());
  Pieces second = form("content");
  const auto refused = start(second, 100, memory);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_EQ(refused.error().reason, "unavailable.uploads");
  EXPECT_TRUE(refused.error().retry_after.has_value());
  held->upload.reset();
  Pieces third = form("content");
  EXPECT_TRUE(start(third, 100, memory).has_value());
}

}  // namespace
}  // namespace tg::wire
