// An intact store has no violations; each kind of damage is reported as its own.
#include "service/document/document_check.hpp"

#include <functional>
#include <map>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"
#include "service/document/document_store.hpp"
#include "service/document/index_rebuild.hpp"
#include "service/document/schema.hpp"
#include "tests/support/blob_conformance.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::document {
namespace {

// An index that holds ids; find() finds every document unless `deaf` is set.
struct Index {
  std::map<std::string, api::IndexId> ids;
  bool deaf = false;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if constexpr (api::is_same_method<M, &api::Vectors::ids>) {
      api::IndexIds page;
      for (const auto& [id, known] : ids) {
        if (!in.after || id > *in.after) page.ids.push_back(known);
      }
      co_return page;
    } else if constexpr (api::is_same_method<M, &api::Vectors::find>) {
      api::IndexHits hits;
      if (!deaf) hits.hits.emplace_back();
      co_return hits;
    } else if constexpr (api::is_same_method<M, &api::Vectors::statistics>) {
      api::VectorStatistics statistics;
      statistics.index_id = "an index";
      co_return statistics;
    } else {
      co_return internal("not expected");
    }
  }
};

// A telegram service that stores posts, two per page.
struct Feed {
  std::vector<api::StoredPost> posts;
  std::vector<std::int64_t> deleted_channels;
  std::function<void()> between_looks = [] {};

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if constexpr (api::is_same_method<M, &api::Telegram::stored_posts>) {
      api::StoredPosts page{.posts = {}, .deleted_channels = deleted_channels};
      for (const api::StoredPost& post : posts) {
        if (page.posts.size() < 2 && (!in.after_message || post.message_id > *in.after_message))
          page.posts.push_back(post);
      }
      if (page.posts.empty()) between_looks();
      co_return page;
    } else {
      co_return internal("not expected");
    }
  }
};

class DocumentCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(run_blocking(database_->migrate(kMigrations)));
    feed_index({.index_id = "an index"});
    for (const char* name : {"first", "second"}) store(name);
  }

  void feed_index(FedIndex fed) {
    ASSERT_TRUE(run_blocking(sql::write<void>(
        *database_, [fed](sql::Connection& c) { return store_fed_index(c, fed); })));
  }
  void store(const std::string& name, bool is_post = false) {
    PreparedDocument document;
    document.document_id = Uuid::from_name(kDocumentNamespace, name);
    document.version = 3;
    document.is_post = is_post;
    document.access = is_post ? api::channel_access_key(77) : "space:default";
    document.text = "The text of " + name + ".";
    analyse(document);
    const std::string id = document.document_id.text();
    ASSERT_TRUE(run_blocking(
        sql::write<void>(*database_, [document, id](sql::Connection& c) -> Result<void> {
          TG_TRY_VOID(store_document(c, document, UnixMillis()));
          return mark_completed(c, {{id, 3}}, UnixMillis());
        })));
    for (const ChunkSpan& chunk : document.chunks)
      index_->ids[chunk.chunk_id.text()] = {chunk.chunk_id.text(), id, 3};
    last_id_ = id;
    if (!is_post) ASSERT_TRUE(run_blocking(originals_->put(id, store::reader_of(document.text))));
  }
  // A post that both services have, in version 3.
  api::StoredPost& post(std::int64_t message) {
    store(fmt::format("post {}", message), true);
    return feed_->posts.emplace_back(api::StoredPost{
        .channel_id = 77, .message_id = message, .document_id = last_id_, .version = 3});
  }
  void run(const std::string& statement) {
    ASSERT_TRUE(
        run_blocking(sql::write<void>(*database_, [statement](sql::Connection& c) -> Result<void> {
          TG_TRY_VOID(c.run(statement));
          return {};
        })));
  }
  // All violations, one per line.
  std::string violations() {
    const auto report =
        run_blocking(check_documents(&*database_, &vectors_, &telegram_, originals_.get()));
    EXPECT_TRUE(report) << report.error().detail;
    std::string all;
    for (const std::string& violation : report->violations) all += violation + "\n";
    return all;
  }
  bool violates(const std::string& words) { return violations().find(words) != std::string::npos; }

  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  std::unique_ptr<store::Blobs> originals_ = tg::testing::make_memory_blobs();
  std::shared_ptr<Index> index_ = std::make_shared<Index>();
  api::VectorsForward<Index> vectors_{index_};
  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  api::TelegramForward<Feed> telegram_{feed_};
  std::string last_id_;
};

TEST_F(DocumentCheckTest, AnIntactStoreHasNone) {
  EXPECT_EQ(violations(), "");
  const auto report =
      run_blocking(check_documents(&*database_, &vectors_, &telegram_, nullptr)).value();
  EXPECT_EQ(report.counts.at("documents").to_number<int>(), 2);
  EXPECT_EQ(report.counts.at("searched").to_number<int>(), 2);
}

TEST_F(DocumentCheckTest, ChunksMatchTheText) {
  run("UPDATE chunks SET end_char = end_char - 1");
  EXPECT_TRUE(violates("does not match the stored text"));
}

TEST_F(DocumentCheckTest, AChangedTextIsNoticed) {
  run("UPDATE texts SET text = text || ' And more.'");
  EXPECT_TRUE(violates("does not match the stored text"));
  EXPECT_TRUE(violates("belongs to no stored text"));
}

TEST_F(DocumentCheckTest, TheIndexHoldsExactlyTheChunks) {
  const auto first = index_->ids.begin()->second;
  index_->ids["00000000-0000-0000-0000-00000000000f"] = {"00000000-0000-0000-0000-00000000000f",
                                                         first.document_id, 3};
  EXPECT_TRUE(violates("is in the index without a document"));
  index_->ids.erase("00000000-0000-0000-0000-00000000000f");
  index_->ids.begin()->second.version = 2;
  EXPECT_TRUE(violates("with version 2, not 3"));
  index_->ids.erase(index_->ids.begin());
  EXPECT_TRUE(violates("is missing from the index"));
}

TEST_F(DocumentCheckTest, DocumentsAreFoundByTheirOwnWords) {
  index_->deaf = true;
  EXPECT_TRUE(violates("is not found by its own words"));
}

TEST_F(DocumentCheckTest, DocumentsThatARebuildHasNotReachedAreUnfinished) {
  const auto ids = index_->ids;
  index_->ids.clear();
  feed_index({.index_id = "an index", .rebuilt_to = 0});
  EXPECT_EQ(violations(), "");
  feed_index({.index_id = "an index", .rebuilt_to = 1});
  EXPECT_TRUE(violates("is missing from the index"));
  feed_index({.index_id = "an index that was lost"});
  EXPECT_EQ(violations(), "");
}

TEST_F(DocumentCheckTest, PostsAreThoseThatAreStored) {
  for (int message = 1; message <= 5; ++message) post(message);
  EXPECT_EQ(violations(), "");
  const api::StoredPost lost = feed_->posts[2];
  run(fmt::format("DELETE FROM documents WHERE document_id = '{}'", lost.document_id));
  std::erase_if(index_->ids,
                [&lost](const auto& id) { return id.second.document_id == lost.document_id; });
  EXPECT_EQ(violations(), fmt::format("message 3 of channel 77 (document {}) is stored but was "
                                      "never ingested\n",
                                      lost.document_id));
  feed_->posts[2].is_pending = true;
  EXPECT_EQ(violations(), "");
}

TEST_F(DocumentCheckTest, PostsAreThereInTheirLastVersion) {
  api::StoredPost& edited = post(1);
  edited.version = 4;
  EXPECT_EQ(violations(), fmt::format("message 1 of channel 77 (document {}) is stored in version "
                                      "4 but ingested in version 3\n",
                                      last_id_));
  edited.is_pending = true;
  EXPECT_EQ(violations(), "");
  edited.is_pending = false;
  run(fmt::format("UPDATE documents SET state = 'failed' WHERE document_id = '{}'", last_id_));
  EXPECT_EQ(violations(), "");
}

TEST_F(DocumentCheckTest, APostThatIsNotStoredIsReportedUnlessItsChannelIsBeingDeleted) {
  post(1);
  feed_->posts.clear();
  EXPECT_TRUE(violates(fmt::format("document {} belongs to a post that is not stored", last_id_)));
  feed_->deleted_channels = {78};
  EXPECT_TRUE(violates("belongs to a post that is not stored"));
  feed_->deleted_channels = {77};
  EXPECT_EQ(violations(), "");
}

TEST_F(DocumentCheckTest, ConcurrentWritesAreNotReported) {
  post(1).version = 4;
  feed_->between_looks = [this] { feed_->posts[0].version = 3; };
  EXPECT_EQ(violations(), "");
}

TEST_F(DocumentCheckTest, ManyViolationsAreCounted) {
  for (int message = 1; message <= 103; ++message)
    feed_->posts.push_back(
        {.channel_id = 77, .message_id = message, .document_id = fmt::format("{}", message)});
  EXPECT_TRUE(violates("message 1 of channel 77"));
  EXPECT_TRUE(violates("and 3 more\n"));
}

TEST_F(DocumentCheckTest, OriginalsBelongToUploads) {
  ASSERT_TRUE(run_blocking(originals_->put("stranger", store::reader_of("x"))));
  EXPECT_TRUE(violates("the original stranger belongs to no upload"));
  ASSERT_TRUE(run_blocking(originals_->remove("stranger")));
  ASSERT_TRUE(run_blocking(originals_->remove(last_id_)));
  EXPECT_TRUE(violates("of upload " + last_id_ + " is missing"));
}

}  // namespace
}  // namespace tg::document
