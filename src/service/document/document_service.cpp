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
#include "service/document/document_check.hpp"
#include "service/document/extraction.hpp"
#include "service/document/schema.hpp"

namespace tg::document {
namespace {

using sql::Connection;

// What a larger document took while it passed through is given back to the system: the allocator
// would keep it in its free lists.
constexpr std::int64_t kLargeDocument = 4 << 20;

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
      pipeline_(database, pool, clock, telegram, vectors, parts.retry_after) {}

Task<Result<void>> DocumentService::start() {
  TG_CO_TRY_VOID(co_await database_.migrate(kMigrations));
  TG_CO_TRY_VOID(co_await remove_left_originals());
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
  const auto left =
      co_await sql::read<std::vector<StoredDocument>>(database_, unfinished_documents);
  if (!left) co_return;
  for (const StoredDocument& stored : *left) {
    const auto done = stored.state == "deleting"
                          ? co_await remove_everywhere(stored.document.document_id.text(),
                                                       stored.document.version)
                          : co_await pipeline_.index_again(stored);
    if (!done)
      log::warning(
          "a document is not finished yet",
          {{"document", stored.document.document_id.text()}, {"detail", done.error().detail}});
  }
}

// Before the row: what a crash leaves in between goes at the next start.
Task<Result<void>> DocumentService::keep_original(std::string document_id, std::string bytes) {
  if (originals_ == nullptr) co_return Result<void>();
  TG_CO_TRY_VOID(
      co_await originals_->put(std::move(document_id), store::reader_of(std::move(bytes))));
  TG_FAULT("document.after_original_before_row");
  co_return Result<void>();
}

Task<Result<void>> DocumentService::remove_everywhere(std::string document_id,
                                                      std::int64_t version) {
  TG_CO_TRY_VOID(co_await pipeline_.remove(document_id, version));
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
  std::string bytes;
  std::string filename = request.filename.value_or("");
  if (request.file) {
    if (filename.empty()) filename = request.file->filename;
    TG_CO_TRY(bytes, co_await api::read_all(request.file->bytes, upload_limit_));
  } else if (request.content) {
    TG_CO_TRY(bytes, co_await api::read_all(api::bytes_source(*std::move(request.content)),
                                            upload_limit_));
  } else {
    co_return invalid("content", "is required (or a multipart `file`)");
  }
  if (filename.empty()) co_return invalid("filename", "is required");
  if (bytes.empty()) co_return invalid("content", "must not be empty");
  filename = std::filesystem::path(filename).filename().string();
  TG_CO_TRY(Extracted extracted,
            co_await pool_.run([&filename, &bytes] { return extract(filename, bytes); }));
  PreparedDocument document;
  document.owner = call.principal.user_id;
  document.access = request.visibility == api::Visibility::private_
                        ? api::user_access_key(call.principal.user_id)
                        : api::space_access_key(call.principal.space);
  // The same bytes of the same owner are the same document.
  document.document_id = Uuid::from_name(
      kDocumentNamespace,
      fmt::format("upload:{}:{}:{}", document.access, document.owner, sha256_hex(bytes)));
  document.version = to_millis(clock_.wall());
  document.filename = filename;
  document.file_type = extracted.type;
  const auto size = static_cast<std::int64_t>(bytes.size());
  document.size_bytes = size;
  document.metadata = request.metadata;
  document.text = std::move(extracted.text);
  document.headings = std::move(extracted.headings);
  document.columns.title = extracted.title;
  document.columns.source = "document";
  document.columns.document_type = std::string(json::enum_word(extracted.type));
  document.columns.date = clock_.wall();
  document.columns.payload = json::Object{{"source", "document"},
                                          {"filename", filename},
                                          {"file_type", json::enum_word(extracted.type)},
                                          {"title", extracted.title}};
  api::UploadReply reply;
  reply.document_id = document.document_id.text();
  TG_CO_TRY_VOID(co_await keep_original(reply.document_id, std::move(bytes)));
  auto chunk_count = co_await pipeline_.ingest(std::move(document));
  if (size >= kLargeDocument) co_await give_back_memory(&pool_);
  TG_CO_TRY(reply.chunk_count, std::move(chunk_count));
  reply.filename = filename;
  reply.status = api::DocumentStatus::completed;
  reply.timestamp = clock_.wall();
  reply.message = fmt::format("{} is searchable", filename);
  reply.processing_time_ms = elapsed_ms(from, clock_.steady());
  co_return reply;
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
  TG_CO_TRY(const api::Document document,
            co_await sql::read<api::Document>(
                database_, [keys = api::own_access_keys(call.principal), id](Connection& c) {
                  return load_document(c, keys, id.id);
                }));
  TG_CO_TRY_VOID(co_await remove_everywhere(id.id, std::numeric_limits<std::int64_t>::max()));
  co_return api::Done{.message = fmt::format("{} was deleted", document.filename)};
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
  co_return api::Done{.message = "document is copied"};
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
  co_return report.tell("compute_queued", pool_.queued()).make();
}

}  // namespace tg::document
