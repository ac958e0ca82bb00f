#include "service/telegram/pacing.hpp"

#include <gtest/gtest.h>

#include "service/telegram/telegram_settings.hpp"

namespace tg::telegram {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Pacer, RequestsGoOnePaceApartInTheirOrder) {
  FakeClock clock;
  Pacer pacer(milliseconds(1500));
  Pacer::Ticket first = pacer.enter();
  Pacer::Ticket second = pacer.enter();
  Pacer::Ticket third = pacer.enter();
  EXPECT_EQ(first.take(clock.steady(), 0.5), milliseconds(0));
  EXPECT_EQ(third.take(clock.steady(), 0.5), milliseconds(3000));
  EXPECT_EQ(second.take(clock.steady(), 0.5), milliseconds(1500));
  clock.advance(seconds(60));
  EXPECT_EQ(third.take(clock.steady(), 0.5), milliseconds(1500)) << "the second goes first";
  EXPECT_EQ(second.take(clock.steady(), 0.5), milliseconds(0));
  EXPECT_EQ(third.take(clock.steady(), 0.5), milliseconds(1500));
}

TEST(Pacer, GivenUpTurnsTakeNoTimeFromOthers) {
  FakeClock clock;
  Pacer pacer(milliseconds(1500));
  EXPECT_EQ(pacer.enter().take(clock.steady(), 0.5), milliseconds(0));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(pacer.enter().take(clock.steady(), 0.5), milliseconds(1500));
  clock.advance(milliseconds(1500));
  EXPECT_EQ(pacer.enter().take(clock.steady(), 0.5), milliseconds(0));
}

TEST(Pacer, ChanceMovesItByAThird) {
  FakeClock clock;
  const auto second = [&clock](Pacer& pacer, double chance) {
    pacer.enter().take(clock.steady(), chance);
    return pacer.enter().take(clock.steady(), 0.5);
  };
  Pacer early(milliseconds(1500));
  EXPECT_EQ(second(early, 0), milliseconds(1000));
  Pacer late(milliseconds(1500));
  EXPECT_EQ(second(late, 1), milliseconds(2000));
  Pacer none(milliseconds(0));
  EXPECT_EQ(second(none, 1), milliseconds(0));
}

TEST(Backoff, DoublesUpToItsLimitAndGivesUp) {
  const Backoff backoff{.first = seconds(2), .longest = seconds(10), .attempts = 5};
  EXPECT_EQ(backoff.wait_after(1, {}, 0), seconds(2));
  EXPECT_EQ(backoff.wait_after(2, {}, 0), seconds(4));
  EXPECT_EQ(backoff.wait_after(3, {}, 0), seconds(8));
  EXPECT_EQ(backoff.wait_after(4, {}, 0), seconds(10));
  EXPECT_FALSE(backoff.wait_after(5, {}, 0));
}

TEST(Backoff, ObeysWhatIsAskedAndAddsChanceOnTop) {
  const Backoff backoff{.first = seconds(2), .longest = seconds(10), .attempts = 5};
  EXPECT_EQ(backoff.wait_after(1, seconds(30), 0), seconds(30));
  EXPECT_EQ(backoff.wait_after(1, seconds(30), 1), seconds(36));
  EXPECT_EQ(backoff.wait_after(3, seconds(1), 0), seconds(8));
}

TEST(Chance, StaysBetweenZeroAndOne) {
  for (int i = 0; i < 100; ++i) {
    const double chance = random_chance();
    EXPECT_GE(chance, 0);
    EXPECT_LT(chance, 1);
  }
}

TEST(PreviewPace, TheLimitMaySlowReadingOfTheirSiteDownNeverHurryIt) {
  EXPECT_EQ(preview_pace({}), milliseconds(1500)) << "two a second would be too many";
  EXPECT_EQ(preview_pace({.telegram_rate_limit = 0.25}), milliseconds(4000));
  EXPECT_EQ(preview_pace({.web_preview_url = "http://mirror.example", .telegram_rate_limit = 50}),
            milliseconds(20));
}

}  // namespace
}  // namespace tg::telegram
