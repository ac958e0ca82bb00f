#include "engine/vector_store.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "runtime/fault.hpp"
#include "tests/support/crash_files.hpp"

namespace tg::engine {
namespace {

using testing::CrashFiles;
using Numbers = std::vector<float>;
using Truth = std::map<Uuid, Numbers>;

Uuid document_of(int number) {
  return Uuid::from_name(kDocumentNamespace, fmt::format("{}", number));
}
Uuid chunk_of(int number) {
  return Uuid::from_name(document_of(number), "chunk");
}

VectorStore::Put put_of(int number, Numbers values, std::string collection = "documents") {
  return {.collection = std::move(collection),
          .model = "m",
          .owner = {chunk_of(number), document_of(number)},
          .values = std::move(values)};
}

Numbers random_vector(std::size_t dimension, std::mt19937_64& random) {
  Numbers values;
  for (std::size_t i = 0; i < dimension; ++i)
    values.push_back(static_cast<float>(random() % 2000) / 1000.0F - 1.0F);
  return values;
}

Truth contents(const VectorStore& store) {
  Truth truth;
  const auto snapshot = store.snapshot();
  snapshot->each([&](const VectorOwner& owner) {
    for (const VectorCollection& collection : snapshot->collections()) {
      const auto found = collection.find(owner.chunk_id);
      if (!found.empty()) truth[owner.chunk_id] = Numbers(found.begin(), found.end());
    }
  });
  return truth;
}

TEST(VectorStore, PutsReplacesRemovesAndSurvivesReopening) {
  CrashFiles files;
  auto store = VectorStore::open("/v", files).value();
  ASSERT_TRUE(store->put({put_of(1, {1, 2}), put_of(2, {3, 4})}));
  ASSERT_TRUE(store->put({put_of(1, {5, 6})}));
  EXPECT_EQ(store->remove({chunk_of(2), chunk_of(9)}).value(), 1U);
  EXPECT_EQ(store->remove({chunk_of(2)}).value(), 0U);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(contents(*store), (Truth{{chunk_of(1), {5, 6}}}));
    EXPECT_TRUE(store->check().empty());
    store.reset();
    store = VectorStore::open("/v", files).value();
  }
}

TEST(VectorStore, ABatchIsTakenWholeOrNotAtAll) {
  CrashFiles files;
  auto store = VectorStore::open("/v", files).value();
  ASSERT_TRUE(store->put({put_of(1, {1, 2})}));
  const auto wrong = store->put({put_of(2, {1, 2}), put_of(3, {1, 2, 3})});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().field, "vectors[1].embedding");
  auto other_model = put_of(2, {1, 2});
  other_model.model = "other";
  EXPECT_EQ(store->put({other_model}).error().field, "vectors[0].model_name");
  EXPECT_EQ(contents(*store).size(), 1U);
  ASSERT_TRUE(store->put({put_of(4, {1, 2, 3}, "telegram_posts")}));
  // An empty collection may start again with another model.
  ASSERT_TRUE(store->remove({chunk_of(1)}));
  ASSERT_TRUE(store->put({other_model}));
}

TEST(VectorStore, EraseLeavesNoBytes) {
  CrashFiles files;
  auto store = VectorStore::open("/v", files).value();
  const Numbers secret{0.123F, 4.567F, 8.91F, 2.345F};
  const std::string pattern(reinterpret_cast<const char*>(secret.data()), 16);
  std::vector<VectorStore::Put> puts{put_of(0, secret)};
  for (int i = 1; i < 10; ++i) puts.push_back(put_of(i, {1, 2, 3, static_cast<float>(i)}));
  ASSERT_TRUE(store->put(puts));
  const auto holds_secret = [&] {
    for (const std::string& name : files.list("/v").value()) {
      if (files.read("/v/" + name).value().find(pattern) != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(store->remove({chunk_of(0)}));
  EXPECT_TRUE(holds_secret());
  ASSERT_TRUE(store->erase());
  EXPECT_FALSE(holds_secret());
  EXPECT_EQ(contents(*store).size(), 9U);
}

// The file of the eighth put is merged away within the same change: it must not stay on disk.
TEST(VectorStore, EraseLeavesNoBytesOfWhatWasMergedAway) {
  CrashFiles files;
  auto store = VectorStore::open("/v", files).value();
  const Numbers secret{0.123F, 4.567F, 8.91F, 2.345F};
  const std::string pattern(reinterpret_cast<const char*>(secret.data()), 16);
  for (int i = 1; i < 8; ++i) ASSERT_TRUE(store->put({put_of(i, {1, 2, 3, 4})}));
  ASSERT_TRUE(store->put({put_of(0, secret)}));
  ASSERT_TRUE(store->remove({chunk_of(0)}));
  ASSERT_TRUE(store->erase());
  for (const std::string& name : files.list("/v").value())
    EXPECT_EQ(files.read("/v/" + name).value().find(pattern), std::string::npos) << name;
}

TEST(VectorStore, AFailedPutLeavesNoFileBehind) {
  if (!fault::kCompiledIn) GTEST_SKIP() << "no fault points in this build";
  CrashFiles files;
  auto store = VectorStore::open("/v", files).value();
  ASSERT_TRUE(store->put({put_of(1, {1, 2})}));
  ASSERT_TRUE(fault::set_plan("vectors.after_segment_before_manifest=error"));
  EXPECT_FALSE(store->put({put_of(2, {3, 4})}));
  ASSERT_TRUE(fault::set_plan(""));
  ASSERT_TRUE(store->erase());
  EXPECT_EQ(files.list("/v").value().size(), 2U) << "the manifest and one file";
}

TEST(VectorStore, EveryFlippedByteIsFoundOrHarmless) {
  CrashFiles files;
  Truth truth;
  {
    auto store = VectorStore::open("/v", files).value();
    ASSERT_TRUE(store->put({put_of(1, {1, 2, 3}), put_of(2, {4, 5, 6})}));
    truth = contents(*store);
  }
  for (const std::string& name : files.list("/v").value()) {
    const std::string good = files.read("/v/" + name).value();
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x21);
      ASSERT_TRUE(write_atomically(files, "/v/" + name, bad));
      const auto opened = VectorStore::open("/v", files);
      if (opened) {
        EXPECT_EQ(contents(**opened), truth) << name << " byte " << i;
      } else {
        EXPECT_EQ(opened.error().reason, "index.damaged") << name << " byte " << i;
      }
    }
    ASSERT_TRUE(write_atomically(files, "/v/" + name, good));
  }
}

// Several rounds on one disk that loses power.
std::vector<std::string> power_cuts(int lives, const std::string& lie) {
  std::vector<std::string> violations;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(lives); ++seed) {
    CrashFiles files;
    files.lie_about_sync(lie);
    std::mt19937_64 random(seed);
    Truth acknowledged;
    for (int round = 0; round < 3; ++round) {
      Truth possible = acknowledged;
      files.fail_at(1 + random() % 90, CrashFiles::Failure::power);
      auto store = VectorStore::open("/v", files);
      for (bool alive = store.has_value(); alive;) {
        possible = acknowledged;
        if (random() % 4 == 0) {
          const int number = static_cast<int>(random() % 30);
          possible.erase(chunk_of(number));
          alive = (*store)->remove({chunk_of(number)}).has_value();
        } else if (random() % 10 == 0) {
          alive = (*store)->erase().has_value();
        } else {
          std::vector<VectorStore::Put> puts;
          for (std::size_t i = 0; i <= random() % 6; ++i) {
            puts.push_back(put_of(static_cast<int>(random() % 30), random_vector(24, random)));
            possible[puts.back().owner.chunk_id] = puts.back().values;
          }
          alive = (*store)->put(puts).has_value();
        }
        if (alive) acknowledged = possible;
      }
      files.restart(random());
      const auto again = VectorStore::open("/v", files);
      const Truth found = again ? contents(**again) : Truth();
      if (!again) {
        violations.push_back(again.error().detail);
      } else if (found != acknowledged && found != possible) {
        violations.push_back(fmt::format("seed {} round {}: not what was stored", seed, round));
      }
      if (!violations.empty() && (!again || violations.size() > 5)) break;
      acknowledged = found;
    }
  }
  return violations;
}

TEST(VectorStore, PowerCutsLoseNothingAcknowledged) {
  const auto violations = power_cuts(200, "");
  EXPECT_TRUE(violations.empty()) << violations.size() << ", the first: " << violations[0];
}

TEST(VectorStore, PowerCutsNoticeEveryMissingSync) {
  for (const char* lie : {".vectors", "manifest.json", "/v"})
    EXPECT_FALSE(power_cuts(100, lie).empty()) << "unnoticed: " << lie;
}

TEST(VectorStore, EveryCallMayFailOnceAndALaterTryWorks) {
  for (std::size_t call = 1;; ++call) {
    CrashFiles files;
    files.fail_at(call, CrashFiles::Failure::io_error);
    auto store = VectorStore::open("/v", files);
    std::size_t failures = store ? 0 : 1;
    if (!store) store = VectorStore::open("/v", files);
    ASSERT_TRUE(store);
    std::mt19937_64 random(3);
    Truth truth;
    for (int i = 0; i < 12; ++i) {
      const auto put = put_of(i % 7, random_vector(4, random));
      truth[put.owner.chunk_id] = put.values;
      for (bool done = false; !done; failures += done ? 0 : 1)
        done = (*store)->put({put}).has_value();
    }
    EXPECT_EQ(contents(**store), truth) << "call " << call;
    EXPECT_LE(failures, 1U);
    const bool all_passed = files.calls() < call;
    files.heal();
    EXPECT_EQ(contents(**VectorStore::open("/v", files)), truth) << "call " << call;
    if (all_passed) break;
  }
}

// Chunks with columns to filter by, and their expected content.
class VectorSearchTest : public ::testing::Test {
 protected:
  struct Known {
    index::Chunk chunk;
    Numbers vector;
  };

  void SetUp() override {
    index_ = Index::open("/i", files_).value();
    vectors_ = VectorStore::open("/v", files_).value();
  }

  void fill(int count, std::size_t dimension) {
    index::Batch batch;
    std::vector<VectorStore::Put> puts;
    for (int i = 0; i < count; ++i) {
      index::Chunk chunk;
      chunk.document_id = document_of(i);
      chunk.chunk_id = chunk_of(i);
      chunk.text = fmt::format("text {}", i);
      chunk.access = i % 3 == 0 ? "user:ann" : "space:default";
      chunk.source = i % 2 == 0 ? "telegram" : "document";
      chunk.channel_id = i % 5;
      chunk.date_ms = i * 10;
      chunk.views = i;
      batch.documents.push_back({chunk.document_id, 1, {chunk}});
      if (i % 7 != 0) {
        puts.push_back(put_of(i, random_vector(dimension, random_),
                              i % 2 == 0 ? "telegram_posts" : "documents"));
        known_.push_back({chunk, puts.back().values});
      }
    }
    ASSERT_TRUE(index_->apply(batch));
    for (std::size_t i = 0; i < puts.size(); i += 40) {
      const auto end = puts.begin() + static_cast<std::ptrdiff_t>(std::min(i + 40, puts.size()));
      ASSERT_TRUE(vectors_->put({puts.begin() + static_cast<std::ptrdiff_t>(i), end}));
    }
  }

  static double similarity(const Numbers& a, const Numbers& b, index::Metric metric) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    double distance = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double x = static_cast<double>(a[i]);
      const double y = static_cast<double>(b[i]);
      product += x * y;
      aa += x * x;
      bb += y * y;
      distance += (x - y) * (x - y);
    }
    if (metric == index::Metric::cosine) return product / std::sqrt(aa * bb);
    return metric == index::Metric::dot ? product : -std::sqrt(distance);
  }

  CrashFiles files_;
  std::mt19937_64 random_{17};
  std::unique_ptr<Index> index_;
  std::unique_ptr<VectorStore> vectors_;
  std::vector<Known> known_;
};

TEST_F(VectorSearchTest, AgreesWithBruteForceUnderFiltersDeletionsAndMetrics) {
  constexpr std::size_t kDimension = 21;  // not a multiple of the lanes
  fill(400, kDimension);
  std::set<Uuid> gone;
  for (const Known& known : known_) {
    if (random_() % 4 == 0) gone.insert(known.chunk.chunk_id);
  }
  ASSERT_TRUE(vectors_->remove(gone));
  for (int round = 0; round < 60; ++round) {
    index::VectorQuery query{.values = random_vector(kDimension, random_),
                             .top_k = 1 + random_() % 20,
                             .filter = {.visible = {"space:default"}},
                             .metric = static_cast<index::Metric>(round % 3)};
    if (random_() % 2 == 0) query.filter.visible.push_back("user:ann");
    if (random_() % 3 == 0) query.filter.source = "document";
    if (random_() % 3 == 0) query.filter.channel_ids = {1, 3};
    if (random_() % 3 == 0) query.filter.date_from_ms = 1500;
    if (random_() % 3 == 0) query.filter.min_views = 100;
    std::vector<std::pair<double, std::string>> expected;
    for (const Known& known : known_) {
      const index::Chunk& chunk = known.chunk;
      const index::Filter& f = query.filter;
      if (gone.contains(chunk.chunk_id) || !std::ranges::count(f.visible, chunk.access) ||
          (f.source && *f.source != chunk.source) ||
          (!f.channel_ids.empty() && !std::ranges::count(f.channel_ids, chunk.channel_id)) ||
          (f.date_from_ms && chunk.date_ms < *f.date_from_ms) ||
          (f.min_views && chunk.views < *f.min_views))
        continue;
      expected.emplace_back(-similarity(query.values, known.vector, query.metric), chunk.text);
    }
    std::ranges::sort(expected);
    if (expected.size() > query.top_k) expected.resize(query.top_k);
    const auto hits = search_vectors(*index_->snapshot(), *vectors_->snapshot(), query).value();
    ASSERT_EQ(hits.size(), expected.size());
    for (std::size_t i = 0; i < hits.size(); ++i) {
      EXPECT_NEAR(hits[i].similarity, -expected[i].first, 1e-4);
      EXPECT_EQ(hits[i].chunk.text, expected[i].second);
      EXPECT_GE(hits[i].score, 0);
      EXPECT_LE(hits[i].score, 1);
      if (i > 0) EXPECT_LE(hits[i].score, hits[i - 1].score);
    }
  }
}

TEST_F(VectorSearchTest, ChunksThatAreGoneAreNeverFound) {
  fill(30, 4);
  index::VectorQuery query{
      .values = {1, 1, 1, 1}, .top_k = 100, .filter = {.visible = {"space:default", "user:ann"}}};
  ASSERT_EQ(search_vectors(*index_->snapshot(), *vectors_->snapshot(), query)->size(),
            known_.size());
  ASSERT_TRUE(index_->apply({.documents = {}, .drop_access = {"space:default"}}));
  const auto hits = search_vectors(*index_->snapshot(), *vectors_->snapshot(), query).value();
  EXPECT_FALSE(hits.empty());
  for (const index::VectorHit& hit : hits) EXPECT_EQ(hit.chunk.access, "user:ann");
  query.values = {1, 2};
  EXPECT_EQ(search_vectors(*index_->snapshot(), *vectors_->snapshot(), query).error().field,
            "query_embedding");
}

}  // namespace
}  // namespace tg::engine
