// GET /knowledge/search lists each document once; the history keeps texts of documents that are in
// no index.

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/retrieval/retrieval_fixture.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::retrieval {
namespace {

const std::string kIndexed = Uuid::random().text();

// Documents 0 to 99, document n with n + 1 chunks, the largest first; and kIndexed for context().
struct LargeDocuments {
  std::atomic<bool> is_away = false;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if (is_away) co_return unavailable("vector");
    if constexpr (api::is_same_method<M, &api::Vectors::find>) {
      api::IndexHits hits;
      for (int document = 99; document >= 0; --document) {
        for (int n = 0; n <= document; ++n) {
          if (static_cast<std::int64_t>(hits.hits.size()) == in.top_k) co_return hits;
          api::IndexHit& hit = hits.hits.emplace_back();
          hit.chunk.document_id = hit.chunk.cluster = std::to_string(document);
          hit.chunk.chunk_id = hit.chunk.text = fmt::format("{}.{}", document, n);
          hit.score = hit.rank_score = 0.5;
        }
      }
      co_return hits;
    } else if constexpr (api::is_same_method<M, &api::Vectors::context>) {
      api::IndexedChunks chunks;
      if (std::ranges::count(in.ranges, kIndexed, &api::ChunkRange::document_id) > 0)
        chunks.chunks.push_back({.chunk_id = "c", .document_id = kIndexed, .text = "From a post."});
      co_return chunks;
    } else {
      co_return internal("not expected");
    }
  }
};

class DocumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    loops_.start();
    ASSERT_TRUE(run_blocking(service_.start()));
  }
  void TearDown() override {
    run_blocking(service_.stop());
    loops_.stop();
  }

  // Records an answer with one citation and returns the response that the history then shows.
  std::string kept_response(std::string document_id, api::HistoryType type) {
    const std::string id = Uuid::random().text();
    api::RecordRequest record{.query_id = id, .query_type = type};
    record.reply.response = "From a post. [1]";
    record.reply.citations = {{.number = 1,
                               .chunk_id = "c",
                               .document_id = std::move(document_id),
                               .span = {0, 12},
                               .quote = "From a post."}};
    EXPECT_TRUE(run_blocking(service_.record({}, record)));
    index_->is_away = false;
    const auto reply = run_blocking(service_.get_query({}, {id, type}));
    return reply ? reply->response.value_or("") : reply.error().message;
  }

  FakeClock clock_;
  Loops loops_{1};
  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  std::shared_ptr<LargeDocuments> index_ = std::make_shared<LargeDocuments>();
  api::TelegramForward<NoGrants> telegram_{std::make_shared<NoGrants>()};
  api::VectorsForward<LargeDocuments> vectors_{index_};
  RetrievalService service_{*database_, pool_, clock_, loops_.next(), vectors_, telegram_, {}};
};

TEST_F(DocumentsTest, KnowledgeSearchFindsAsManyDocumentsAsAreAskedFor) {
  for (const std::int64_t limit : {1, 10, 40}) {
    const auto found = run_blocking(service_.knowledge({}, {.q = "words", .limit = limit})).value();
    EXPECT_EQ(found.count, limit);
    ASSERT_EQ(found.results.size(), static_cast<std::size_t>(limit));
    for (std::size_t i = 0; i < found.results.size(); ++i) {
      EXPECT_EQ(found.results[i].document_id, std::to_string(99 - i));
      EXPECT_TRUE(found.results[i].title.ends_with(".0")) << "its best chunk";
    }
  }
}

TEST_F(DocumentsTest, AGenerationKeepsTheTextsThatAreInNoIndex) {
  constexpr auto kGeneration = api::HistoryType::generation;
  EXPECT_EQ(kept_response("my own note", kGeneration), "From a post. [1]");
  EXPECT_EQ(kept_response(Uuid::random().text(), kGeneration), "From a post. [1]");
  EXPECT_EQ(kept_response(kIndexed, kGeneration), "From a post. [1]") << "restored from the index";
  index_->is_away = true;
  EXPECT_EQ(kept_response(Uuid::random().text(), kGeneration), "")
      << "unknown whether it is indexed";
  EXPECT_EQ(kept_response(Uuid::random().text(), api::HistoryType::hybrid), "") << "a deleted one";
}

TEST_F(DocumentsTest, ASearchWithoutVectorsSaysSinceWhen) {
  const UnixMillis started = clock_.wall();
  clock_.advance(std::chrono::hours(2));
  const auto reply =
      run_blocking(service_.search({}, {.query = "words", .query_type = api::QueryType::semantic}));
  ASSERT_EQ(reply.value().degraded.size(), 1U);
  EXPECT_EQ(reply->degraded[0].part, "embedding");
  EXPECT_EQ(reply->degraded[0].since, started);
}

}  // namespace
}  // namespace tg::retrieval
