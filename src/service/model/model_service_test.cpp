#include "service/model/model_service.hpp"

#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/ids.hpp"
#include "runtime/fault.hpp"
#include "runtime/run_blocking.hpp"
#include "service/model/cache.hpp"

namespace tg::model {
namespace {

namespace fs = std::filesystem;

class ModelServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tg_model_" + random_hex(6));
    service_ = std::make_unique<ModelService>(pool_, clock_, folder_);
    ASSERT_TRUE(run_blocking(service_->start()));
  }
  void TearDown() override {
    fs::remove_all(folder_);
    ASSERT_TRUE(fault::set_plan(""));
  }

  void write(const fs::path& path, std::string_view bytes) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }
  void put_model(const std::string& name, std::string_view manifest) {
    write(folder_ / "models" / name / "model.json", manifest);
    write(folder_ / "models" / name / "weights.bin", "12345678");
  }
  // Sets a file's modification time to `days` before now.
  void age(const fs::path& path, int days) {
    const auto then = std::chrono::floor<std::chrono::seconds>(clock_.wall()).time_since_epoch() -
                      std::chrono::days(days);
    const timespec time{.tv_sec = std::chrono::seconds(then).count(), .tv_nsec = 0};
    const timespec both[2]{time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), both, AT_SYMLINK_NOFOLLOW), 0);
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const api::Model& model : run_blocking(service_->list({}, {})).value())
      all.push_back(model.name);
    return all;
  }

  using Names = std::vector<std::string>;
  ComputePool pool_{1, 16};
  FakeClock clock_;
  fs::path folder_;
  std::unique_ptr<ModelService> service_;
};

constexpr std::string_view kGood =
    R"({"type":"embedding","version":"1.2","config":{"dimension":384}})";

TEST_F(ModelServiceTest, ListsModelsOnDisk) {
  EXPECT_EQ(names(), Names{});
  put_model("org/e5-small", kGood);
  put_model("llama", R"({"type":"generation","version":"3"})");
  write(folder_ / "models" / "no-model" / "readme.txt", "nothing");
  write(folder_ / "models" / "llama" / "inner" / "model.json", kGood);
  const auto models = run_blocking(service_->list({}, {})).value();
  ASSERT_EQ(models.size(), 2U);
  EXPECT_EQ(models[0].name, "llama");
  EXPECT_EQ(models[0].type, api::ModelType::generation);
  EXPECT_EQ(models[1].name, "org/e5-small");
  EXPECT_EQ(models[1].version, "1.2");
  EXPECT_EQ(models[1].status, api::ModelStatus::unloaded);
  EXPECT_EQ(models[1].config.at("dimension").as_int64(), 384);
  EXPECT_EQ(models[1].config.at("size_bytes").as_int64(),
            static_cast<std::int64_t>(kGood.size()) + 8);
}

TEST_F(ModelServiceTest, ABrokenManifestIsShownAsAnError) {
  put_model("broken", "{\"type\":");
  put_model("strange", R"({"type":"painting"})");
  for (const api::Model& model : run_blocking(service_->list({}, {})).value()) {
    EXPECT_EQ(model.status, api::ModelStatus::error) << model.name;
  }
  EXPECT_EQ(names(), (Names{"broken", "strange"}));
}

TEST_F(ModelServiceTest, DeletesAModelAndTheFoldersThatOnlyItNeeded) {
  put_model("org/one", kGood);
  put_model("org/two", kGood);
  const auto done = run_blocking(service_->remove({}, {"org/one"}));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->message, "Model org/one deleted successfully");
  EXPECT_EQ(names(), Names{"org/two"});
  ASSERT_TRUE(run_blocking(service_->remove({}, {"org/two"})));
  EXPECT_TRUE(fs::is_empty(folder_ / "models"));
  const auto again = run_blocking(service_->remove({}, {"org/two"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::not_found);
  EXPECT_EQ(again.error().message, "model not found");
}

TEST_F(ModelServiceTest, AnInterruptedDeletionIsFinishedAtTheNextStart) {
  if (!fault::kCompiledIn) GTEST_SKIP() << "no fault points in this build";
  put_model("one", kGood);
  ASSERT_TRUE(fault::set_plan("model.after_rename_before_delete=error"));
  EXPECT_FALSE(run_blocking(service_->remove({}, {"one"})));
  ASSERT_TRUE(fault::set_plan(""));
  EXPECT_EQ(names(), Names{});
  EXPECT_FALSE(fs::is_empty(folder_ / "models"));
  ModelService next(pool_, clock_, folder_);
  ASSERT_TRUE(run_blocking(next.start()));
  EXPECT_TRUE(fs::is_empty(folder_ / "models"));
}

TEST_F(ModelServiceTest, NamesCannotLeaveTheFolder) {
  write(folder_ / "outside" / "model.json", kGood);
  for (const char* name : {"../outside", "..", "a/../../outside", "", "/etc", "a//b", ".hidden",
                           "a/load", "x\ny", "модель"}) {
    const auto done = run_blocking(service_->remove({}, {name}));
    ASSERT_FALSE(done) << name;
    EXPECT_EQ(done.error().field, "name") << name;
    EXPECT_EQ(run_blocking(service_->download({}, {name, {}})).error().field, "name") << name;
  }
  EXPECT_TRUE(fs::exists(folder_ / "outside" / "model.json"));
}

TEST_F(ModelServiceTest, LoadingAndDownloadingAnswer501) {
  EXPECT_EQ(run_blocking(service_->load({}, {"absent"})).error().code, Code::not_found);
  EXPECT_EQ(run_blocking(service_->unload({}, {"absent"})).error().code, Code::not_found);
  put_model("here", kGood);
  EXPECT_EQ(run_blocking(service_->load({}, {"here"})).error().reason,
            "not_implemented.model_load");
  EXPECT_EQ(run_blocking(service_->unload({}, {"here"})).error().reason, "model.not_loaded");
  EXPECT_EQ(run_blocking(service_->download({}, {"other", {}})).error().reason,
            "not_implemented.model_download");
}

TEST_F(ModelServiceTest, CleanupDeletesOldFilesOfTheCacheOnly) {
  const fs::path cache = folder_ / "cache";
  put_model("kept", kGood);
  age(folder_ / "models" / "kept" / "weights.bin", 400);
  write(folder_ / "elsewhere.bin", "keep me");
  write(cache / "sub" / "old.bin", "1234567890");
  write(cache / "fresh.bin", "12345");
  fs::create_symlink(folder_ / "elsewhere.bin", cache / "link");
  fs::create_directory_symlink(folder_ / "models", cache / "folder_link");
  age(cache / "sub" / "old.bin", 31);
  age(cache / "fresh.bin", 29);
  age(cache / "link", 400);
  const auto done = run_blocking(service_->cleanup({}, {.days_old = 30})).value();
  EXPECT_EQ(done.files_deleted, 1);
  EXPECT_EQ(done.bytes_freed, 10);
  EXPECT_FALSE(fs::exists(cache / "sub"));
  EXPECT_TRUE(fs::exists(cache / "fresh.bin"));
  EXPECT_TRUE(fs::exists(folder_ / "elsewhere.bin"));
  EXPECT_EQ(names(), Names{"kept"});
  clock_.advance(std::chrono::hours(48));
  EXPECT_EQ(run_blocking(service_->cleanup({}, {.days_old = 30}))->files_deleted, 1);
  EXPECT_EQ(run_blocking(service_->cleanup({}, {.days_old = 30}))->files_deleted, 0);
}

TEST_F(ModelServiceTest, ResourcesAreThoseOfThisMachine) {
  const auto resources = run_blocking(service_->resources({}, {})).value();
  EXPECT_GT(resources.memory_total_gb, resources.memory_available_gb);
  EXPECT_GT(resources.memory_available_gb, 0);
  EXPECT_NEAR(resources.memory_usage_percent,
              100 * (1 - resources.memory_available_gb / resources.memory_total_gb), 1e-6);
  const auto space = fs::space(folder_);
  EXPECT_NEAR(resources.disk_total_gb * 1024 * 1024 * 1024, static_cast<double>(space.capacity), 1);
  EXPECT_GE(resources.cpu_usage_percent, 0);
  EXPECT_LE(resources.cpu_usage_percent, 100);
  EXPECT_EQ(resources.cache_directory, (folder_ / "cache").string());
}

TEST_F(ModelServiceTest, HealthNamesThePartThatFails) {
  const auto good = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(good.details.at("models").to_number<int>(), 0);
  fs::remove_all(folder_);
  const auto bad = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(bad.status, api::HealthStatus::degraded);
  const json::Value& disk = bad.details.at("parts").at(1);
  EXPECT_EQ(disk.at("part"), "disk");
  EXPECT_EQ(disk.at("state"), "down");
  EXPECT_EQ(disk.at("reason"), "less than 1 GiB of disk is free, or the disk cannot be read");
  EXPECT_TRUE(disk.at("since").is_string());
}

TEST(Resources, ReadsMeminfo) {
  const auto memory = parse_meminfo("MemTotal:  2000 kB\nMemFree: 3 kB\nMemAvailable:   500 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 2'048'000);
  EXPECT_EQ(memory->available_bytes, 512'000);
  for (const char* bad : {"", "MemTotal: 5 kB\n", "MemTotal: x kB\nMemAvailable: 1 kB\n",
                          "MemTotal: 5 kB\nMemAvailable: 6 kB\n"}) {
    EXPECT_FALSE(parse_meminfo(bad)) << bad;
  }
}

TEST(Resources, CountsBusyTicks) {
  const auto from = parse_cpu_times("cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 1 1 1 1\n");
  const auto until = parse_cpu_times("cpu  30 0 20 140 10 0 0 0 20 0\n");
  ASSERT_TRUE(from && until);
  EXPECT_EQ(from->total, 100U);
  EXPECT_DOUBLE_EQ(cpu_percent(*from, *until), 30.0);
  EXPECT_DOUBLE_EQ(cpu_percent(*from, *from), 0.0);
  for (const char* bad : {"", "intr 5", "cpu 1 2", "cpu a b c d e"}) {
    EXPECT_FALSE(parse_cpu_times(bad)) << bad;
  }
}

}  // namespace
}  // namespace tg::model
