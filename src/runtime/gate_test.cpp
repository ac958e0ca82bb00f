#include "runtime/gate.hpp"

#include <gtest/gtest.h>

#include "runtime/log.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

Task<void> wait_forever(Notifier& never, std::atomic<int>& ended) {
  co_await never.wait_after(never.version(), std::chrono::hours(1));
  ++ended;
}

TEST(Gate, CancelsAndWaitsForEveryTask) {
  Loops loops(2);
  loops.start();
  Gate gate;
  Notifier never;
  std::atomic<int> ended = 0;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(gate.spawn(loops.next(), wait_forever(never, ended)));
  gate.close();
  EXPECT_FALSE(gate.spawn(loops.next(), wait_forever(never, ended)));
  gate.cancel();
  run_blocking(gate.wait());
  EXPECT_EQ(gate.running(), 0U);
}

Task<void> wait_for(Notifier& notifier, std::uint64_t seen, std::atomic<int>& woken) {
  co_await notifier.wait_after(seen, std::chrono::hours(1));
  ++woken;
}

TEST(Notifier, WakesWaitersOnEveryLoop) {
  Loops loops(2);
  loops.start();
  Gate gate;
  Notifier notifier;
  std::atomic<int> woken = 0;
  const auto seen = notifier.version();
  for (int i = 0; i < 8; ++i) gate.spawn(loops.next(), wait_for(notifier, seen, woken));
  notifier.notify();
  run_blocking(gate.wait());
  EXPECT_EQ(woken, 8);
}

TEST(Log, LinesCannotBeForged) {
  EXPECT_EQ(log::format_line(false, log::Level::info, "T", "a\nb", {{"k", "\x1b[31m"}}),
            "T info    a\\x0ab k=\\x1b[31m\n");
  EXPECT_EQ(log::format_line(true, log::Level::error, "T", "a\nb", {{"k", "v"}}),
            "{\"time\":\"T\",\"level\":\"error\",\"message\":\"a\\nb\",\"k\":\"v\"}\n");
}

}  // namespace
}  // namespace tg
