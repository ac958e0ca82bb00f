#include "service/vector/vector_service.hpp"

#include <filesystem>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "backend/embedded_index.hpp"
#include "base/ids.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::vector {
namespace {

namespace fs = std::filesystem;

// A telegram service that grants channel 7 to ann only.
struct Grants {
  bool away = false;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M>) {
    if (away) co_return unavailable("telegram");
    if constexpr (api::is_same_method<M, &api::Telegram::visible>) {
      api::VisibleAccess access;
      if (call.principal.user_id == "ann") access.access_keys = {api::channel_access_key(7)};
      co_return access;
    } else if constexpr (api::is_same_method<M, &api::Telegram::channels>) {
      api::Enveloped<api::ChannelList> list;
      api::ChannelView& view = list.data.channels.emplace_back();
      view.id = 7;
      view.title = "Stars";
      view.username = "stars";
      co_return list;
    } else {
      co_return internal("not expected");
    }
  }
};

class VectorServiceTest : public testing::Test {
 protected:
  void SetUp() override { start(fs::temp_directory_path() / ("tg_vector_" + random_hex(6))); }
  void start(const fs::path& folder) {
    folder_ = folder;
    auto opened = backend::open_embedded_index(folder_, pool_, clock_);
    ASSERT_TRUE(opened) << opened.error().detail;
    index_ = *std::move(opened);
    service_ = std::make_unique<VectorService>(*index_, clock_, telegram_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static api::Call call(const std::string& user) {
    api::Call made;
    made.principal.user_id = user;
    made.principal.role = api::Role::admin;
    return made;
  }

  // Stores a document of one chunk and returns the chunk's id.
  Uuid store(const std::string& name, const std::string& access, const std::string& source) {
    api::IndexedChunk chunk;
    const Uuid document = Uuid::from_name(kDocumentNamespace, name);
    const Uuid id = Uuid::from_name(document, name);
    chunk.document_id = chunk.cluster = document.text();
    chunk.chunk_id = id.text();
    chunk.text = "text of " + name;
    chunk.access = access;
    chunk.source = source;
    if (source == "telegram") chunk.channel_id = 7;
    chunk.payload = {{"source", source}};
    EXPECT_TRUE(run_blocking(
        service_->apply({}, {.documents = {{chunk.document_id, 1, {chunk}}}, .drop_access = {}})));
    return id;
  }
  Result<api::AddVectorsReply> add(const std::string& user, const Uuid& chunk,
                                   std::vector<double> numbers, std::string model = "e5") {
    const auto dimension = static_cast<std::int64_t>(numbers.size());
    return run_blocking(
        service_->add(call(user), {.vectors = {{chunk, std::move(numbers), model, dimension}}}));
  }
  std::vector<std::string> nearest(const std::string& user, std::vector<double> numbers,
                                   std::optional<api::Filters> filters = {}) {
    const auto found = run_blocking(service_->search(
        call(user), {.query_embedding = std::move(numbers), .top_k = 10, .filters = filters}));
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> texts;
    for (const api::SearchResult& result : *found) texts.push_back(result.text);
    return texts;
  }

  using Texts = std::vector<std::string>;
  ComputePool pool_{2, 64};
  FakeClock clock_;
  fs::path folder_;
  std::shared_ptr<Grants> grants_ = std::make_shared<Grants>();
  api::TelegramForward<Grants> telegram_{grants_};
  std::unique_ptr<store::SearchIndex> index_;
  std::unique_ptr<VectorService> service_;
};

TEST_F(VectorServiceTest, FindsTheNearestThatTheCallerMaySee) {
  const Uuid shared = store("shared", api::space_access_key("default"), "document");
  const Uuid mine = store("mine", api::user_access_key("ann"), "document");
  const Uuid post = store("post", api::channel_access_key(7), "telegram");
  ASSERT_TRUE(add("ann", shared, {1, 0, 0}));
  ASSERT_TRUE(add("ann", mine, {0.9, 0.1, 0}));
  const auto added = add("ann", post, {0, 1, 0});
  ASSERT_TRUE(added);
  EXPECT_EQ(added->vector_ids, Texts{post.text()});
  EXPECT_EQ(nearest("ann", {1, 0, 0}), (Texts{"text of shared", "text of mine", "text of post"}));
  EXPECT_EQ(nearest("bob", {1, 0, 0}), Texts{"text of shared"});
  EXPECT_EQ(nearest("ann", {1, 0, 0}, api::Filters{.channel = "@stars"}), Texts{"text of post"});
  EXPECT_EQ(nearest("ann", {1, 0, 0}, api::Filters{.source = api::SourceKind::document}),
            (Texts{"text of shared", "text of mine"}));
  EXPECT_EQ(nearest("ann", {1, 0, 0}, api::Filters{.min_score = 0.99}),
            (Texts{"text of shared", "text of mine"}));
}

TEST_F(VectorServiceTest, ChunksOfOthersAreNotFound) {
  const Uuid mine = store("mine", api::user_access_key("ann"), "document");
  EXPECT_EQ(add("bob", mine, {1, 0}).error().code, Code::not_found);
  ASSERT_TRUE(add("ann", mine, {1, 0}));
  const auto foreign = run_blocking(service_->remove(call("bob"), {mine}));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Code::not_found);
  EXPECT_EQ(nearest("ann", {1, 0}), Texts{"text of mine"});
  EXPECT_EQ(add("ann", Uuid::random(), {1, 0}).error().code, Code::not_found);
}

TEST_F(VectorServiceTest, NamesTheInvalidField) {
  const Uuid first = store("first", api::user_access_key("ann"), "document");
  const auto field = [](const auto& result) { return result ? "none" : result.error().field; };
  EXPECT_EQ(field(add("ann", first, {1, 1e300})), "vectors[0].embedding");
  EXPECT_EQ(field(add("ann", first, {0, 0})), "vectors[0].embedding");
  const auto wrong_count = run_blocking(service_->add(
      call("ann"), {.vectors = {{first, {1, 2}, "e5", 2}, {first, {1, 2}, "e5", 3}}}));
  EXPECT_EQ(field(wrong_count), "vectors[1].dimension");
  ASSERT_TRUE(add("ann", first, {1, 2, 3}));
  EXPECT_EQ(field(add("ann", first, {1, 2})), "vectors[0].embedding");
  EXPECT_EQ(field(add("ann", first, {1, 2, 3}, "other")), "vectors[0].model_name");
  const auto search = run_blocking(
      service_->search(call("ann"), {.query_embedding = {1, 2}, .top_k = 5, .filters = {}}));
  EXPECT_EQ(field(search), "query_embedding");
}

TEST_F(VectorServiceTest, CountsAndDeletes) {
  const Uuid document = store("document", api::user_access_key("ann"), "document");
  const Uuid post = store("post", api::channel_access_key(7), "telegram");
  EXPECT_EQ(run_blocking(service_->statistics({}, {}))->vector_count, 0);
  ASSERT_TRUE(add("ann", document, {1, 0}));
  ASSERT_TRUE(add("ann", post, {1, 0, 0}));  // posts have a collection of their own
  const auto statistics = run_blocking(service_->statistics({}, {})).value();
  EXPECT_EQ(statistics.vector_count, 2);
  EXPECT_EQ(statistics.collection_name, "documents,telegram_posts");
  EXPECT_EQ(nearest("ann", {1, 0}), Texts{"text of document"});
  ASSERT_TRUE(run_blocking(service_->remove(call("ann"), {document})));
  EXPECT_EQ(run_blocking(service_->remove(call("ann"), {document})).error().message,
            "vector not found");
  EXPECT_EQ(nearest("ann", {1, 0, 0}), Texts{"text of post"});
  // Deleting the channel deletes the vector.
  ASSERT_TRUE(run_blocking(
      service_->apply({}, {.documents = {}, .drop_access = {api::channel_access_key(7)}})));
  EXPECT_EQ(run_blocking(service_->statistics({}, {}))->vector_count, 0);
  EXPECT_TRUE(run_blocking(service_->fsck({}, {}))->violations.empty());
}

TEST_F(VectorServiceTest, HealthReportsARebuild) {
  EXPECT_EQ(run_blocking(service_->health({}, {}))->status, api::HealthStatus::healthy);
  store("document", api::user_access_key("ann"), "document");
  const std::string id = run_blocking(service_->statistics({}, {}))->index_id;
  service_.reset();
  index_.reset();
  ASSERT_TRUE(write_atomically(disk_files(), folder_ / "index" / "manifest.json", "damaged"));
  start(folder_);
  const auto degraded = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(degraded.status, api::HealthStatus::degraded);
  EXPECT_TRUE(json::to_text(json::write(degraded)).contains("is being rebuilt"));
  EXPECT_NE(run_blocking(service_->statistics({}, {}))->index_id, id);
  EXPECT_FALSE(run_blocking(service_->fsck({}, {}))->violations.empty());
  ASSERT_TRUE(run_blocking(service_->apply({}, {.rebuilt = true})));
  EXPECT_EQ(run_blocking(service_->health({}, {}))->status, api::HealthStatus::healthy);
  EXPECT_TRUE(run_blocking(service_->fsck({}, {}))->violations.empty());
}

TEST_F(VectorServiceTest, ChangedCountsAppearInColumnsAndPayload) {
  api::IndexedChunk chunk;
  chunk.document_id = chunk.cluster = Uuid::from_name(kDocumentNamespace, "post").text();
  chunk.chunk_id = chunk.document_id;
  chunk.text = "popular words";
  chunk.access = api::channel_access_key(7);
  chunk.source = "telegram";
  chunk.views = 1;
  chunk.payload = {{"views", 1}, {"url", "https://t.me/stars/1"}};
  ASSERT_TRUE(run_blocking(service_->apply({}, {.documents = {{chunk.document_id, 1, {chunk}}}})));
  ASSERT_TRUE(run_blocking(service_->apply({}, {.counts = {{chunk.document_id, 50, 2}}})));
  const auto hits =
      run_blocking(service_->find({}, {.query = "popular", .visible = {chunk.access}}));
  ASSERT_TRUE(hits);
  ASSERT_EQ(hits->hits.size(), 1U);
  EXPECT_EQ(hits->hits[0].chunk.views, 50);
  EXPECT_EQ(hits->hits[0].chunk.payload,
            (json::Object{{"views", 50}, {"url", "https://t.me/stars/1"}, {"forwards", 2}}));
}

TEST_F(VectorServiceTest, FailsWhenGrantsAreUnavailable) {
  grants_->away = true;
  const auto found = run_blocking(
      service_->search(call("ann"), {.query_embedding = {1}, .top_k = 5, .filters = {}}));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, "unavailable.telegram");
}

}  // namespace
}  // namespace tg::vector
