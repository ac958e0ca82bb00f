// The index on a disk that loses power or fails: acknowledged changes survive, others are applied
// completely or not at all, and search results are never wrong.
#include <map>
#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "engine/index.hpp"
#include "tests/support/crash_files.hpp"

namespace tg::engine {
namespace {

using testing::CrashFiles;

// Document number -> the text that must be found.
using Truth = std::map<int, std::string>;

const std::vector<std::string> kVisible{"space:even", "space:odd"};

index::DocumentUpdate update_of(int number, const std::string& text, std::int64_t version) {
  index::DocumentUpdate update{
      .document_id = Uuid::from_name(kDocumentNamespace, fmt::format("{}", number)),
      .version = version,
      .chunks = {}};
  if (text.empty()) return update;
  index::Chunk& chunk = update.chunks.emplace_back();
  chunk.document_id = update.document_id;
  chunk.chunk_id = Uuid::from_name(update.document_id, text);
  chunk.text = text;
  chunk.access = kVisible[static_cast<std::size_t>(number % 2)];
  chunk.source = "telegram";
  chunk.message_id = number;
  return update;
}

struct Step {
  index::Batch batch;
  Truth after;
};

// Updates, deletions and, sometimes, the removal of an access key.
Step next_step(const Truth& before, std::int64_t version, std::mt19937_64& random) {
  Step step{.batch = {}, .after = before};
  if (random() % 15 == 0) {
    step.batch.drop_access = {"space:odd"};
    std::erase_if(step.after, [](const auto& entry) { return entry.first % 2 == 1; });
    return step;
  }
  for (std::size_t i = 0, n = 1 + random() % 5; i < n; ++i) {
    const int number = static_cast<int>(random() % 40);
    std::string text;
    if (random() % 4 != 0) {
      text = fmt::format("word{} word{} version{} ", number, random() % 7, version);
      for (std::size_t w = 0; w < random() % 60; ++w)
        text += fmt::format("filler{} ", random() % 50);
    }
    std::erase_if(step.batch.documents, [&](const index::DocumentUpdate& u) {
      return u.document_id == update_of(number, "", 0).document_id;
    });
    step.batch.documents.push_back(update_of(number, text, version));
    if (text.empty()) {
      step.after.erase(number);
    } else {
      step.after[number] = text;
    }
  }
  return step;
}

// The content of the index, or why it cannot be read.
Result<Truth> contents(const Index& index) {
  const auto snapshot = index.snapshot();
  std::vector<index::ChunkRange> documents;
  for (const index::StoredId& id : snapshot->ids(std::nullopt, 100000))
    documents.push_back({id.document_id});
  TG_TRY(const auto chunks, snapshot->chunks_of(documents, kVisible));
  Truth truth;
  for (const index::Chunk& chunk : chunks) truth[static_cast<int>(chunk.message_id)] = chunk.text;
  for (const auto& [number, text] : truth) {
    TG_TRY(const auto hits, snapshot->search({.text = text.substr(0, text.find("version")),
                                              .top_k = 1000,
                                              .filter = {.visible = kVisible},
                                              .repair = false}));
    bool found = false;
    for (const index::Hit& hit : hits.hits) found |= hit.chunk.message_id == number;
    if (!found) return internal(fmt::format("document {} is there but not found", number));
  }
  if (truth.size() != snapshot->size()) return internal("a document is in the index twice");
  return truth;
}

struct Tally {
  int cuts = 0;
  int damaged = 0;
  std::vector<std::string> violations;
};

// Several rounds on one disk: work until the power fails, restart, verify.
void live(CrashFiles& files, std::uint64_t seed, Tally& tally) {
  std::mt19937_64 random(seed);
  Truth acknowledged;
  std::int64_t version = 0;
  for (int round = 0; round < 4; ++round) {
    Truth possible = acknowledged;  // if the batch in flight was applied
    files.fail_at(1 + random() % 120, CrashFiles::Failure::power);
    if (auto index = Index::open("/index", files)) {
      while (true) {
        Step step = next_step(acknowledged, ++version, random);
        const bool erase = random() % 12 == 0;
        const auto done = erase ? (*index)->erase() : (*index)->apply(step.batch);
        if (erase) step.after = acknowledged;
        possible = step.after;
        if (!done) break;
        acknowledged = step.after;
      }
    }
    files.restart(random());
    ++tally.cuts;
    auto again = Index::open("/index", files);
    const auto found = again ? contents(**again) : Result<Truth>(std::unexpected(again.error()));
    if (!found) {
      ++tally.damaged;
      tally.violations.push_back(fmt::format("seed {} round {}: {}: {}", seed, round,
                                             found.error().reason, found.error().detail));
      return;
    }
    if (*found != acknowledged && *found != possible) {
      tally.violations.push_back(fmt::format("seed {} round {}: {} documents, {} were acknowledged",
                                             seed, round, found->size(), acknowledged.size()));
      return;
    }
    acknowledged = *found;
  }
}

Tally power_cuts(std::uint64_t first_seed, int cuts, const std::string& lie = {}) {
  Tally tally;
  for (std::uint64_t seed = first_seed; tally.cuts < cuts; ++seed) {
    CrashFiles files;
    files.lie_about_sync(lie);
    live(files, seed, tally);
  }
  return tally;
}

// Must fail where it is built with a writer that skips a sync: tests/crash/CMakeLists.txt.
TEST(PowerCut, NothingAcknowledgedIsLost) {
  const Tally tally = power_cuts(1, 600);
  EXPECT_GE(tally.cuts, 600);
  EXPECT_TRUE(tally.violations.empty())
      << tally.violations.size() << " of " << tally.cuts << ", the first: " << tally.violations[0];
}

// The suite itself is tested: without any one of the three syncs of a commit it must complain.
TEST(LyingDisk, EveryMissingSyncIsNoticed) {
  for (const char* lie : {".segment", "manifest.json", "/index"}) {
    EXPECT_FALSE(power_cuts(1, 100, lie).violations.empty()) << "unnoticed: " << lie;
  }
}

// Work that passes every way through the writer: small segments, merges, deletions, erasing.
Result<void> busy_day(Index& index, Truth& truth) {
  std::mt19937_64 random(5);
  for (std::int64_t version = 1; version <= 10; ++version) {
    const Step step = next_step(truth, version, random);
    TG_TRY_VOID(index.apply(step.batch));
    truth = step.after;
  }
  return index.erase();
}

// Every call of the disk fails once (every fourth in the other two ways); then the same work is
// done again.
TEST(DiskErrors, EveryCallMayFailOnceAndALaterTryWorks) {
  for (const auto failure : {CrashFiles::Failure::io_error, CrashFiles::Failure::disk_full,
                             CrashFiles::Failure::short_write}) {
    std::size_t failed = 0;
    const std::size_t stride = failure == CrashFiles::Failure::io_error ? 1 : 4;
    for (std::size_t call = 1;; call += stride) {
      CrashFiles files;
      files.fail_at(call, failure);
      auto index = Index::open("/index", files);
      Truth truth;
      Result<void> done =
          index ? busy_day(**index, truth) : Result<void>(std::unexpected(index.error()));
      const bool all_passed = files.calls() < call;
      files.heal();
      if (!done) {
        ++failed;
        EXPECT_NE(done.error().reason, "index.damaged") << "call " << call;
      }
      if (index) {
        // What was there before the error is there still, in this process and the next.
        const auto found = contents(**index);
        ASSERT_TRUE(found) << "call " << call << ": " << found.error().detail;
      }
      if (!index) index = Index::open("/index", files);
      ASSERT_TRUE(index) << "call " << call << ": " << index.error().detail;
      truth.clear();
      std::mt19937_64 random(5);
      for (std::int64_t version = 1; version <= 3; ++version) {
        const Step step = next_step(truth, version + 100, random);
        ASSERT_TRUE((*index)->apply(step.batch)) << "call " << call;
        truth = step.after;
      }
      // Documents of the first try that the second never named may remain.
      const auto found = contents(**index);
      ASSERT_TRUE(found);
      for (const auto& [number, text] : truth) EXPECT_EQ(found->at(number), text);
      index->reset();
      auto reopened = Index::open("/index", files);
      ASSERT_TRUE(reopened) << "call " << call << ": " << reopened.error().detail;
      EXPECT_EQ(contents(**reopened).value(), *found) << "call " << call;
      if (all_passed) break;
    }
    EXPECT_GT(failed, 60U / stride);
  }
}

}  // namespace
}  // namespace tg::engine
