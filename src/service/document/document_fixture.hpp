// A document service over a database of its own, between a fake feed and a fake index.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_database.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/document/document_service.hpp"
#include "tests/support/blob_conformance.hpp"

namespace tg::document::fixture {

// Methods that the service does not call return an error.
struct Feed {
  std::vector<api::PostEvent> events;  // not acknowledged yet
  std::atomic<int> asked = 0;
  int asked_at_acknowledgement = 0;
  std::mutex mutex;
  Notifier changed;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if constexpr (api::is_same_method<M, &api::Telegram::take_events>) {
      {
        const std::scoped_lock lock(mutex);
        ++asked;
        asked.notify_all();
        if (!events.empty()) co_return api::PostEvents{events};
      }
      co_await changed.wait_after(changed.version(), std::chrono::milliseconds(5));
      co_return api::PostEvents{};
    } else if constexpr (api::is_same_method<M, &api::Telegram::acknowledge_events>) {
      const std::scoped_lock lock(mutex);
      std::erase_if(events, [&in](const api::PostEvent& event) {
        return std::ranges::find(in.sequences, event.sequence) != in.sequences.end();
      });
      asked_at_acknowledgement = asked;
      changed.notify();
      co_return api::Done{};
    } else {
      co_return internal("not expected");
    }
  }
};

struct IndexFake {
  std::map<std::string, api::DocumentChunks> documents;
  std::vector<std::string> dropped;
  int refuse = 0;                // so many applications fail first
  std::set<std::string> poison;  // a batch with one of these is refused
  std::map<std::string, int> tried_alone;
  std::atomic<bool> down = false;
  std::atomic<int> refused = 0;
  std::string id = "first";
  int rebuilt = 0;
  std::atomic<bool> holds = false;  // documents wait in apply() while it is set
  std::atomic<int> holding = 0;
  Notifier released;
  std::mutex mutex;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if constexpr (api::is_same_method<M, &api::Vectors::apply>) {
      if (holds && !in.documents.empty()) {
        ++holding;
        while (holds)
          co_await released.wait_after(released.version(), std::chrono::milliseconds(5));
      }
      const std::scoped_lock lock(mutex);
      if (down) {
        ++refused;
        refused.notify_all();
        co_return unavailable("vector");
      }
      if (refuse > 0) {
        --refuse;
        co_return unavailable("vector");
      }
      for (const api::DocumentChunks& document : in.documents) {
        if (in.documents.size() == 1) ++tried_alone[document.document_id];
        if (poison.contains(document.document_id)) co_return internal("it chokes on a word");
      }
      for (api::DocumentChunks& document : in.documents) {
        if (document.chunks.empty())
          documents.erase(document.document_id);
        else
          documents[document.document_id] = std::move(document);
      }
      rebuilt += in.rebuilt ? 1 : 0;
      dropped.insert(dropped.end(), in.drop_access.begin(), in.drop_access.end());
      co_return api::Done{};
    } else if constexpr (api::is_same_method<M, &api::Vectors::health>) {
      if (down) co_return unavailable("vector");
      co_return api::Health{.service_name = "vector", .timestamp = {}, .details = {}};
    } else if constexpr (api::is_same_method<M, &api::Vectors::statistics>) {
      const std::scoped_lock lock(mutex);
      if (down) co_return unavailable("vector");
      api::VectorStatistics statistics;
      statistics.index_id = id;
      co_return statistics;
    } else {
      co_return internal("not expected");
    }
  }
};

class DocumentServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("tg_document_" + random_hex(6));
    std::filesystem::create_directories(folder_);
    database_ = sqlite::open_database(folder_ / "document.db", pool_).value();
    loops_.start();
    start({});
    wait_until([&] { return rebuilds() == 1; });  // of nothing, into the empty index
  }
  void TearDown() override {
    run_blocking(service_->stop());
    run_blocking(database_->close());
    loops_.stop();
    std::filesystem::remove_all(folder_);
  }

  void start(DocumentParts parts) {
    if (parts.retry_after == DocumentParts().retry_after)
      parts.retry_after = std::chrono::milliseconds(1);
    parts.originals = originals_.get();
    service_ = std::make_unique<DocumentService>(*database_, pool_, clock_, loops_.next(),
                                                 telegram_, vectors_, parts);
    ASSERT_TRUE(run_blocking(service_->start()));
  }
  void restart(DocumentParts parts = {}) {
    run_blocking(service_->stop());
    start(parts);
  }

  static api::Call call(std::string user = "ann", std::string space = "default") {
    return {.request_id = "r",
            .principal = {.user_id = std::move(user), .role = api::Role::user, .space = space}};
  }
  api::PostEvent post(std::int64_t message, std::string text, std::int64_t version = 1) {
    api::PostEvent event;
    event.sequence = ++sequence_;
    event.kind = api::PostEventKind::post;
    event.document_id =
        Uuid::from_name(kDocumentNamespace, "post:" + std::to_string(message)).text();
    event.version = version;
    event.post.channel_id = 777;
    event.post.message_id = message;
    event.post.text = std::move(text);
    event.post.date = "2026-01-01T10:00:00+00:00";
    return event;
  }
  void feed(std::vector<api::PostEvent> events) {
    {
      const std::scoped_lock lock(feed_->mutex);
      for (api::PostEvent& event : events) feed_->events.push_back(std::move(event));
    }
    feed_->changed.notify();
    // Acknowledged is the last thing that happens to an event.
    while (true) {
      const auto seen = feed_->changed.version();
      {
        const std::scoped_lock lock(feed_->mutex);
        if (feed_->events.empty()) return;
      }
      run_blocking(feed_->changed.wait_after(seen, std::chrono::seconds(5)));
    }
  }
  Result<api::UploadReply> upload(std::string name, std::string content, api::Call by = call()) {
    api::UploadRequest request;
    request.filename = std::move(name);
    request.content = std::move(content);
    return run_blocking(service_->upload(std::move(by), std::move(request)));
  }

  std::future<Result<api::UploadReply>> start_upload(std::string name, std::string content) {
    return std::async(std::launch::async,
                      [this, name = std::move(name), content = std::move(content)] {
                        return upload(name, content);
                      });
  }
  void release_index() {
    index_->holds = false;
    index_->released.notify();
  }
  bool is_indexed(const std::string& id) {
    const std::scoped_lock lock(index_->mutex);
    return index_->documents.contains(id);
  }
  int rebuilds() {
    const std::scoped_lock lock(index_->mutex);
    return index_->rebuilt;
  }
  static void wait_until(const std::function<bool()>& holds) {
    while (!holds()) std::this_thread::yield();
  }
  std::int64_t pending() { return run_blocking(service_->statistics(call(), {}))->pending; }

  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  std::shared_ptr<IndexFake> index_ = std::make_shared<IndexFake>();
  api::TelegramForward<Feed> telegram_{feed_};
  api::VectorsForward<IndexFake> vectors_{index_};
  FakeClock clock_;
  Loops loops_{1};
  ComputePool pool_{2, 64};
  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<store::Blobs> originals_ = testing::make_memory_blobs();
  std::unique_ptr<DocumentService> service_;
  std::int64_t sequence_ = 0;
};

}  // namespace tg::document::fixture
