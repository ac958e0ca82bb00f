#include "service/embedding/embedding_service.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/run_blocking.hpp"
#include "service/embedding/embedding_store.hpp"

namespace tg::embedding {
namespace {

namespace fs = std::filesystem;

// A model service with two models, or one that is unreachable.
class FakeModels final : public api::Models {
 public:
  bool away = false;

  Task<Result<std::vector<api::Model>>> list(api::Call, api::Nothing) override {
    if (away) co_return unavailable("model");
    std::vector<api::Model> models(2);
    models[0].name = "org/e5";
    models[1].name = "llama";
    models[1].type = api::ModelType::generation;
    co_return models;
  }
  Task<Result<api::Message>> download(api::Call, api::DownloadRequest) override { return none(); }
  Task<Result<api::Message>> load(api::Call, api::ModelName) override { return none(); }
  Task<Result<api::Message>> unload(api::Call, api::ModelName) override { return none(); }
  Task<Result<api::Message>> remove(api::Call, api::ModelName) override { return none(); }
  Task<Result<api::Resources>> resources(api::Call, api::Nothing) override {
    co_return internal("not asked for here");
  }
  Task<Result<api::CleanupReply>> cleanup(api::Call, api::CleanupRequest) override {
    co_return internal("not asked for here");
  }
  Task<Result<api::Health>> health(api::Call, api::Nothing) override {
    if (away) co_return unavailable("model");
    co_return api::Health{.service_name = "model", .timestamp = {}, .details = {}};
  }

 private:
  static Task<Result<api::Message>> none() { co_return internal("not asked for here"); }
};

class EmbeddingServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tg_embedding_" + random_hex(6));
    fs::create_directories(folder_);
    auto opened = sqlite::open_database(folder_ / "embedding.db", pool_);
    ASSERT_TRUE(opened) << opened.error().detail;
    database_ = *std::move(opened);
    service_ = std::make_unique<EmbeddingService>(*database_, clock_, models_);
    ASSERT_TRUE(run_blocking(service_->start()));
  }
  void TearDown() override {
    service_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }

  static api::Call call_of(const std::string& user) {
    api::Call call;
    call.principal.user_id = user;
    call.principal.role = api::Role::user;
    return call;
  }
  // In the format in which computed embeddings will be stored.
  void store(const std::string& access, const std::vector<float>& numbers) {
    const sql::Blob bytes{
        std::string(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float))};
    ASSERT_TRUE(run_blocking(
        sql::write<void>(*database_, [this, access, bytes](sql::Connection& c) -> Result<void> {
          TG_TRY_VOID(
              c.run("INSERT INTO embeddings (chunk_id, access, vector_id, model_name, vector, "
                    "created_ms) VALUES ($1, $2, $1, 'org/e5', $3, $4)",
                    {chunk_.text(), access, bytes, to_millis(clock_.wall())}));
          return {};
        })));
  }

  ComputePool pool_{1, 16};
  FakeClock clock_;
  FakeModels models_;
  fs::path folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<EmbeddingService> service_;
  const Uuid chunk_ = Uuid::random();
};

TEST_F(EmbeddingServiceTest, ReadsBackWhatWasStoredForTheCallerOnly) {
  const auto absent = run_blocking(service_->get(call_of("ann"), {chunk_}));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
  EXPECT_TRUE(absent.error().message.ends_with(" not found"));
  store(api::user_access_key("ann"), {0.25, -1.5, 3});
  const auto mine = run_blocking(service_->get(call_of("ann"), {chunk_}));
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->embedding, (std::vector<double>{0.25, -1.5, 3}));
  EXPECT_EQ(mine->dimension, 3);
  EXPECT_EQ(mine->created_at, clock_.wall());
  EXPECT_EQ(run_blocking(service_->get(call_of("bob"), {chunk_})).error().code, Code::not_found);
  const auto health = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(health.details.at("embeddings").to_number<int>(), 1);
}

TEST_F(EmbeddingServiceTest, GeneratingValidatesItsInputBeforeAnswering501) {
  const auto generate = [&](std::string text, std::optional<std::string> model) {
    return run_blocking(service_->generate(call_of("ann"), {chunk_, std::move(text), model}))
        .error();
  };
  EXPECT_EQ(generate(" \n", {}).field, "text");
  EXPECT_EQ(generate("words", "llama").code, Code::not_found);
  EXPECT_EQ(generate("words", "org/e5").reason, "not_implemented.embeddings");
  EXPECT_EQ(generate("words", {}).reason, "not_implemented.embeddings");
  const auto batch = run_blocking(
      service_->batch(call_of("ann"), {.items = {{chunk_, "words", {}}, {chunk_, " ", {}}}}));
  EXPECT_EQ(batch.error().field, "items[1].text");
}

TEST_F(EmbeddingServiceTest, OffersEmbeddingModelsOnly) {
  const auto models = run_blocking(service_->models({}, {})).value();
  ASSERT_EQ(models.size(), 1U);
  EXPECT_EQ(models[0].name, "org/e5");
  EXPECT_EQ(run_blocking(service_->load({}, {"llama"})).error().code, Code::not_found);
  EXPECT_EQ(run_blocking(service_->load({}, {"org/e5"})).error().reason,
            "not_implemented.model_load");
  EXPECT_EQ(run_blocking(service_->unload({}, {"org/e5"})).error().code, Code::conflict);
}

TEST_F(EmbeddingServiceTest, IsCheckedAndCopied) {
  store(api::user_access_key("ann"), {1, 2});
  const auto found = run_blocking(service_->fsck({}, {})).value();
  EXPECT_TRUE(found.violations.empty());
  EXPECT_EQ(found.counts.at("embeddings").to_number<int>(), 1);
  ASSERT_TRUE(run_blocking(service_->backup({}, {(folder_ / "copy").string()})));
  const auto copy = sqlite::open_database(folder_ / "copy" / "embedding" / "embedding.db", pool_);
  ASSERT_TRUE(copy);
  EXPECT_EQ(run_blocking(sql::read<std::int64_t>(**copy, count_embeddings)).value(), 1);
  run_blocking((*copy)->close());
}

TEST_F(EmbeddingServiceTest, ErasingLeavesNoByteOfADeletedVector) {
  const float pattern[] = {1234.5678F, -8765.4321F};
  store(api::user_access_key("ann"), {pattern[0], pattern[1]});
  const std::string bytes(reinterpret_cast<const char*>(pattern), sizeof(pattern));
  const auto is_on_disk = [&] {
    for (const auto& entry : fs::directory_iterator(folder_)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content(std::istreambuf_iterator<char>(file), {});
      if (content.find(bytes) != std::string::npos) return true;
    }
    return false;
  };
  ASSERT_TRUE(is_on_disk());
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("DELETE FROM embeddings"));
    return {};
  })));
  ASSERT_TRUE(run_blocking(service_->erase({}, {})));
  EXPECT_FALSE(is_on_disk());
}

TEST_F(EmbeddingServiceTest, SaysWhenTheModelServiceIsAway) {
  models_.away = true;
  const auto health = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(health.status, api::HealthStatus::degraded);
  EXPECT_EQ(run_blocking(service_->models({}, {})).error().reason, "unavailable.model");
  run_blocking(database_->close());
}

}  // namespace
}  // namespace tg::embedding
