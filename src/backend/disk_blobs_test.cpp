#include "backend/disk_blobs.hpp"

#include <filesystem>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "tests/support/blob_conformance.hpp"
#include "tests/support/crash_files.hpp"

namespace tg::backend {
namespace {

namespace fs = std::filesystem;
using store::reader_of;
using testing::BlobHarness;
using testing::CrashFiles;

class DiskHarness final : public BlobHarness {
 public:
  DiskHarness() : blobs_(open_disk_blobs(folder_ / "blobs", pool_).value()) {}
  ~DiskHarness() override { fs::remove_all(folder_); }
  store::Blobs& blobs() override { return *blobs_; }
  Result<std::unique_ptr<store::Blobs>> copy() override {
    const fs::path copy = folder_ / "copy";
    TG_TRY_VOID(run_blocking(blobs_->copy_to(copy.string())));
    return open_disk_blobs(copy, pool_);
  }
  std::string bytes() override {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "blobs")) {
      if (entry.is_regular_file()) all += disk_files().read(entry.path()).value();
    }
    return all;
  }

 private:
  ComputePool pool_{2, 64};
  fs::path folder_ = fs::temp_directory_path() / ("tg_blobs_" + random_hex(6));
  std::unique_ptr<store::Blobs> blobs_;
};

TEST(BlobConformance, OnDisk) {
  testing::expect_conforms<BlobHarness>(testing::blob_rules(),
                                        [] { return std::make_unique<DiskHarness>(); });
}

TEST(BlobConformance, InMemory) {
  testing::expect_conforms<BlobHarness>(testing::blob_rules(), testing::make_memory_blob_harness);
}

TEST(BlobConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<BlobHarness>(testing::blob_rules(),
                                                testing::make_broken_blob_harness);
}

TEST(DiskBlobs, DamageIsAnErrorNeverOtherBytes) {
  ComputePool pool(1, 16);
  CrashFiles files;
  const auto blobs = open_disk_blobs("/data/blobs", pool, files).value();
  ASSERT_TRUE(run_blocking(blobs->put("a", reader_of("original bytes"))));
  EXPECT_TRUE(run_blocking(blobs->check())->empty());
  const std::string good = files.read("/data/blobs/a").value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    ASSERT_TRUE(write_atomically(files, "/data/blobs/a", bad));
    const auto reader = run_blocking(blobs->get("a"));
    const auto bytes = reader ? run_blocking(store::read_whole(*reader))
                              : Result<std::string>(std::unexpected(reader.error()));
    ASSERT_FALSE(bytes) << "byte " << i;
    EXPECT_EQ(bytes.error().reason, "blob.damaged") << "byte " << i;
    EXPECT_EQ(run_blocking(blobs->check())->size(), 1U) << "byte " << i;
  }
}

TEST(DiskBlobs, ACopyOpensWithTheSameBytes) {
  ComputePool pool(1, 16);
  CrashFiles files;
  const auto blobs = open_disk_blobs("/data/blobs", pool, files).value();
  ASSERT_TRUE(run_blocking(blobs->put("a", reader_of("first"))));
  ASSERT_TRUE(run_blocking(blobs->put("b", reader_of(""))));
  ASSERT_TRUE(run_blocking(blobs->copy_to("/backup/blobs")));
  const auto copy = open_disk_blobs("/backup/blobs", pool, files).value();
  EXPECT_EQ(run_blocking(copy->list({}, 10))->size(), 2U);
  EXPECT_EQ(run_blocking(store::read_whole(run_blocking(copy->get("a")).value())).value(), "first");
}

using Truth = std::map<std::string, std::string>;

Truth contents(store::Blobs& blobs, std::vector<std::string>& violations) {
  Truth truth;
  const auto infos = run_blocking(blobs.list({}, 1000));
  if (!infos) violations.push_back(infos.error().detail);
  for (const store::BlobInfo& info : infos.value_or(std::vector<store::BlobInfo>())) {
    const auto reader = run_blocking(blobs.get(info.id));
    const auto bytes = reader ? run_blocking(store::read_whole(*reader))
                              : Result<std::string>(std::unexpected(reader.error()));
    if (!bytes) violations.push_back(bytes.error().detail);
    truth[info.id] = bytes.value_or("");
  }
  return truth;
}

std::vector<std::string> power_cuts(int lives, const std::string& lie) {
  std::vector<std::string> violations;
  ComputePool pool(1, 16);
  for (int seed = 1; seed <= lives && violations.empty(); ++seed) {
    CrashFiles files;
    files.lie_about_sync(lie);
    std::mt19937_64 random(static_cast<std::uint64_t>(seed));
    Truth acknowledged;
    Truth possible;
    files.fail_at(1 + random() % 60, CrashFiles::Failure::power);
    if (auto blobs = open_disk_blobs("/data/blobs", pool, files)) {
      for (bool alive = true; alive;) {
        const std::string id = "blob" + std::to_string(random() % 6);
        possible = acknowledged;
        if (random() % 4 == 0) {
          possible.erase(id);
          alive = run_blocking((*blobs)->remove(id)).has_value();
        } else {
          possible[id] = std::string(random() % 3000, static_cast<char>('a' + random() % 26));
          alive = run_blocking((*blobs)->put(id, reader_of(possible[id]))).has_value();
        }
        if (alive) acknowledged = possible;
      }
    }
    files.restart(random());
    const auto again = open_disk_blobs("/data/blobs", pool, files);
    if (!again) return {again.error().detail};
    const Truth found = contents(**again, violations);
    if (found != acknowledged && found != possible)
      violations.push_back("seed " + std::to_string(seed) + ": not what was stored");
  }
  return violations;
}

TEST(DiskBlobs, PowerCutsLoseNothingAcknowledged) {
  const auto violations = power_cuts(200, "");
  EXPECT_TRUE(violations.empty()) << violations[0];
}

TEST(DiskBlobs, PowerCutsNoticeEveryMissingSync) {
  EXPECT_FALSE(power_cuts(200, ".").empty()) << "files";
  EXPECT_FALSE(power_cuts(200, "/blobs").empty()) << "folder";
}

}  // namespace
}  // namespace tg::backend
