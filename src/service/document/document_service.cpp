#include "service/document/document_service.hpp"

#include <filesystem>
#include <set>

#include <fmt/core.h>
#include <malloc.h>

#include "api/health_report.hpp"
#include "base/encoding.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/log.hpp"
#include "runtime/run_in_gate.hpp"
#include "service/document/document_check.hpp"
#include "service/document/extraction.hpp"
#include "service/document/schema.hpp"

namespace tg::document {
namespace {

using sql::Connection;

// After larger documents, freed memory is returned to the system; the allocator would keep it.
constexpr std::int64_t kLargeDocument = 4 << 20;
constexpr std::size_t kUploadsAtOnce = 2;
constexpr std::size_t kUploadsWaiting = 32;

Task<void> give_back_memory(ComputePool* pool) {
  static_cast<void>(co_await pool->run([]() -> Result<void> {
    malloc_trim(0);
    return {};
  }));
}

}  // namespace

DocumentService::DocumentService(sql::Database& database, ComputePool& pool, const Clock& clock,
                                 Executor executor, api::Telegram& telegram, api::Vectors& vectors,
                                 DocumentParts parts)
    : database_(database),
      pool_(pool),
      clock_(clock),
      executor_(executor),
      telegram_(telegram),
      vectors_(vectors),
      originals_(parts.originals),
      upload_limit_(parts.upload_limit),
      disk_(std::move(parts.disk)),
      retry_after_(parts.retry_after),
      uploads_("uploads", kUploadsAtOnce, kUploadsWaiting),
      pipeline_(database, pool, clock, telegram, vectors, locks_, parts.retry_after) {}

Task<Result<void>> DocumentService::start() {
  TG_CO_TRY_VOID(co_await database_.migrate(kMigrations));
  TG_CO_TRY_VOID(co_await remove_left_originals());
  uploads_metrics_ = uploads_.collect(metrics::process_registry());
  gate_.spawn(executor_, finish_documents());
  gate_.spawn(executor_, pipeline_.follow_feed());
  co_return Result<void>();
}

Task<void> DocumentService::stop() {
  pipeline_.stop();
  gate_.close();
  gate_.cancel();
  co_await gate_.wait();
}

Task<void> DocumentService::finish_documents() {
  bool with_failed = true;  // failed ones are retried once, at the start
  bool is_reported = false;
  while (!pipeline_.is_stopping()) {
    const auto seen = unfinished_.version();
    const auto done = co_await finish_all(with_failed);
    if (!done && !is_reported)
      log::warning("documents are not finished yet",
                   {{"reason", done.error().reason}, {"detail", done.error().detail}});
    is_reported = !done;
    with_failed = with_failed && !done;
    co_await unfinished_.wait_after(seen, done ? std::chrono::hours(1) : retry_after_);
  }
}

// Stops at the first error that no document causes, such as an unavailable index.
Task<Result<void>> DocumentService::finish_all(bool with_failed) {
  TG_CO_TRY(const auto unfinished, co_await ids(unfinished_uploads));
  for (const std::string& id : unfinished) {
    TG_CO_TRY_VOID(co_await finish_removal(id));
    TG_CO_TRY_VOID(co_await pipeline_.index_again(id));
  }
  if (!with_failed) co_return Result<void>();
  TG_CO_TRY(const auto failed, co_await ids(failed_documents));
  for (const std::string& id : failed) TG_CO_TRY_VOID(co_await pipeline_.index_again(id));
  co_return Result<void>();
}

Task<Result<std::vector<std::string>>> DocumentService::ids(
    Result<std::vector<std::string>> (*read)(Connection&)) {
  co_return co_await sql::read<std::vector<std::string>>(database_, read);
}

// Stored before the row: remove_left_originals() removes it after a crash in between.
Task<Result<void>> DocumentService::keep_original(std::string document_id, std::string bytes) {
  if (originals_ == nullptr) co_return Result<void>();
  TG_CO_TRY_VOID(
      co_await originals_->put(std::move(document_id), store::reader_of(std::move(bytes))));
  TG_FAULT("document.after_original_before_row");
  co_return Result<void>();
}

Task<Result<void>> DocumentService::remove_everywhere(std::string document_id) {
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [document_id](Connection& c) { return mark_deleting(c, document_id); }));
  TG_FAULT("document.after_mark_deleting");
  auto done = co_await finish_removal(std::move(document_id));
  if (!done) unfinished_.notify();
  co_return done;
}

Task<Result<void>> DocumentService::finish_removal(std::string document_id) {
  const auto lock = co_await locks_.acquire(document_id);
  // The document may have been uploaded again meanwhile.
  TG_CO_TRY(const bool is_still_deleting,
            co_await sql::read<bool>(
                database_, [document_id](Connection& c) { return is_deleting(c, document_id); }));
  if (!is_still_deleting) co_return Result<void>();
  TG_CO_TRY_VOID(co_await pipeline_.remove(document_id));
  TG_FAULT("document.after_row_before_original");
  if (originals_ != nullptr) TG_CO_TRY_VOID(co_await originals_->remove(std::move(document_id)));
  co_return Result<void>();
}

Task<Result<void>> DocumentService::remove_left_originals() {
  if (originals_ == nullptr) co_return Result<void>();
  TG_CO_TRY(auto uploads, co_await sql::read<std::set<std::string>>(database_, upload_ids));
  std::optional<std::string> after;
  while (true) {
    TG_CO_TRY(const auto page, co_await originals_->list(after, 1000));
    if (page.empty()) co_return Result<void>();
    after = page.back().id;
    for (const store::BlobInfo& blob : page) {
      if (!uploads.contains(blob.id)) TG_CO_TRY_VOID(co_await originals_->remove(blob.id));
    }
  }
}

Task<Result<api::UploadReply>> DocumentService::upload(api::Call call, api::UploadRequest request) {
  const SteadyTime from = clock_.steady();
  if (disk_) TG_CO_TRY_VOID(disk_->check());
  if (!request.file && !request.content)
    co_return invalid("content", "must be given, or a multipart `file`");
  std::string filename =
      request.filename.value_or(request.file ? request.file->filename : std::string());
  if (filename.empty()) co_return invalid("filename", "must not be empty");
  filename = std::filesystem::path(filename).filename().string();
  const auto source =
      request.file ? request.file->bytes : api::bytes_source(*std::exchange(request.content, {}));
  TG_CO_TRY(std::string bytes, co_await api::read_all(source, upload_limit_));
  if (bytes.empty()) co_return invalid("content", "must not be empty");
  TG_CO_TRY(AsyncSemaphore::Permit permit, co_await uploads_.acquire());
  TG_CO_TRY(Extracted extracted,
            co_await pool_.run([&filename, &bytes] { return extract(filename, bytes); }));
  PreparedDocument document =
      prepare_upload({.principal = call.principal,
                      .is_private = request.visibility == api::Visibility::private_,
                      .filename = filename,
                      .metadata = std::move(request.metadata),
                      .time = clock_.wall()},
                     bytes, std::move(extracted));
  api::UploadReply reply;
  reply.document_id = document.document_id.text();
  TG_CO_TRY(
      reply.chunk_count,
      co_await run_in_gate(&gate_, executor_,
                           store_upload(std::move(document), std::move(bytes), std::move(permit))));
  reply.filename = filename;
  reply.status = api::DocumentStatus::completed;
  reply.timestamp = clock_.wall();
  reply.message = fmt::format("{} is searchable", filename);
  reply.processing_time_ms = elapsed_ms(from, clock_.steady());
  co_return reply;
}

Task<Result<std::int64_t>> DocumentService::store_upload(PreparedDocument document,
                                                         std::string bytes,
                                                         AsyncSemaphore::Permit /*permit*/) {
  const std::int64_t size = document.size_bytes;
  auto chunk_count = co_await keep_and_ingest(std::move(document), std::move(bytes));
  if (!chunk_count) unfinished_.notify();
  if (size >= kLargeDocument) co_await give_back_memory(&pool_);
  co_return chunk_count;
}

Task<Result<std::int64_t>> DocumentService::keep_and_ingest(PreparedDocument document,
                                                            std::string bytes) {
  std::string id = document.document_id.text();
  const auto lock = co_await locks_.acquire(id);
  TG_CO_TRY_VOID(co_await keep_original(std::move(id), std::move(bytes)));
  co_return co_await pipeline_.ingest(std::move(document));
}

Task<Result<api::Listed<api::Document>>> DocumentService::list(api::Call call,
                                                               api::DocumentsQuery query) {
  co_return co_await sql::read<api::Listed<api::Document>>(
      database_, [keys = api::own_access_keys(call.principal), query](Connection& c) {
        return list_documents(c, keys, query);
      });
}

Task<Result<api::Document>> DocumentService::get(api::Call call, api::DocumentQuery query) {
  if (query.include && *query.include != "chunks")
    co_return invalid("include", "must be \"chunks\"");
  co_return co_await sql::read<api::Document>(
      database_,
      [keys = api::own_access_keys(call.principal), query](Connection& c) -> Result<api::Document> {
        TG_TRY(api::Document document, load_document(c, keys, query.id));
        if (query.include) {
          TG_TRY(document.chunks, load_chunks(c, query.id));
        }
        return document;
      });
}

Task<Result<std::vector<api::ChunkView>>> DocumentService::chunks(api::Call call,
                                                                  api::DocumentId id) {
  co_return co_await sql::read<std::vector<api::ChunkView>>(
      database_,
      [keys = api::own_access_keys(call.principal),
       id](Connection& c) -> Result<std::vector<api::ChunkView>> {
        TG_TRY_VOID(load_document(c, keys, id.id));
        return load_chunks(c, id.id);
      });
}

Task<Result<api::Done>> DocumentService::remove(api::Call call, api::DocumentId id) {
  TG_CO_TRY(const std::string filename,
            co_await sql::read<std::string>(
                database_, [keys = api::own_access_keys(call.principal), id](Connection& c) {
                  return load_deletable(c, keys, id.id);
                }));
  TG_CO_TRY_VOID(co_await run_in_gate(&gate_, executor_, remove_everywhere(id.id)));
  co_return api::Done{.message = fmt::format("{} was deleted", filename)};
}

Task<Result<api::PipelineStatistics>> DocumentService::statistics(api::Call, api::Nothing) {
  co_return co_await sql::read<api::PipelineStatistics>(database_, load_statistics);
}

Task<Result<api::EraseReport>> DocumentService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await database_.compact());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> DocumentService::fsck(api::Call, api::Nothing) {
  co_return co_await check_documents(&database_, &vectors_, &telegram_, originals_);
}

Task<Result<api::Done>> DocumentService::backup(api::Call, api::BackupRequest request) {
  const auto folder = std::filesystem::path(request.folder) / "document";
  TG_CO_TRY_VOID(disk_files().make_folders(folder));
  TG_CO_TRY_VOID(co_await database_.copy_to((folder / "document.db").string()));
  if (originals_ != nullptr)
    TG_CO_TRY_VOID(co_await originals_->copy_to((folder / "originals").string()));
  co_return api::Done{.message = "the document service was copied"};
}

Task<Result<api::Health>> DocumentService::health(api::Call call, api::Nothing) {
  call.deadline = std::min(call.deadline, clock_.steady() + api::kNeighbourHealthTime);
  const auto index = api::answer_of(co_await vectors_.health(std::move(call), {}));
  const auto statistics = co_await sql::read<api::PipelineStatistics>(database_, load_statistics);
  api::HealthReport report("document", clock_);
  report.needs("database", statistics ? Result<void>() : std::unexpected(statistics.error()),
               pipeline_.degradation());
  report.uses("index", index, pipeline_.degradation());
  for (const char* part : {"feed", "pipeline"}) {
    if (!pipeline_.degradation().is_degraded(part)) report.up(part);
  }
  report.degraded(pipeline_.degradation());
  if (statistics) {
    report.tell("pending", statistics->pending + statistics->processing);
    report.tell("failed", statistics->failed);
  }
  report.tell("uploads_waiting", uploads_.statistics().waiting);
  co_return report.tell("compute_queued", pool_.queued()).make();
}

}  // namespace tg::document
