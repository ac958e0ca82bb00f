#include "engine/index.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "engine/analysis.hpp"
#include "engine/query_repair.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

class IndexTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tg_index_" + random_hex(6));
    reopen();
  }
  void TearDown() override {
    index_.reset();
    fs::remove_all(folder_);
    ASSERT_TRUE(fault::set_plan(""));
  }
  void reopen() {
    index_.reset();
    auto opened = Index::open(folder_, disk_files());
    ASSERT_TRUE(opened) << opened.error().detail;
    index_ = *std::move(opened);
  }

  static index::DocumentUpdate document(int number, std::string text, std::int64_t version = 1) {
    index::DocumentUpdate update{
        .document_id = Uuid::from_name(kDocumentNamespace, std::to_string(number)),
        .version = version,
        .chunks = {}};
    index::Chunk chunk;
    chunk.document_id = update.document_id;
    chunk.chunk_id = Uuid::from_name(update.document_id, text);
    chunk.text = std::move(text);
    chunk.access = number % 2 == 0 ? "space:default" : "space:other";
    chunk.source = "telegram";
    chunk.channel_id = number % 3;
    chunk.message_id = number;
    chunk.date_ms = number * 1000;
    chunk.payload = "{}";
    update.chunks.push_back(std::move(chunk));
    return update;
  }

  index::Query query(std::string text) const {
    return {.text = std::move(text),
            .top_k = 10,
            .filter = {.visible = {"space:default", "space:other"}},
            .repair = true,
            .rescore = true,
            .explain = false};
  }

  std::vector<std::int64_t> found(const index::Query& query) const {
    const auto hits = index_->snapshot()->search(query);
    EXPECT_TRUE(hits) << hits.error().detail;
    std::vector<std::int64_t> ids;
    for (const index::Hit& hit : hits->hits) ids.push_back(hit.chunk.message_id);
    return ids;
  }

  using Ids = std::vector<std::int64_t>;
  fs::path folder_;
  std::unique_ptr<Index> index_;
};

TEST_F(IndexTest, ACopyOfAnEmptyIndexOpensEmpty) {
  const fs::path copy = folder_ / "copy";
  ASSERT_TRUE(index_->copy_to(copy));
  const auto opened = Index::open(copy, disk_files());
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ((*opened)->snapshot()->size(), 0U);
}

TEST_F(IndexTest, HasAnIdentityThatLastsAsLongAsItsFolder) {
  const std::string id = index_->statistics().id;
  EXPECT_FALSE(id.empty());
  reopen();
  EXPECT_EQ(index_->statistics().id, id) << "before anything is stored";
  ASSERT_TRUE(index_->apply({.documents = {document(1, "орбита")}}));
  ASSERT_TRUE(index_->copy_to(folder_ / "copy"));
  EXPECT_EQ(Index::open(folder_ / "copy", disk_files()).value()->statistics().id, id);
  fs::remove_all(folder_ / "copy");
  reopen();
  EXPECT_EQ(index_->statistics().id, id);
  index_.reset();
  fs::remove_all(folder_);
  reopen();
  EXPECT_NE(index_->statistics().id, id);
}

TEST_F(IndexTest, FindsInflectedWordsInBothLanguages) {
  ASSERT_TRUE(index_->apply({.documents = {document(1, "Обсерватория получила новые телескопы"),
                                           document(2, "The observatory bought telescopes"),
                                           document(3, "Ёлка и ещё что-то")},
                             .drop_access = {}}));
  EXPECT_EQ(found(query("телескопом")), Ids{1});
  EXPECT_EQ(found(query("telescope")), Ids{2});
  EXPECT_EQ(found(query("елки")), Ids{3});
  EXPECT_EQ(found(query("трамвай")), Ids{});
}

TEST_F(IndexTest, AScoreDependsOnTheQueryAndTheChunkOnly) {
  index::Batch batch;
  for (int i = 1; i <= 150; ++i) {
    std::string text = "телескоп";
    for (int word = 0; word < i % 40; ++word) text += fmt::format(" слово{}", word);
    batch.documents.push_back(document(i, text));
  }
  ASSERT_TRUE(index_->apply(batch));
  index::Query many = query("телескоп");
  many.top_k = 150;
  const auto all = index_->snapshot()->search(many).value();
  ASSERT_EQ(all.hits.size(), 150U);
  for (const index::Hit& hit : all.hits) {
    index::Query one = many;
    one.filter.document_id = hit.chunk.document_id;
    const auto alone = index_->snapshot()->search(one).value();
    ASSERT_EQ(alone.hits.size(), 1U);
    EXPECT_DOUBLE_EQ(alone.hits[0].score, hit.score) << hit.chunk.text;
  }
}

TEST_F(IndexTest, RepairsSpellingAndLayout) {
  ASSERT_TRUE(index_->apply(
      {.documents = {document(1, "Конференция по астрономии"), document(2, "weather report")},
       .drop_access = {}}));
  EXPECT_EQ(found(query("конфиренция")), Ids{1});
  EXPECT_EQ(found(query("fcnhjyjvbz")), Ids{1});
  EXPECT_EQ(found(query("цуферук")), Ids{2});
  const auto hits = index_->snapshot()->search(query("wether")).value();
  ASSERT_EQ(hits.repairs.size(), 1U);
  EXPECT_EQ(hits.repairs[0].to, "weather");
}

TEST_F(IndexTest, RepairsOnlyIntoWordsThatTheCallerMaySee) {
  ASSERT_TRUE(index_->apply({.documents = {document(1, "secret обсерваторией zanzibarinho"),
                                           document(2, "weather report")},
                             .drop_access = {}}));
  const auto repairs = [this](std::string text, std::vector<std::string> visible) {
    index::Query asked = query(std::move(text));
    asked.filter.visible = std::move(visible);
    const auto hits = index_->snapshot()->search(asked);
    EXPECT_TRUE(hits) << hits.error().detail;
    return hits->repairs.size();
  };
  EXPECT_EQ(repairs("zanzibarinhu", {"space:other"}), 1U);
  EXPECT_EQ(repairs("zanzibarinhu", {"space:default"}), 0U);
  // "обсерваторией" typed in the Latin layout.
  EXPECT_EQ(repairs("j,cthdfnjhbtq", {"space:other"}), 1U);
  EXPECT_EQ(repairs("j,cthdfnjhbtq", {"space:default"}), 0U);
  // Nor into words of deleted chunks that are still on disk.
  ASSERT_TRUE(index_->apply({.documents = {}, .drop_access = {"space:other"}}));
  EXPECT_EQ(repairs("zanzibarinhu", {"space:other", "space:default"}), 0U);
}

TEST_F(IndexTest, DoesNotLeakHowMuchOthersHave) {
  index::Query asked = query("weather");
  asked.filter.visible = {"space:default"};
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  for (const int other : {1, 3}) {
    ASSERT_TRUE(index_->apply(
        {.documents = {document(2, "weather report"), document(other, "weather elsewhere")},
         .drop_access = {}}));
    const auto hits = index_->snapshot()->search(asked);
    ASSERT_TRUE(hits) << hits.error().detail;
    EXPECT_EQ(hits->total, 1);
    std::int64_t sum = 0;
    for (const index::Stage& stage : hits->stages) sum += stage.in * 1000 + stage.out;
    seen.emplace_back(hits->total, sum);
  }
  EXPECT_EQ(seen[0], seen[1]);
}

TEST_F(IndexTest, FiltersApplyBeforeTheTopK) {
  index::Batch batch;
  for (int i = 0; i < 300; ++i)
    batch.documents.push_back(document(i, "одинаковый текст про орбиту"));
  ASSERT_TRUE(index_->apply(batch));
  index::Query q = query("орбита");
  q.filter.visible = {"space:other"};
  q.filter.channel_ids = {2};
  q.filter.date_from_ms = 200'000;
  const Ids ids = found(q);
  ASSERT_EQ(ids.size(), 10U);
  for (const std::int64_t id : ids) {
    EXPECT_EQ(id % 2, 1);
    EXPECT_EQ(id % 3, 2);
    EXPECT_GE(id, 200);
  }
  q.filter.visible = {};
  EXPECT_EQ(found(q), Ids{});
}

TEST_F(IndexTest, NewVersionsReplaceOlderOnesAndSurviveReopening) {
  ASSERT_TRUE(index_->apply({.documents = {document(1, "старый рассказ", 1)}, .drop_access = {}}));
  ASSERT_TRUE(index_->apply({.documents = {document(1, "новая повесть", 2)}, .drop_access = {}}));
  ASSERT_TRUE(index_->apply({.documents = {document(1, "старый рассказ", 1)}, .drop_access = {}}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(found(query("повесть")), Ids{1});
    EXPECT_EQ(found(query("рассказ")), Ids{});
    EXPECT_EQ(index_->statistics().chunks, 1);
    reopen();
  }
}

TEST_F(IndexTest, DropsByAccessKeyAndEraseLeavesNoBytes) {
  index::Batch batch;
  for (int i = 0; i < 20; ++i)
    batch.documents.push_back(document(i, fmt::format("маркер{} секретслово", i)));
  ASSERT_TRUE(index_->apply(batch));
  ASSERT_TRUE(index_->apply({.documents = {}, .drop_access = {"space:other"}}));
  EXPECT_EQ(found(query("маркер1")), Ids{});
  EXPECT_EQ(index_->statistics().chunks, 10);
  ASSERT_TRUE(index_->erase());
  for (const auto& entry : fs::directory_iterator(folder_)) {
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    EXPECT_EQ(bytes.find("маркер7 "), std::string::npos) << entry.path();
  }
  EXPECT_EQ(found(query("маркер2")), Ids{2});
}

// Including files that were written and merged away within one change.
TEST_F(IndexTest, KeepsNoFileThatTheManifestDoesNotName) {
  const auto files_beside_manifest = [this] {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()) - 1;
  };
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(index_->apply({.documents = {document(i, "орбита")}}));
  const auto running = files_beside_manifest();
  reopen();  // removes files that the manifest does not name
  EXPECT_EQ(files_beside_manifest(), running);
  EXPECT_LT(running, 16);
}

TEST_F(IndexTest, ChangedCountsSurviveReopeningMergesAndErasing) {
  ASSERT_TRUE(index_->apply({.documents = {document(2, "орбита"), document(4, "орбита")}}));
  ASSERT_TRUE(index_->apply({.counts = {{document(2, "").document_id, 70, 7}}}));
  const auto views = [this] {
    index::Query popular = query("орбита");
    popular.filter.min_views = 50;
    const auto hits = index_->snapshot()->search(popular).value().hits;
    return hits.size() == 1 ? hits[0].chunk.views : -1;
  };
  EXPECT_EQ(views(), 70);
  reopen();
  EXPECT_EQ(views(), 70);
  for (int i = 10; i < 30; ++i) {
    ASSERT_TRUE(index_->apply({.documents = {document(i, "спутник")}}));
    ASSERT_EQ(views(), 70) << i;
  }
  ASSERT_TRUE(index_->apply({.counts = {{document(2, "").document_id, 80, 8}}}));
  index::DocumentUpdate gone = document(4, "", 2);
  gone.chunks.clear();
  ASSERT_TRUE(index_->apply({.documents = {gone}}));
  ASSERT_TRUE(index_->erase());
  reopen();
  EXPECT_EQ(views(), 80);
}

// Too many changed counts are written into the segments, so that the manifest stays small.
TEST_F(IndexTest, ManyChangedCountsDoNotStayInTheManifest) {
  index::Batch batch;
  index::Batch counts;
  for (int i = 0; i < 6000; ++i) {
    batch.documents.push_back(document(2 * i, "орбита"));
    counts.counts.push_back({batch.documents.back().document_id, 1000 + i, 1});
  }
  ASSERT_TRUE(index_->apply(batch));
  ASSERT_TRUE(index_->apply(counts));
  EXPECT_LT(fs::file_size(folder_ / "manifest.json"), 1000U);
  index::Query popular = query("орбита");
  popular.filter.min_views = 6995;
  EXPECT_EQ(found(popular).size(), 5U);
}

TEST_F(IndexTest, FindsTheChunksOfDocumentsAndPostsInEverySegment) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(index_->apply({.documents = {document(2 * i, "спутник"), document(i, "орбита")}}));
  }
  const std::vector<std::string> visible{"space:default"};
  const auto id = [](int number) { return document(number, "").document_id; };
  const auto chunks =
      index_->snapshot()->chunks_of({{id(30)}, {id(4)}, {id(7)}, {id(30)}, {id(99)}}, visible);
  ASSERT_TRUE(chunks);
  std::set<std::string> found_texts;
  for (const index::Chunk& chunk : *chunks) {
    EXPECT_EQ(chunk.access, "space:default");
    found_texts.insert(fmt::format("{} {}", chunk.message_id, chunk.text));
  }
  EXPECT_EQ(found_texts, (std::set<std::string>{"30 спутник", "4 орбита"}));  // 7 is not visible
  const auto post = index_->snapshot()->chunks_of_post(4 % 3, 4, visible);
  ASSERT_TRUE(post);
  ASSERT_EQ(post->size(), 1U);
  EXPECT_EQ(post->front().document_id, id(4));
  const auto elsewhere = index_->snapshot()->chunks_of_post(0, 4, visible);
  EXPECT_TRUE(elsewhere && elsewhere->empty());
}

// The ranking equals a plain BM25 over all chunks, however they are spread over segments.
TEST_F(IndexTest, AgreesWithBruteForceAcrossMergesAndDeletions) {
  std::mt19937 random(7);
  const std::vector<std::string> words{"орбита", "луна", "марс", "ракета", "купол", "зеркало",
                                       "orbit",  "moon", "mars", "rocket", "dome",  "mirror"};
  std::map<int, std::string> truth;
  std::int64_t version = 1;
  for (int step = 0; step < 60; ++step) {
    index::Batch batch;
    for (int i = 0; i < 7; ++i) {
      const int number = static_cast<int>(random() % 150);
      if (random() % 5 == 0) {
        index::DocumentUpdate gone = document(number, "", ++version);
        gone.chunks.clear();
        batch.documents.push_back(gone);
        truth.erase(number);
        continue;
      }
      std::string text;
      for (std::size_t w = 0; w < 3 + random() % 20; ++w)
        text += words[random() % words.size()] + " ";
      text += std::to_string(number);
      truth[number] = text;
      batch.documents.push_back(document(number, text, ++version));
    }
    ASSERT_TRUE(index_->apply(batch));
    if (step % 20 == 19) reopen();
  }
  ASSERT_TRUE(index_->erase());  // document frequencies count deleted chunks until a merge
  EXPECT_EQ(index_->statistics().chunks, static_cast<std::int64_t>(truth.size()));
  EXPECT_TRUE(index_->check().empty());

  index::Query q = query("луна rocket");
  q.rescore = false;
  q.top_k = 10000;
  double total = 0;
  std::map<std::string, double> frequency;
  for (const auto& [number, text] : truth) {
    std::set<std::string> unique;
    for (const Word& word : split_words(text)) {
      unique.insert(stem(word.normal));
      total += 1;
    }
    for (const std::string& term : unique) frequency[term] += 1;
  }
  const double count = static_cast<double>(truth.size());
  std::map<std::int64_t, double> expected;
  for (const auto& [number, text] : truth) {
    std::map<std::string, double> counts;
    double length = 0;
    for (const Word& word : split_words(text)) {
      counts[stem(word.normal)] += 1;
      length += 1;
    }
    double score = 0;
    for (const char* word : {"луна", "rocket"}) {
      const std::string term = stem(word);
      if (counts[term] == 0) continue;
      const double idf = std::log(1 + (count - frequency[term] + 0.5) / (frequency[term] + 0.5));
      score +=
          idf * counts[term] * 2.2 / (counts[term] + 1.2 * (0.5 + 0.5 * length / (total / count)));
    }
    if (score > 0) expected[number] = score;
  }
  const auto hits = index_->snapshot()->search(q).value();
  ASSERT_EQ(hits.hits.size(), expected.size());
  for (const index::Hit& hit : hits.hits) {
    EXPECT_NEAR(hit.rank_score, expected[hit.chunk.message_id], 1e-9);
    EXPECT_GE(hit.score, 0);
    EXPECT_LE(hit.score, 1);
  }
}

TEST_F(IndexTest, AFailedCommitChangesNothing) {
  ASSERT_TRUE(index_->apply({.documents = {document(1, "первая запись")}, .drop_access = {}}));
  for (const char* place : {"index.before_segment_sync", "index.after_segment_before_manifest"}) {
    ASSERT_TRUE(fault::set_plan(std::string(place) + "=error"));
    EXPECT_FALSE(
        index_->apply({.documents = {document(1, "вторая запись", 2)}, .drop_access = {}}));
    ASSERT_TRUE(fault::set_plan(""));
    EXPECT_EQ(found(query("первая")), Ids{1}) << place;
    EXPECT_EQ(found(query("вторая")), Ids{}) << place;
  }
  reopen();
  EXPECT_EQ(found(query("первая")), Ids{1});
  ASSERT_TRUE(index_->apply({.documents = {document(1, "вторая запись", 2)}, .drop_access = {}}));
  EXPECT_EQ(found(query("вторая")), Ids{1});
}

TEST_F(IndexTest, EveryFlippedByteIsFoundOrHarmless) {
  ASSERT_TRUE(index_->apply(
      {.documents = {document(1, "орбита луны"), document(2, "lunar orbit")}, .drop_access = {}}));
  const auto expected = found(query("орбита"));
  index_.reset();
  for (const char* name : {"00000001.segment", "manifest.json"}) {
    const fs::path file = folder_ / name;
    const std::string good = disk_files().read(file).value();
    for (std::size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ 0x41);
      std::ofstream(file, std::ios::binary) << bad;
      const auto opened = Index::open(folder_, disk_files());
      if (!opened) {
        EXPECT_EQ(opened.error().reason, "index.damaged") << name << " " << i;
        continue;
      }
      const auto hits = (*opened)->snapshot()->search(query("орбита"));
      if (!hits) {
        EXPECT_EQ(hits.error().reason, "index.damaged");
        continue;
      }
      Ids ids;
      for (const index::Hit& hit : hits->hits) ids.push_back(hit.chunk.message_id);
      EXPECT_EQ(ids, expected) << name << " byte " << i;
    }
    std::ofstream(file, std::ios::binary) << good;
  }
}

}  // namespace
}  // namespace tg::engine
