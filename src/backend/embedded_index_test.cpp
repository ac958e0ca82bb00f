#include "backend/embedded_index.hpp"

#include <random>

#include <gtest/gtest.h>

#include "runtime/fault.hpp"
#include "tests/support/crash_files.hpp"
#include "tests/support/index_conformance.hpp"

namespace tg::backend {
namespace {

namespace fs = std::filesystem;

using testing::CrashFiles;
using testing::IndexHarness;

class EmbeddedHarness final : public IndexHarness {
 public:
  store::SearchIndex& index() override { return *index_; }
  Result<std::unique_ptr<store::SearchIndex>> copy() override {
    TG_TRY_VOID(run_blocking(index_->copy_to("/copy")));
    return open_embedded_index("/copy", pool_, clock_, files_);
  }
  std::string bytes() override { return files_.all_bytes("/vector"); }

 private:
  CrashFiles files_;
  ComputePool pool_{2, 64};
  FakeClock clock_;
  std::unique_ptr<store::SearchIndex> index_ =
      open_embedded_index("/vector", pool_, clock_, files_).value();
};

TEST(IndexConformance, TheEmbeddedEngine) {
  testing::expect_conforms<IndexHarness>(testing::index_rules(),
                                         [] { return std::make_unique<EmbeddedHarness>(); });
}

TEST(IndexConformance, InMemory) {
  testing::expect_conforms<IndexHarness>(testing::index_rules(),
                                         testing::make_memory_index_harness);
}

TEST(IndexConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<IndexHarness>(testing::index_rules(),
                                                 testing::make_broken_index_harness);
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

// Index and vectors change in two steps; the next start removes what a crash leaves between them.
TEST(EmbeddedIndex, ACrashBetweenWordsAndVectorsLeavesNoOrphan) {
  if (!fault::kCompiledIn) GTEST_SKIP() << "no fault points in this build";
  ComputePool pool(1, 16);
  const FakeClock clock;
  CrashFiles files;
  auto index = open_embedded_index("/vector", pool, clock, files).value();
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
  EXPECT_EQ(hits->size(), 1U);  // not found even before it is removed
  index.reset();
  index = open_embedded_index("/vector", pool, clock, files).value();
  EXPECT_TRUE(run_blocking(index->check())->empty());
  EXPECT_EQ(index->collections()[0].vectors, 1);
}

// Two documents, one with a vector, on a disk that can be damaged.
class DamagedIndex : public ::testing::Test {
 protected:
  void SetUp() override {
    reopen();
    ASSERT_TRUE(run_blocking(index_->apply({.documents = {document(1, 1), document(2, 1)}})));
    ASSERT_TRUE(run_blocking(
        index_->add_vectors({{document(1, 1).chunks[0].chunk_id, "m", {1, 2}}}, {"all"})));
  }
  void reopen() {
    index_.reset();
    auto opened = open_embedded_index("/vector", pool_, clock_, files_);
    ASSERT_TRUE(opened) << opened.error().message << ": " << opened.error().detail;
    index_ = *std::move(opened);
  }
  void damage(const fs::path& file, std::size_t at) {
    std::string bytes = files_.read(file).value();
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    ASSERT_TRUE(write_atomically(files_, file, bytes));
  }
  std::size_t found() const {
    const auto hits =
        run_blocking(index_->search({.text = "words", .filter = {.visible = {"all"}}}));
    return hits ? hits->hits.size() : 99;
  }
  std::string degraded() const {
    const auto modes = index_->degraded();
    return modes.empty() ? "" : modes[0].part + ": " + modes[0].reason;
  }
  std::vector<std::string> kept() {
    auto names = files_.list("/vector").value();
    std::erase_if(names, [](const auto& name) { return !name.contains(".damaged-"); });
    return names;
  }

  CrashFiles files_;
  ComputePool pool_{1, 16};
  FakeClock clock_;
  std::unique_ptr<store::SearchIndex> index_;
};

TEST_F(DamagedIndex, IsMovedAsideAtTheStartAndRebuilt) {
  const std::string id = index_->statistics().id;
  index_.reset();
  damage("/vector/index/manifest.json", 20);
  for (int start = 0; start < 2; ++start) {
    reopen();
    EXPECT_TRUE(degraded().starts_with("index: the index was damaged")) << degraded();
    EXPECT_NE(index_->statistics().id, id);
    EXPECT_EQ(found(), 0U);
    EXPECT_EQ(kept(), std::vector<std::string>{"index.damaged-20250615T150640Z"});
    EXPECT_EQ(run_blocking(index_->check())->size(), 1U) << "as long as it lasts";
    EXPECT_EQ(index_->collections()[0].vectors, 1) << "its chunk will come back";
  }
  ASSERT_TRUE(run_blocking(index_->apply({.documents = {document(1, 1), document(2, 1)}})));
  ASSERT_TRUE(run_blocking(index_->apply({.rebuilt = true})));
  EXPECT_EQ(degraded(), "");
  EXPECT_EQ(found(), 2U);
  EXPECT_EQ(index_->collections()[0].vectors, 1);
  EXPECT_TRUE(run_blocking(index_->check())->empty());
  EXPECT_TRUE(kept().empty());
}

TEST_F(DamagedIndex, IsReportedWhenASearchFindsItAndReplacedAtTheNextStart) {
  index_.reset();
  damage("/vector/index/00000001.segment", 3);  // in a text, which is verified when it is read
  reopen();
  EXPECT_EQ(degraded(), "");
  EXPECT_EQ(found(), 99U);
  EXPECT_TRUE(degraded().starts_with("index: the search index is damaged")) << degraded();
  ASSERT_TRUE(run_blocking(index_->apply({.rebuilt = true})));
  EXPECT_NE(degraded(), "") << "the damage is still there";
  reopen();
  EXPECT_TRUE(degraded().starts_with("index: the index was damaged")) << degraded();
  EXPECT_EQ(found(), 0U);
}

TEST_F(DamagedIndex, IsReportedByACheck) {
  index_.reset();
  damage("/vector/index/00000001.segment", 3);
  reopen();
  EXPECT_FALSE(run_blocking(index_->check())->empty());
  EXPECT_FALSE(run_blocking(index_->check())->empty());
  reopen();
  EXPECT_EQ(kept().size(), 1U);
  ASSERT_TRUE(run_blocking(index_->erase()));
  EXPECT_TRUE(kept().empty()) << "it may hold what was deleted";
}

TEST_F(DamagedIndex, DamagedVectorsAreMovedAsideAloneUntilOthersAreAdded) {
  const std::string id = index_->statistics().id;
  index_.reset();
  damage("/vector/vectors/00000001.vectors", 3);
  reopen();
  EXPECT_TRUE(degraded().starts_with("vectors: stored vectors were damaged")) << degraded();
  EXPECT_EQ(index_->statistics().id, id);
  EXPECT_EQ(found(), 2U);
  ASSERT_TRUE(run_blocking(
      index_->add_vectors({{document(1, 1).chunks[0].chunk_id, "m", {1, 2}}}, {"all"})));
  EXPECT_EQ(degraded(), "");
  EXPECT_TRUE(run_blocking(index_->check())->empty());
}

TEST_F(DamagedIndex, ALostIndexBesideVectorsIsRebuiltToo) {
  index_.reset();
  const auto names = files_.list("/vector/index").value();
  for (const std::string& name : names) ASSERT_TRUE(files_.remove("/vector/index/" + name));
  reopen();
  EXPECT_NE(degraded(), "");
  EXPECT_EQ(index_->collections()[0].vectors, 1);
  ASSERT_TRUE(run_blocking(index_->apply({.documents = {document(2, 1)}, .rebuilt = true})));
  EXPECT_EQ(index_->collections()[0].vectors, 0) << "its chunk did not come back";
}

}  // namespace
}  // namespace tg::backend
