// The retrieval service: api::Retrieval over the vector service, with the query history in a
// database of its own. The history is written asynchronously, in batches (store/batch_writer.hpp
// describes what a crash may lose); reading it flushes pending entries first. Thread-safe.
#pragma once

#include <set>

#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "runtime/async_semaphore.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/degradation.hpp"
#include "runtime/gate.hpp"
#include "service/retrieval/history.hpp"
#include "service/retrieval/retrieval_settings.hpp"
#include "store/batch_writer.hpp"
#include "store/sql.hpp"
#include "store/usage_recorder.hpp"

namespace tg::retrieval {

class RetrievalService final : public api::Retrieval {
 public:
  // `usage` receives the events query.processed and retrieval.completed, asynchronously and in
  // batches (store/usage_recorder.hpp); null: none are recorded. Events hold numbers only, and no
  // user id if the history is switched off. All references must outlive the service.
  RetrievalService(sql::Database& database, ComputePool& pool, const Clock& clock,
                   Executor executor, api::Vectors& vectors, api::Telegram& telegram,
                   RetrievalSettings settings, store::UsageEvents* usage = nullptr);
  Task<Result<void>> start();
  Task<void> stop();

  Task<Result<api::SearchReply>> search(api::Call call, api::SearchRequest request) override;
  Task<Result<std::vector<api::SearchResult>>> query(api::Call call,
                                                     api::QueryRequest request) override;
  Task<Result<api::Retrieved>> retrieve(api::Call call, api::QueryRequest request) override;
  Task<Result<api::Done>> record(api::Call call, api::RecordRequest request) override;
  Task<Result<api::QueryReply>> get_query(api::Call call, api::QueryId id) override;
  Task<Result<api::Listed<api::HistoryEntry>>> history(api::Call call,
                                                       api::HistoryQuery query) override;
  Task<Result<api::Done>> clear_history(api::Call call, api::Nothing request) override;
  Task<Result<api::SuggestReply>> suggest(api::Call call, api::SuggestRequest request) override;
  Task<Result<api::KnowledgeReply>> knowledge(api::Call call, api::KnowledgeQuery query) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  struct Found {
    std::vector<api::IndexHit> hits;
    std::vector<std::string> visible;
    api::SearchReply reply;  // everything but the results
    bool has_more = false;   // a larger top_k might find more
    std::string searched;
    double matched_weight = 0;
  };
  Task<Result<Found>> find(api::Call call, api::SearchRequest request);
  Task<Result<std::vector<api::SearchResult>>> context_of(api::Call call, const Found* found);
  Task<Result<std::vector<std::int64_t>>> channel_ids(api::Call call, std::string channel);
  Task<std::set<std::string>> documents_not_indexed(api::Call call,
                                                    std::vector<api::Citation> citations);
  Task<void> forget_old_questions();
  void note_usage(const api::Call& call, std::string type, double duration_ms, std::size_t items);

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  Executor executor_;
  api::Vectors& vectors_;
  api::Telegram& telegram_;
  const RetrievalSettings settings_;
  store::UsageEvents* const events_;  // null: none are recorded
  // A search holds its hits with their texts between stages: more concurrent searches than keep the
  // pool busy would only cost memory.
  AsyncSemaphore searches_;
  Degradation degradation_{"retrieval", clock_};
  UnixMillis started_at_{};  // set by start()
  std::optional<store::UsageRecorder> usage_;
  store::BatchWriter<KeptQuery> history_;
  Gate gate_;
  Notifier stop_;
  std::atomic<bool> stopping_ = false;
  metrics::Registry::Handle searches_metrics_;  // last: destroyed before what it reads
};

}  // namespace tg::retrieval
