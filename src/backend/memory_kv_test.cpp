#include "backend/memory_kv.hpp"

#include <gtest/gtest.h>

#include "tests/support/kv_conformance.hpp"

namespace tg::backend {
namespace {

using testing::KvHarness;

class FakeTimeHarness final : public KvHarness {
 public:
  using Make = std::function<std::unique_ptr<store::KeyValue>(const Clock&)>;
  explicit FakeTimeHarness(const Make& make) : kv_(make(clock_)) {}
  store::KeyValue& kv() override { return *kv_; }
  void pass(std::chrono::milliseconds time) override { clock_.advance(time); }

 private:
  FakeClock clock_;
  std::unique_ptr<store::KeyValue> kv_;
};

testing::MakeHarness<KvHarness> with(FakeTimeHarness::Make make) {
  return [make] { return std::make_unique<FakeTimeHarness>(make); };
}

TEST(KvConformance, TheEmbeddedStore) {
  testing::expect_conforms(testing::kv_rules(),
                           with([](const Clock& clock) { return make_memory_kv(clock); }));
}

TEST(KvConformance, ThePlainStore) {
  testing::expect_conforms(testing::kv_rules(), with(testing::make_plain_kv));
}

TEST(KvConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<KvHarness>(testing::kv_rules(), [](const std::string& rule) {
    return with([rule](const Clock& clock) { return testing::make_broken_kv(clock, rule); })();
  });
}

TEST(MemoryKv, IsBoundedAndReusesTheRoomOfExpiredEntries) {
  FakeClock clock;
  const auto kv = make_memory_kv(clock, {.entries = 160});
  std::size_t taken = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto set = run_blocking(kv->set(std::to_string(i), "v", std::chrono::seconds(1)));
    if (set) {
      ++taken;
    } else {
      EXPECT_EQ(set.error().reason, "kv.full");
    }
  }
  EXPECT_LE(taken, 160U);
  EXPECT_GE(taken, 100U);
  clock.advance(std::chrono::seconds(2));
  EXPECT_TRUE(run_blocking(kv->set("new", "v", {})));
  EXPECT_TRUE(run_blocking(kv->set("new", "w", {})));  // replacing needs no room
}

TEST(MemoryKv, RefusesToOverflow) {
  FakeClock clock;
  const auto kv = make_memory_kv(clock);
  ASSERT_TRUE(run_blocking(kv->set("k", "9223372036854775807", {})));
  EXPECT_EQ(run_blocking(kv->increment("k", 1, {})).error().reason, "kv.overflow");
}

}  // namespace
}  // namespace tg::backend
