#include "service/vector/vector_service.hpp"

#include <filesystem>

#include "service/vector/chunk_mapping.hpp"

namespace tg::vector {

Task<Result<api::Done>> VectorService::apply(api::Call, api::ApplyRequest request) {
  index::Batch batch;
  batch.drop_access = std::move(request.drop_access);
  for (const api::DocumentChunks& document : request.documents) {
    index::DocumentUpdate& update = batch.documents.emplace_back();
    TG_CO_TRY(update.document_id, Uuid::parse(document.document_id));
    update.version = document.version;
    for (const api::IndexedChunk& chunk : document.chunks) {
      TG_CO_TRY(auto mapped, to_index(chunk));
      update.chunks.push_back(std::move(mapped));
    }
  }
  TG_CO_CHECK(co_await index_.apply(std::move(batch)));
  co_return api::Done{.message = "applied"};
}

Task<Result<api::IndexHits>> VectorService::find(api::Call, api::IndexQuery request) {
  index::Query query;
  query.text = request.query;
  query.top_k = static_cast<std::size_t>(request.top_k);
  query.explain = request.explain;
  TG_CO_TRY(query.filter, to_index(request.filters));
  query.filter.visible = std::move(request.visible);
  query.filter.channel_ids = std::move(request.channel_ids);
  TG_CO_TRY(auto found, co_await index_.search(std::move(query)));
  api::IndexHits reply;
  for (const index::Hit& hit : found.hits) {
    api::IndexHit& out = reply.hits.emplace_back();
    out.chunk = from_index(hit.chunk);
    out.score = hit.score;
    out.rank_score = hit.rank_score;
    if (!request.explain) continue;
    out.explain.emplace();
    for (const index::TermScore& term : hit.explain) (*out.explain)[term.term] = term.score;
  }
  for (const index::Stage& stage : found.stages)
    reply.stages.push_back({stage.name, stage.in, stage.out, stage.ms});
  for (const index::Repair& repair : found.repairs)
    reply.repairs.push_back({repair.from, repair.to, repair.kind});
  reply.total_estimate = found.total;
  reply.matched_weight = found.matched_weight;
  reply.index_version = index_.statistics().version;
  co_return reply;
}

Task<Result<api::IndexedChunks>> VectorService::context(api::Call, api::ContextRequest request) {
  api::IndexedChunks reply;
  if (request.channel_ids.size() != request.message_ids.size()) {
    co_return invalid("message_ids", "must have as many items as channel_ids");
  }
  std::vector<Uuid> documents;
  for (const std::string& id : request.document_ids) {
    TG_CO_TRY(documents.emplace_back(), Uuid::parse(id));
  }
  if (!documents.empty()) {
    TG_CO_TRY(const auto chunks, co_await index_.chunks_of(std::move(documents), request.visible));
    for (const index::Chunk& chunk : chunks) reply.chunks.push_back(from_index(chunk));
  }
  for (std::size_t i = 0; i < request.channel_ids.size(); ++i) {
    TG_CO_TRY(const auto chunks,
              co_await index_.chunks_of_post(request.channel_ids[i], request.message_ids[i],
                                             request.visible));
    for (const index::Chunk& chunk : chunks) reply.chunks.push_back(from_index(chunk));
  }
  co_return reply;
}

Task<Result<api::IndexIds>> VectorService::ids(api::Call, api::IndexIdsQuery query) {
  std::optional<Uuid> after;
  if (query.after) {
    TG_CO_TRY(after, Uuid::parse(*query.after));
  }
  TG_CO_TRY(const auto stored, co_await index_.ids(after, static_cast<std::size_t>(query.limit)));
  api::IndexIds reply;
  for (const index::StoredId& id : stored)
    reply.ids.push_back({id.chunk_id.text(), id.document_id.text(), id.version});
  co_return reply;
}

Task<Result<api::AddVectorsReply>> VectorService::add(api::Call, api::AddVectorsRequest) {
  co_return not_implemented("dense_vectors");
}

Task<Result<std::vector<api::SearchResult>>> VectorService::search(api::Call, api::VectorQuery) {
  co_return not_implemented("dense_vectors");
}

Task<Result<api::Done>> VectorService::remove(api::Call, api::VectorId) {
  co_return not_implemented("dense_vectors");
}

Task<Result<api::VectorStatistics>> VectorService::statistics(api::Call, api::Nothing) {
  const index::Statistics statistics = index_.statistics();
  co_return api::VectorStatistics{.type = "embedded",
                                  .vector_count = 0,
                                  .collection_name = "chunks",
                                  .chunk_count = statistics.chunks,
                                  .document_count = statistics.documents,
                                  .index_memory_bytes = statistics.memory_bytes,
                                  .index_disk_bytes = statistics.disk_bytes,
                                  .index_version = statistics.version};
}

Task<Result<api::EraseReport>> VectorService::erase(api::Call, api::Nothing) {
  TG_CO_CHECK(co_await index_.erase());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> VectorService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await index_.check());
  report.counts["chunks"] = index_.statistics().chunks;
  co_return report;
}

Task<Result<api::Done>> VectorService::backup(api::Call, api::BackupRequest request) {
  TG_CO_CHECK(co_await index_.copy_to(
      (std::filesystem::path(request.folder) / "vector" / "index").string()));
  co_return api::Done{.message = "vector is copied"};
}

Task<Result<api::Health>> VectorService::health(api::Call, api::Nothing) {
  api::Health health{.service_name = "vector", .timestamp = clock_.wall(), .details = {}};
  const index::Statistics statistics = index_.statistics();
  health.details["chunks"] = statistics.chunks;
  health.details["index_version"] = statistics.version;
  co_return health;
}

}  // namespace tg::vector
