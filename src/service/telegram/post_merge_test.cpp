// Observations in any order have the same outcome.
#include "service/telegram/post_merge.hpp"

#include <algorithm>
#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace tg::telegram {
namespace {

UnixMillis at(int hours) {
  return UnixMillis(std::chrono::hours(480'000 + hours));
}

struct Seen {
  Post post;
  Source source;
};

Seen exported(std::string text, std::optional<int> edited = {}) {
  Post post{.message_id = 1, .text = std::move(text), .date = at(0)};
  if (edited) {
    post.edited = at(*edited);
    post.is_edited = true;
  }
  return {post, Source::export_file};
}

Seen page(std::string text, int seen, bool edited = false) {
  Post post{.message_id = 1, .text = std::move(text), .date = at(0)};
  post.views = 100 + seen;
  post.is_edited = edited;
  post.seen_at = at(seen);
  return {post, Source::preview};
}

// As the first observation is stored.
StoredPost first(const Seen& seen) {
  StoredPost stored{.post = seen.post, .version = 1, .source = seen.source};
  guess_edit_time(stored.post);
  return stored;
}

StoredPost after(const std::vector<Seen>& all) {
  StoredPost stored = first(all.front());
  for (std::size_t i = 1; i < all.size(); ++i)
    stored = merge(stored, all[i].post, all[i].source).next;
  return stored;
}

TEST(Merge, TheSameTextInAnyOrderMakesNoVersion) {
  std::vector<Seen> all = {exported("Снег идёт: https://example.org/a/ ❄️"),
                           page("Снег идёт:\nexample.org/a ❄", 5),
                           page("Снег  идёт: http://example.org/a ❄️", 9),
                           exported("Снег идёт:\n\nhttps://example.org/a ❄")};
  all[1].source = Source::posts_file;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    std::ranges::shuffle(all, random);
    EXPECT_EQ(after(all).version, 1);
    EXPECT_EQ(after(all).post.views, 109);
  }
}

TEST(Merge, AnEditIsOneVersionWhoeverTellsOfItFirst) {
  const std::vector<std::vector<Seen>> orders = {
      {exported("old"), page("new", 5, true), exported("new", 3)},
      {exported("old"), exported("new", 3), page("new", 5, true)},
      {page("old", 1), page("new", 5, true), exported("new", 3), exported("old")},
      {page("old", 1), exported("new", 3), page("new", 5, true)},
  };
  for (const auto& order : orders) {
    const StoredPost stored = after(order);
    EXPECT_EQ(stored.post.text, "new");
    EXPECT_EQ(stored.version, 2);
  }
  EXPECT_EQ(after(orders[0]).post.edited, at(3));  // the exact time replaces the page's guess
}

TEST(Merge, WhatIsOlderNeverWins) {
  EXPECT_EQ(after({page("new", 5, true), exported("old")}).post.text, "new");
  EXPECT_EQ(after({exported("new", 3), exported("old")}).version, 1);
  EXPECT_EQ(after({exported("newest", 8), page("new", 5, true)}).post.text, "newest");
  EXPECT_EQ(after({page("b", 5), page("a", 1)}).post.text, "b");
}

TEST(Merge, AnUneditedPageNeverCorrectsAnExport) {
  const StoredPost stored = after({exported("as the export has it"), page("as the page shows", 5)});
  EXPECT_EQ(stored.post.text, "as the export has it");
  EXPECT_EQ(stored.version, 1);
  EXPECT_EQ(after({page("as the page shows", 5), exported("as the export has it")}).version, 1);
}

TEST(Merge, ManyEditsInAnyOrderEndWithTheLastOne) {
  std::vector<Seen> all;
  for (int i = 0; i < 4; ++i) all.push_back(exported(fmt::format("v{}", i), 2 * i));
  for (int i = 0; i < 4; ++i) all.push_back(page(fmt::format("v{}", i), 2 * i + 1, true));
  std::mt19937 random(11);
  for (int i = 0; i < 500; ++i) {
    std::ranges::shuffle(all, random);
    const StoredPost stored = after(all);
    EXPECT_EQ(stored.post.text, "v3");
    EXPECT_LE(stored.version, 4);
    EXPECT_EQ(stored.source, Source::export_file);
  }
}

TEST(Merge, BetterSourcesReplaceWorseOnesFill) {
  Seen worse = page("x", 5);
  worse.post.author = "page's";
  worse.post.media_type = "photo";
  Seen better = exported("x");
  better.post.author = "export's";
  for (const auto& order : {std::vector{worse, better}, std::vector{better, worse}}) {
    EXPECT_EQ(after(order).post.author, "export's");
    EXPECT_EQ(after(order).post.media_type, "photo");
  }
}

TEST(Merge, ViewsTakeTheNewestNumber) {
  EXPECT_EQ(after({page("x", 5), page("x", 9)}).post.views, 109);
  EXPECT_EQ(after({page("x", 9), page("x", 5)}).post.views, 109);
}

TEST(Merge, CountsAloneAreNoNewsUntilTheyHaveGrown) {
  Seen shown = page("x", 5);
  shown.post.views = 10'000;
  const auto with = [&shown](std::int64_t views) {
    Post later = shown.post;
    later.views = views;
    later.seen_at = at(6);
    return later;
  };
  const Merged little = merge(first(shown), with(10'100), Source::preview);
  EXPECT_FALSE(little.is_changed);
  EXPECT_TRUE(little.is_confirmed);
  EXPECT_EQ(little.next.post.views, 10'100);
  EXPECT_TRUE(merge(first(shown), with(11'500), Source::preview).is_changed);
  // Small moves add up: from 10'000 to 20'000 in a hundred of them.
  StoredPost stored = first(shown);
  int told = 0;
  for (std::int64_t views = 10'100; views <= 20'000; views += 100) {
    const Merged merged = merge(stored, with(views), Source::preview);
    told += merged.is_changed ? 1 : 0;
    stored = merged.next;
  }
  EXPECT_GE(told, 6);
  EXPECT_LE(told, 8);
  EXPECT_EQ(stored.version, 1);
}

TEST(Merge, SeeingTheSameAgainIsNoChange) {
  const Seen seen = exported("x", 3);
  const Merged merged = merge(first(seen), seen.post, seen.source);
  EXPECT_FALSE(merged.is_changed);
  EXPECT_FALSE(merged.is_confirmed);
  const Seen shown = page("x", 5);
  Post later = shown.post;
  later.seen_at = at(6);
  EXPECT_TRUE(merge(first(shown), later, shown.source).is_confirmed);
  EXPECT_FALSE(merge(first(shown), later, shown.source).is_changed);
}

TEST(Merge, AnAlbumsCaptionStaysWhereItWasPut) {
  Seen shown = page("caption", 5);
  shown.post.album_id = 1;
  const StoredPost stored = after({shown, exported("")});
  EXPECT_EQ(stored.post.text, "caption");
  EXPECT_EQ(stored.version, 1);
}

TEST(SameText, ForgivesWhatSourcesRenderDifferently) {
  EXPECT_TRUE(same_text("a b\n\nc", "a  b c"));
  EXPECT_TRUE(same_text("see https://x.org/", "see x.org"));
  EXPECT_TRUE(same_text("❤️", "❤"));
  EXPECT_FALSE(same_text("1/2", "12"));
  EXPECT_FALSE(same_text("a", "A"));
  EXPECT_FALSE(same_text("не готов", "готов"));
  EXPECT_FALSE(same_text("x.org/a", "x.org/b"));
}

Post shared(Post post) {
  post.is_shared = true;
  return post;
}

TEST(Merge, AFileChangesASharedPostOnlyByANewerText) {
  const StoredPost stored{.post = shared(exported("снег").post), .source = Source::preview};
  Post forged = exported("снег").post;
  forged.author = "кто-то";
  const Merged same = merge(stored, forged, Source::export_file);
  EXPECT_FALSE(same.is_changed || same.is_confirmed);
  EXPECT_EQ(same.next.post.author, stored.post.author);
  EXPECT_FALSE(merge(stored, exported("дождь").post, Source::export_file).is_changed);
  const Merged newer = merge(stored, exported("дождь", 5).post, Source::export_file);
  EXPECT_TRUE(newer.is_new_version);
  EXPECT_FALSE(newer.next.post.is_shared);
}

TEST(Merge, WhatTelegramShowsReplacesWhatAFileSays) {
  Post told = exported("снег", 5).post;
  told.author = "кто-то";
  const StoredPost stored{.post = told, .version = 3};
  const Merged same = merge(stored, shared(page("снег", 9).post), Source::preview);
  EXPECT_TRUE(same.is_changed && !same.is_new_version);
  EXPECT_TRUE(same.next.post.is_shared);
  EXPECT_EQ(same.next.version, 3);
  EXPECT_FALSE(same.next.post.author) << "the page names nobody";
  const Merged other = merge(stored, shared(page("дождь", 9).post), Source::preview);
  EXPECT_TRUE(other.is_new_version && other.next.post.is_shared);
  EXPECT_EQ(other.next.version, 4);
  // An older export does not bring an older text back, even if it is an admin's.
  EXPECT_FALSE(merge(stored, shared(exported("дождь").post), Source::export_file).is_changed);
  // The page may be unable to show this kind of post.
  EXPECT_FALSE(merge(stored, shared(page("", 9).post), Source::preview).next.post.is_shared);
}

}  // namespace
}  // namespace tg::telegram
