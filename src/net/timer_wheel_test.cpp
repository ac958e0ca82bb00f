#include "net/timer_wheel.hpp"

#include <memory>
#include <random>

#include <gtest/gtest.h>

namespace tg::net {
namespace {

using std::chrono::milliseconds;

class Wheel : public ::testing::Test {
 protected:
  SteadyTime in(int ms) const { return clock_.steady() + milliseconds(ms); }
  // Advances time in steps of one tick.
  std::size_t pass(int ms) {
    std::size_t fired = 0;
    for (int done = 0; done < ms; done += 100) {
      clock_.advance(milliseconds(std::min(100, ms - done)));
      fired += wheel_.advance(clock_.steady());
    }
    return fired;
  }
  FakeClock clock_;
  TimerWheel wheel_{clock_.steady()};
};

TEST_F(Wheel, FiresOnceAndNeverEarly) {
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  wheel_.arm(timer, in(950));
  pass(900);
  EXPECT_EQ(fired, 0);
  EXPECT_TRUE(timer.armed());
  pass(100);
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(timer.armed());
  pass(200'000);
  EXPECT_EQ(fired, 1);
}

TEST_F(Wheel, ArmedAnewItFiresAtTheLastTimeOnly) {
  std::vector<SteadyTime> at;
  TimerWheel::Timer timer([&] { at.push_back(clock_.steady()); });
  const SteadyTime start = clock_.steady();
  wheel_.arm(timer, in(1000));
  for (int i = 0; i < 50; ++i) {
    pass(500);
    wheel_.arm(timer, in(1000));  // later each time
  }
  wheel_.arm(timer, in(300));  // and once earlier
  pass(2000);
  ASSERT_EQ(at.size(), 1u);
  EXPECT_EQ(at[0] - start, milliseconds(50 * 500 + 300));
}

TEST_F(Wheel, DisarmedOrDestroyedItDoesNotFire) {
  int fired = 0;
  TimerWheel::Timer kept([&] { ++fired; });
  {
    TimerWheel::Timer gone([&] { ++fired; });
    wheel_.arm(kept, in(100));
    wheel_.arm(gone, in(100));
    wheel_.disarm(kept);
    EXPECT_FALSE(kept.armed());
    wheel_.disarm(kept);
  }
  wheel_.arm(kept, SteadyTime::max());
  EXPECT_EQ(pass(1000), 0u);
  EXPECT_EQ(fired, 0);
}

TEST_F(Wheel, TimesBeyondAWholeTurnWait) {
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  wheel_.arm(timer, in(1024 * 100 * 3 + 500));
  pass(1024 * 100 * 3 + 400);
  EXPECT_EQ(fired, 0);
  pass(100);
  EXPECT_EQ(fired, 1);
}

TEST_F(Wheel, ALongSleepFiresAllThatIsDueInOneCall) {
  int fired = 0;
  std::vector<std::unique_ptr<TimerWheel::Timer>> timers;
  for (int i = 0; i < 3000; ++i) {
    timers.push_back(std::make_unique<TimerWheel::Timer>([&] { ++fired; }));
    wheel_.arm(*timers.back(), in(100 * i));
  }
  clock_.advance(milliseconds(100 * 2000));
  EXPECT_EQ(wheel_.advance(clock_.steady()), 2001u);
  clock_.advance(milliseconds(100 * 1000));
  EXPECT_EQ(wheel_.advance(clock_.steady()), 999u);
}

TEST_F(Wheel, TimesInThePastFireAtTheNextTick) {
  int fired = 0;
  TimerWheel::Timer timer([&] { ++fired; });
  pass(5000);
  wheel_.arm(timer, in(-3000));
  EXPECT_EQ(wheel_.advance(clock_.steady()), 0u) << "the same tick is not looked at twice";
  pass(100);
  EXPECT_EQ(fired, 1);
}

TEST_F(Wheel, CallbacksMayArmAndDestroy) {
  int fired = 0;
  auto victim = std::make_unique<TimerWheel::Timer>([&] { fired += 100; });
  TimerWheel::Timer again([&] { ++fired; });
  TimerWheel::Timer first([&] {
    victim.reset();
    wheel_.arm(again, in(0));
    wheel_.arm(first, in(1000));
  });
  wheel_.arm(first, in(500));
  wheel_.arm(*victim, in(500));  // the same slot, behind it
  pass(500);
  EXPECT_EQ(fired, 0);
  pass(100);
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(first.armed());
}

// Compared with a reference: a list that is searched.
TEST_F(Wheel, AgreesWithAList) {
  std::mt19937 random(7);
  struct One {
    SteadyTime until = SteadyTime::max();
    std::unique_ptr<TimerWheel::Timer> timer;
  };
  std::vector<One> all(200);
  std::size_t wrong = 0;
  for (One& one : all) {
    one.timer = std::make_unique<TimerWheel::Timer>([this, &one, &wrong] {
      const auto late = clock_.steady() - one.until;
      if (one.until == SteadyTime::max() || late < milliseconds(0) || late >= milliseconds(200))
        ++wrong;
      one.until = SteadyTime::max();
    });
  }
  for (int step = 0; step < 20'000; ++step) {
    One& one = all[random() % all.size()];
    if (random() % 4 == 0) {
      one.until = SteadyTime::max();
      wheel_.disarm(*one.timer);
    } else {
      one.until = in(static_cast<int>(random() % 150'000));
      wheel_.arm(*one.timer, one.until);
    }
    pass(static_cast<int>(random() % 130));
    if (step % 100 != 0) continue;
    for (const One& other : all) {
      if (other.until != SteadyTime::max() && clock_.steady() - other.until >= milliseconds(200))
        ++wrong;
    }
  }
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace tg::net
