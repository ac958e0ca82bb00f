#include "backend/embedded_index.hpp"

#include <random>

#include <gtest/gtest.h>

#include "runtime/fault.hpp"
#include "tests/support/crash_files.hpp"
#include "tests/support/index_conformance.hpp"

namespace tg::backend {
namespace {

using testing::CrashFiles;
using testing::IndexHarness;

class EmbeddedHarness final : public IndexHarness {
 public:
  store::SearchIndex& index() override { return *index_; }

 private:
  CrashFiles files_;
  ComputePool pool_{2, 64};
  std::unique_ptr<store::SearchIndex> index_ =
      open_embedded_index("/vector", pool_, files_).value();
};

class OwnedHarness final : public IndexHarness {
 public:
  explicit OwnedHarness(std::unique_ptr<store::SearchIndex> index) : index_(std::move(index)) {}
  store::SearchIndex& index() override { return *index_; }

 private:
  std::unique_ptr<store::SearchIndex> index_;
};

TEST(IndexConformance, TheEmbeddedEngine) {
  testing::expect_conforms<IndexHarness>(testing::index_rules(),
                                         [] { return std::make_unique<EmbeddedHarness>(); });
}

TEST(IndexConformance, InMemory) {
  testing::expect_conforms<IndexHarness>(testing::index_rules(), [] {
    return std::make_unique<OwnedHarness>(testing::make_memory_index());
  });
}

TEST(IndexConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<IndexHarness>(
      testing::index_rules(), [](const std::string& rule) {
        return std::make_unique<OwnedHarness>(testing::make_broken_index(rule));
      });
}

index::DocumentUpdate document(int number, std::int64_t version, bool empty = false) {
  index::DocumentUpdate update{
      Uuid::from_name(kDocumentNamespace, std::to_string(number)), version, {}};
  if (empty) return update;
  index::Chunk& chunk = update.chunks.emplace_back();
  chunk.document_id = update.document_id;
  chunk.chunk_id = Uuid::from_name(update.document_id, "chunk");
  chunk.text = "words";
  chunk.access = "all";
  return update;
}

// Words and vectors change in two steps: what a crash leaves between them goes at the next start.
TEST(EmbeddedIndex, ACrashBetweenWordsAndVectorsLeavesNoOrphan) {
  if (!fault::kCompiledIn) GTEST_SKIP() << "no fault points in this build";
  ComputePool pool(1, 16);
  CrashFiles files;
  auto index = open_embedded_index("/vector", pool, files).value();
  ASSERT_TRUE(run_blocking(index->apply({.documents = {document(1, 1), document(2, 1)}})));
  for (const int number : {1, 2}) {
    ASSERT_TRUE(run_blocking(
        index->add_vectors({{document(number, 1).chunks[0].chunk_id, "m", {1, 2}}}, {"all"})));
  }
  ASSERT_TRUE(fault::set_plan("index.after_words_before_vectors=error"));
  EXPECT_FALSE(run_blocking(index->apply({.documents = {document(1, 2, true)}})));
  ASSERT_TRUE(fault::set_plan(""));
  EXPECT_EQ(run_blocking(index->check())->size(), 1U);
  const auto hits =
      run_blocking(index->search_vectors({.values = {1, 2}, .filter = {.visible = {"all"}}}));
  EXPECT_EQ(hits->size(), 1U);  // never found, even before it goes
  index.reset();
  index = open_embedded_index("/vector", pool, files).value();
  EXPECT_TRUE(run_blocking(index->check())->empty());
  EXPECT_EQ(index->collections()[0].vectors, 1);
}

}  // namespace
}  // namespace tg::backend
