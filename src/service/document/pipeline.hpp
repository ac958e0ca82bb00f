// The ingest pipeline, the only code that knows the order of its stages:
//
//   taken from the feed -> prepared (language, signature, chunks)
//   -> stored with its near-duplicate group -> indexed (durable) -> marked completed
//   -> acknowledged
//
// A document that itself causes a permanent error is isolated by bisecting its batch, retried five
// times, then put in state `failed` with the reason; the others proceed. It is tried once more at
// the next start.
//
// Every step is idempotent, so it may run again after a crash: storing is keyed by document and
// version, the index by chunk and version, and an event is acknowledged last. One batch of posts is
// in progress at a time. Thread-safe; one follow_feed() per pipeline.
#pragma once

#include <atomic>
#include <set>
#include <span>

#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/degradation.hpp"
#include "service/document/document_locks.hpp"
#include "service/document/index_rebuild.hpp"
#include "store/sql.hpp"

namespace tg::document {

class Pipeline {
 public:
  Pipeline(sql::Database& database, ComputePool& pool, const Clock& clock, api::Telegram& telegram,
           api::Vectors& vectors, DocumentLocks& locks, std::chrono::milliseconds retry_after)
      : database_(database),
        pool_(pool),
        clock_(clock),
        telegram_(telegram),
        vectors_(vectors),
        locks_(locks),
        retry_after_(retry_after),
        degradation_("document", clock) {}

  // Ingests posts and rebuilds a lost index until stop(); retries while a service is unavailable.
  Task<void> follow_feed();
  void stop() { stopping_ = true; }
  bool is_stopping() const { return stopping_; }
  // Takes an upload through all stages; the caller holds its lock. Returns the number of chunks.
  Task<Result<std::int64_t>> ingest(PreparedDocument document);
  // Applies a stored document to the index and completes it; does nothing if it is being deleted. A
  // document that causes an error is put in state `failed`, which is no error here.
  Task<Result<void>> index_again(std::string document_id);
  // Removes a document from the index, then its row; the caller holds its lock.
  Task<Result<void>> remove(std::string document_id);
  // Why posts and documents do not become searchable, by part: feed, index, pipeline.
  Degradation& degradation() { return degradation_; }

 private:
  // Records success or failure under the part `index`.
  Task<Result<void>> apply(api::ApplyRequest request);
  void note(std::string_view part, const Error* error);
  Task<Result<std::int64_t>> take_batch(std::int64_t wait_ms);
  // Begins a rebuild when the vector service reports an index that was not fed, and applies the
  // next batch of one. True: there is more to apply.
  Task<Result<bool>> rebuild_index();
  Task<Result<void>> check_index();
  Task<Result<void>> rebuild_batch();
  Task<Result<void>> note_rebuilt(FedIndex fed);
  // `documents` must outlive the task. A document that causes an error is put in state `failed`.
  Task<Result<void>> apply_stored(std::span<const StoredDocument> documents);
  // Documents that caused an error and are to be retried, and the last such error.
  struct Left {
    std::set<std::string> documents;
    Error why;
  };
  Task<Result<void>> ingest_posts(std::vector<api::PostEvent> events, Left* left);
  // `documents` must outlive the task.
  Task<Result<void>> ingest_prepared(std::span<const PreparedDocument> documents, Left* left);
  Task<Result<bool>> note_failure(const PreparedDocument* document, const Error* why,
                                  std::int64_t attempts);
  Task<Result<void>> drop_channel(std::int64_t channel_id);
  Task<Result<void>> store_index_complete(std::span<const PreparedDocument> documents);
  // The near-duplicate group of each document; nullopt: a newer version is stored.
  using Clusters = std::vector<std::optional<std::string>>;
  Task<Result<Clusters>> store(std::span<const PreparedDocument> documents);
  Task<Result<void>> index_and_complete(api::ApplyRequest request);

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  api::Telegram& telegram_;
  api::Vectors& vectors_;
  DocumentLocks& locks_;
  const std::chrono::milliseconds retry_after_;  // while the feed or the index is unavailable
  Degradation degradation_;
  std::atomic<bool> stopping_ = false;
  // Used by follow_feed() only.
  std::optional<FedIndex> fed_;  // as stored; nullopt: not read yet
  SteadyTime next_index_check_;
};

// A call that a service makes on its own behalf.
api::Call service_call(std::string_view name);

}  // namespace tg::document
