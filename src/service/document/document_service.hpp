// The document service: api::Documents over a database of its own, and the ingest pipeline.
// Thread-safe.
#pragma once

#include <limits>

#include "api/document.hpp"
#include "runtime/gate.hpp"
#include "service/document/pipeline.hpp"
#include "store/blob.hpp"

namespace tg::document {

// What the program gives the service.
struct DocumentParts {
  // Keeps the bytes of uploads as they came, by document id; null: they are not kept.
  store::Blobs* originals = nullptr;                                   // must outlive the service
  std::size_t upload_limit = std::numeric_limits<std::size_t>::max();  // bytes of one document
  std::chrono::milliseconds retry_after{500};  // when the feed or the index does not answer
};

class DocumentService final : public api::Documents {
 public:
  DocumentService(sql::Database& database, ComputePool& pool, const Clock& clock, Executor executor,
                  api::Telegram& telegram, api::Vectors& vectors, DocumentParts parts = {});

  // Migrates, finishes what a former process left, follows the feed.
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
  Task<void> finish_documents();
  Task<Result<void>> keep_original(std::string document_id, std::string bytes);
  Task<Result<void>> remove_everywhere(std::string document_id, std::int64_t version);
  // Originals whose document is gone, or never came to be: a crash between the two.
  Task<Result<void>> remove_left_originals();

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  Executor executor_;
  api::Telegram& telegram_;
  api::Vectors& vectors_;
  store::Blobs* const originals_;
  const std::size_t upload_limit_;
  Pipeline pipeline_;
  Gate gate_;
};

}  // namespace tg::document
