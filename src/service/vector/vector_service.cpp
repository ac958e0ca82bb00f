#include "service/vector/vector_service.hpp"

#include <filesystem>

#include <fmt/core.h>

#include "api/channel_name.hpp"
#include "api/health_report.hpp"
#include "api/visible_keys.hpp"
#include "service/vector/chunk_mapping.hpp"

namespace tg::vector {

Task<Result<api::Done>> VectorService::apply(api::Call, api::ApplyRequest request) {
  index::Batch batch;
  batch.drop_access = std::move(request.drop_access);
  batch.rebuilt = request.rebuilt;
  for (api::DocumentChunks& document : request.documents) {
    index::DocumentUpdate& update = batch.documents.emplace_back();
    TG_CO_TRY(update.document_id, Uuid::parse(document.document_id));
    update.version = document.version;
    update.chunks.reserve(document.chunks.size());
    // Texts are moved, so that a large document is in memory only once.
    for (api::IndexedChunk& chunk : document.chunks) {
      TG_CO_TRY(auto mapped, to_index(std::move(chunk)));
      update.chunks.push_back(std::move(mapped));
    }
    document.chunks = {};
  }
  for (const api::DocumentCounts& counts : request.counts) {
    index::CountsUpdate& update = batch.counts.emplace_back();
    TG_CO_TRY(update.document_id, Uuid::parse(counts.document_id));
    update.views = counts.views;
    update.forwards = counts.forwards;
  }
  TG_CO_TRY_VOID(co_await index_.apply(std::move(batch)));
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
  std::vector<index::ChunkRange> ranges;
  for (const api::ChunkRange& range : request.ranges) {
    TG_CO_TRY(ranges.emplace_back(), to_index(range));
  }
  if (!ranges.empty()) {
    TG_CO_TRY(const auto chunks, co_await index_.chunks_of(std::move(ranges), request.visible));
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

Task<Result<api::AddVectorsReply>> VectorService::add(api::Call call,
                                                      api::AddVectorsRequest request) {
  std::vector<index::ChunkVector> vectors;
  api::AddVectorsReply reply;
  for (std::size_t i = 0; i < request.vectors.size(); ++i) {
    const api::AddVector& item = request.vectors[i];
    const std::string field = fmt::format("vectors[{}]", i);
    if (item.dimension != static_cast<std::int64_t>(item.embedding.size()))
      co_return invalid(
          field + ".dimension",
          fmt::format("must equal the length of `embedding` ({})", item.embedding.size()));
    index::ChunkVector& vector = vectors.emplace_back();
    vector.chunk_id = item.chunk_id;
    vector.model = item.model_name;
    TG_CO_TRY(vector.values, to_floats(item.embedding, field + ".embedding"));
    reply.vector_ids.push_back(item.chunk_id.text());
  }
  TG_CO_TRY(auto visible, co_await api::visible_keys(&telegram_, std::move(call)));
  TG_CO_TRY_VOID(co_await index_.add_vectors(std::move(vectors), std::move(visible)));
  co_return reply;
}

Task<Result<std::vector<api::SearchResult>>> VectorService::search(api::Call call,
                                                                   api::VectorQuery request) {
  index::VectorQuery query;
  TG_CO_TRY(query.values, to_floats(request.query_embedding, "query_embedding"));
  query.top_k = static_cast<std::size_t>(request.top_k);
  const api::Filters filters = request.filters.value_or(api::Filters());
  TG_CO_TRY(query.filter, to_index(filters));
  if (filters.channel) {
    TG_CO_TRY(const auto channels, co_await telegram_.channels(call, {}));
    TG_CO_TRY(query.filter.channel_ids.emplace_back(),
              api::channel_of_filter(channels.data, *filters.channel));
  }
  TG_CO_TRY(query.filter.visible, co_await api::visible_keys(&telegram_, std::move(call)));
  TG_CO_TRY(const auto hits, co_await index_.search_vectors(std::move(query)));
  std::vector<api::SearchResult> results;
  for (const index::VectorHit& hit : hits) {
    if (hit.score < filters.min_score.value_or(0)) break;  // best first
    api::IndexedChunk chunk = from_index(hit.chunk);
    results.push_back({std::move(chunk.chunk_id), std::move(chunk.document_id),
                       std::move(chunk.text), hit.score, std::move(chunk.payload)});
  }
  co_return results;
}

Task<Result<api::Done>> VectorService::remove(api::Call call, api::VectorId id) {
  TG_CO_TRY(auto visible, co_await api::visible_keys(&telegram_, std::move(call)));
  TG_CO_TRY(const bool removed, co_await index_.remove_vector(id.id, std::move(visible)));
  if (!removed) co_return not_found("vector");
  co_return api::Done{.message = fmt::format("vector {} was deleted", id.id.text())};
}

Task<Result<api::VectorStatistics>> VectorService::statistics(api::Call, api::Nothing) {
  const index::Statistics statistics = index_.statistics();
  api::VectorStatistics reply{.type = "embedded",
                              .vector_count = 0,
                              .collection_name = "",
                              .chunk_count = statistics.chunks,
                              .document_count = statistics.documents,
                              .index_memory_bytes = statistics.memory_bytes,
                              .index_disk_bytes = statistics.disk_bytes,
                              .index_version = statistics.version,
                              .index_id = statistics.id};
  for (const index::Collection& collection : index_.collections()) {
    reply.vector_count += collection.vectors;
    reply.collection_name += (reply.collection_name.empty() ? "" : ",") + collection.name;
  }
  if (reply.collection_name.empty()) reply.collection_name = "documents,telegram_posts";
  co_return reply;
}

Task<Result<api::EraseReport>> VectorService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await index_.erase());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> VectorService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await index_.check());
  report.counts["chunks"] = index_.statistics().chunks;
  for (const index::Collection& collection : index_.collections())
    report.counts["vectors_" + collection.name] = collection.vectors;
  co_return report;
}

Task<Result<api::Done>> VectorService::backup(api::Call, api::BackupRequest request) {
  TG_CO_TRY_VOID(
      co_await index_.copy_to((std::filesystem::path(request.folder) / "vector").string()));
  co_return api::Done{.message = "vector: backup written"};
}

Task<Result<api::Health>> VectorService::health(api::Call, api::Nothing) {
  const index::Statistics statistics = index_.statistics();
  api::HealthReport report("vector", clock_);
  bool is_up = true;
  for (const Degradation::Mode& mode : index_.degraded()) {
    report.degraded(mode.part, mode.reason, mode.since);
    is_up = is_up && mode.part != "index";
  }
  if (is_up) report.up("index");
  co_return report.tell("chunks", statistics.chunks)
      .tell("index_version", statistics.version)
      .tell("index_id", json::Value(statistics.id))
      .make();
}

}  // namespace tg::vector
