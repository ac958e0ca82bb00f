// The one place that knows the order of the stages of ingest:
//
//   taken from the feed -> prepared (language, signature, chunks)
//   -> stored with its near-duplicate group -> indexed (durable) -> marked completed
//   -> acknowledged
// A document that makes a stage fail (what waiting does not mend) is found by halving its batch,
// tried five times, then set aside as `failed` with the reason; the others go on. The next start
// tries it once more.
//
// Every step may run again after a crash: storing is keyed by document and version, the index by
// chunk and version, and an event is acknowledged last. Bounded: one batch is under way. One
// pipeline a service.
#pragma once

#include <atomic>
#include <set>
#include <span>

#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/degradation.hpp"
#include "service/document/document_store.hpp"
#include "store/sql.hpp"

namespace tg::document {

class Pipeline {
 public:
  Pipeline(sql::Database& database, ComputePool& pool, const Clock& clock, api::Telegram& telegram,
           api::Vectors& vectors, std::chrono::milliseconds retry_after)
      : database_(database),
        pool_(pool),
        clock_(clock),
        telegram_(telegram),
        vectors_(vectors),
        retry_after_(retry_after),
        degradation_("document", clock) {}

  // Follows the feed until stop(); what is out of order (a service that is down) is tried again.
  Task<void> follow_feed();
  void stop() { stopping_ = true; }
  // Takes one document through all stages; for uploads. Answers with the number of chunks.
  Task<Result<std::int64_t>> ingest(PreparedDocument document);
  // Brings a stored document into the index again.
  Task<Result<void>> index_again(StoredDocument stored);
  Task<Result<void>> remove(std::string document_id, std::int64_t version);
  // What keeps posts and documents from becoming searchable, by part: feed, index, pipeline.
  Degradation& degradation() { return degradation_; }

 private:
  // What the index answers is noted.
  Task<Result<void>> apply(api::ApplyRequest request);
  void note(std::string_view part, const Error* error);
  Task<Result<std::int64_t>> take_batch();
  // Documents that failed by themselves and are to be tried again, and why the last one did.
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
  // The near-duplicate group of each; none: a newer version is stored already.
  using Clusters = std::vector<std::optional<std::string>>;
  Task<Result<Clusters>> store(std::span<const PreparedDocument> documents);
  Task<Result<void>> index_and_complete(api::ApplyRequest request);

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  api::Telegram& telegram_;
  api::Vectors& vectors_;
  const std::chrono::milliseconds retry_after_;  // when the feed or the index does not answer
  Degradation degradation_;
  std::atomic<bool> stopping_ = false;
};

// How services call each other on their own behalf.
api::Call service_call(std::string_view name);

}  // namespace tg::document
