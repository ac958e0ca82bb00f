// How far a channel was read, page by page.
#include "service/telegram/coverage.hpp"

#include <gtest/gtest.h>

namespace tg::telegram {
namespace {

// Posts `from` to `to`; `leads_back`: there are older ones.
PreviewPage page(std::int64_t from, std::int64_t to, bool leads_back = true) {
  PreviewPage made;
  for (std::int64_t id = from; id <= to; ++id) made.posts.push_back({.message_id = id});
  if (leads_back) made.before = from;
  return made;
}

TEST(Coverage, ANewestPageThatMeetsWhatWasReadEndsTheRound) {
  Coverage coverage{.read_to = 100};
  EXPECT_FALSE(coverage.note_page(page(99, 110), {}));
  EXPECT_EQ(coverage, (Coverage{.read_to = 110}));
  EXPECT_FALSE(coverage.note_page(page(111, 120), {})) << "adjacent";
  EXPECT_EQ(coverage, (Coverage{.read_to = 120}));
}

TEST(Coverage, AGapIsClosedDownwardsAcrossRounds) {
  Coverage coverage{.read_to = 10};
  EXPECT_EQ(coverage.note_page(page(41, 50), {}), 41);
  EXPECT_EQ(coverage.note_page(page(31, 40), 41), 31);
  EXPECT_EQ(coverage, (Coverage{.read_to = 10, .gap_top = 50, .gap_before = 31}));
  // The round broke off here. The next one begins at the newest page and goes on with the gap.
  EXPECT_EQ(coverage.note_page(page(61, 70), {}), 31);
  EXPECT_EQ(coverage.note_page(page(21, 30), 31), 21);
  EXPECT_FALSE(coverage.note_page(page(11, 20), 21));
  EXPECT_EQ(coverage, (Coverage{.read_to = 50}));
  EXPECT_EQ(coverage.note_page(page(61, 70), {}), 61);
  EXPECT_FALSE(coverage.note_page(page(51, 60), 61));
  EXPECT_EQ(coverage, (Coverage{.read_to = 70}));
}

TEST(Coverage, TheBeginningOfTheChannelClosesAGap) {
  Coverage coverage{.read_to = 1};
  EXPECT_EQ(coverage.note_page(page(8, 10), {}), 8);
  EXPECT_FALSE(coverage.note_page(page(5, 7, false), 8));
  EXPECT_EQ(coverage, (Coverage{.read_to = 10}));
}

TEST(Coverage, AnEmptyNewestPageSaysNothing) {
  Coverage coverage{.read_to = 5};
  EXPECT_FALSE(coverage.note_page({}, {}));
  EXPECT_EQ(coverage, (Coverage{.read_to = 5}));
}

TEST(Coverage, AReadingCountsWhereItMeetsWhatWasRead) {
  Coverage coverage;
  coverage.note_reading(90, 80, false);
  EXPECT_EQ(coverage, Coverage{}) << "nobody asked for the channel to begin there";
  coverage.note_reading(90, 80, true);
  EXPECT_EQ(coverage, (Coverage{.read_to = 90}));
  coverage.note_reading(120, 110, false);
  EXPECT_EQ(coverage, (Coverage{.read_to = 90})) << "91 to 109 are missing";
  coverage.gap_top = 110;
  coverage.gap_before = 105;
  coverage.note_reading(120, 85, false);
  EXPECT_EQ(coverage, (Coverage{.read_to = 120}));
}

}  // namespace
}  // namespace tg::telegram
