// The document service: implements api::Documents over its own database and runs the ingest
// pipeline. Thread-safe.
#pragma once

#include <limits>

#include "api/document.hpp"
#include "runtime/async_semaphore.hpp"
#include "runtime/disk_guard.hpp"
#include "runtime/gate.hpp"
#include "service/document/pipeline.hpp"
#include "store/blob.hpp"

namespace tg::document {

// Resources and limits.
struct DocumentParts {
  // The uploaded bytes by document id; null: they are not kept.
  store::Blobs* originals = nullptr;                                   // must outlive the service
  std::size_t upload_limit = std::numeric_limits<std::size_t>::max();  // bytes of one document
  std::optional<DiskGuard> disk;               // refuses uploads; nullopt: never
  std::chrono::milliseconds retry_after{500};  // while the feed or the index is unavailable
};

class DocumentService final : public api::Documents {
 public:
  DocumentService(sql::Database& database, ComputePool& pool, const Clock& clock, Executor executor,
                  api::Telegram& telegram, api::Vectors& vectors, DocumentParts parts = {});

  // Migrates the database, resumes what the last process left unfinished and follows the feed.
  Task<Result<void>> start();
  Task<void> stop();

  Task<Result<api::UploadReply>> upload(api::Call call, api::UploadRequest request) override;
  Task<Result<api::Listed<api::Document>>> list(api::Call call, api::DocumentsQuery query) override;
  Task<Result<api::Document>> get(api::Call call, api::DocumentQuery query) override;
  Task<Result<std::vector<api::ChunkView>>> chunks(api::Call call, api::DocumentId id) override;
  Task<Result<api::Done>> remove(api::Call call, api::DocumentId id) override;
  Task<Result<api::PipelineStatistics>> statistics(api::Call call, api::Nothing request) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  // Finishes uploads and deletions that a crash or an outage of the index interrupted.
  Task<void> finish_documents();
  Task<Result<void>> finish_all(bool with_failed);
  Task<Result<std::vector<std::string>>> ids(
      Result<std::vector<std::string>> (*read)(sql::Connection&));
  // Run it in the gate: it must finish even if the client disconnects.
  Task<Result<std::int64_t>> store_upload(PreparedDocument document, std::string bytes,
                                          AsyncSemaphore::Permit permit);
  Task<Result<std::int64_t>> keep_and_ingest(PreparedDocument document, std::string bytes);
  Task<Result<void>> keep_original(std::string document_id, std::string bytes);
  Task<Result<void>> remove_everywhere(std::string document_id);
  // Completes a deletion whose row is marked.
  Task<Result<void>> finish_removal(std::string document_id);
  // Removes originals without a row: a crash between the two steps of an upload or a deletion.
  Task<Result<void>> remove_left_originals();

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  Executor executor_;
  api::Telegram& telegram_;
  api::Vectors& vectors_;
  store::Blobs* const originals_;
  const std::size_t upload_limit_;
  const std::optional<DiskGuard> disk_;
  const std::chrono::milliseconds retry_after_;
  AsyncSemaphore uploads_;  // each takes several times its size in memory
  DocumentLocks locks_;
  Pipeline pipeline_;
  Notifier unfinished_;  // an upload or a deletion was interrupted
  Gate gate_;
  metrics::Registry::Handle uploads_metrics_;  // ends first
};

}  // namespace tg::document
