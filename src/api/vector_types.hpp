// Requests and replies of the vector service, which owns the index. Plain values.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/search_types.hpp"
#include "base/json.hpp"

namespace tg::api {

// A chunk as stored in the index. `payload` is returned with results as their `metadata`.
struct IndexedChunk {
  std::string chunk_id;
  std::string document_id;
  std::int64_t version = 1;
  std::int64_t chunk_index = 0;
  std::int64_t start_char = 0;  // where `text` begins in the document's text, in code points
  std::string title;
  std::string text;
  std::string access;  // access key
  std::string source;  // "telegram" or "document"
  std::optional<std::int64_t> channel_id;
  std::optional<std::int64_t> message_id;
  std::optional<std::int64_t> reply_to;
  std::optional<UnixMillis> date;
  std::optional<std::int64_t> views;
  std::optional<std::int64_t> forwards;
  std::optional<std::string> media_type;
  std::optional<std::string> document_type;
  std::string lang;
  std::string cluster;  // near-duplicate group: the document id of its first member
  json::Object payload;
};
BOOST_DESCRIBE_STRUCT(IndexedChunk, (),
                      (chunk_id, document_id, version, chunk_index, start_char, title, text, access,
                       source, channel_id, message_id, reply_to, date, views, forwards, media_type,
                       document_type, lang, cluster, payload))

// The complete new state of one document: replaces its indexed chunks, unless the indexed version
// is newer.
struct DocumentChunks {
  std::string document_id;
  std::int64_t version = 1;
  std::vector<IndexedChunk> chunks;  // empty: the document is removed
};
BOOST_DESCRIBE_STRUCT(DocumentChunks, (), (document_id, version, chunks))

// New view and forward counts of a document, without indexing its text again. They replace `views`
// and `forwards` in the chunks' payload, too.
struct DocumentCounts {
  std::string document_id;
  std::int64_t views = 0;
  std::int64_t forwards = 0;
};
BOOST_DESCRIBE_STRUCT(DocumentCounts, (), (document_id, views, forwards))

// Durable and searchable when the call returns; idempotent.
struct ApplyRequest {
  std::vector<DocumentChunks> documents;
  std::vector<DocumentCounts> counts;
  std::vector<std::string> drop_access;  // all documents with these access keys are removed
  // True in the last request after a change of VectorStatistics::index_id: everything stored has
  // been applied to the new index, so it is no longer reported as being rebuilt.
  bool rebuilt = false;
};
BOOST_DESCRIBE_STRUCT(ApplyRequest, (), (documents, counts, drop_access, rebuilt))

struct IndexQuery {
  std::string query;
  std::int64_t top_k = 10;
  std::vector<std::string> visible;  // access keys; empty: nothing is visible
  Filters filters;
  std::vector<std::int64_t> channel_ids;  // the filter `channel`, resolved; empty: all
  bool explain = false;
};
BOOST_DESCRIBE_STRUCT(IndexQuery, (), (query, top_k, visible, filters, channel_ids, explain))
constexpr auto rules_of(const IndexQuery*) {
  return std::array{Rule("query").required().length(1, 4000), Rule("top_k").range(1, 10000)};
}

struct IndexHit {
  IndexedChunk chunk;
  double score = 0;       // public, 0..1
  double rank_score = 0;  // orders this list only
  std::optional<json::Object> explain;
};
BOOST_DESCRIBE_STRUCT(IndexHit, (), (chunk, score, rank_score, explain))

struct QueryRepair {
  std::string from;
  std::string to;
  std::string kind;  // spelling, layout
};
BOOST_DESCRIBE_STRUCT(QueryRepair, (), (from, to, kind))

struct IndexHits {
  std::vector<IndexHit> hits;
  std::int64_t total_estimate = 0;
  std::vector<StageReport> stages;
  std::vector<QueryRepair> repairs;
  std::int64_t index_version = 0;
  double matched_weight =
      0;  // share of the query's word weight (idf) that the best hit holds, 0..1
};
BOOST_DESCRIBE_STRUCT(IndexHits, (),
                      (hits, total_estimate, stages, repairs, index_version, matched_weight))

// The chunks of a document with chunk_index from `first` to `last`, inclusive.
struct ChunkRange {
  std::string document_id;
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int32_t>::max();
};
BOOST_DESCRIBE_STRUCT(ChunkRange, (), (document_id, first, last))

// Chunks by position: ranges of documents (the neighbours of a hit), or whole posts.
struct ContextRequest {
  std::vector<ChunkRange> ranges;
  std::vector<std::int64_t> channel_ids;  // with message_ids, pairwise: these posts
  std::vector<std::int64_t> message_ids;
  std::vector<std::string> visible;
};
BOOST_DESCRIBE_STRUCT(ContextRequest, (), (ranges, channel_ids, message_ids, visible))

struct IndexedChunks {
  std::vector<IndexedChunk> chunks;
};
BOOST_DESCRIBE_STRUCT(IndexedChunks, (), (chunks))

struct AddVector {
  Uuid chunk_id;
  std::vector<double> embedding;
  std::string model_name;
  std::int64_t dimension = 0;
};
BOOST_DESCRIBE_STRUCT(AddVector, (), (chunk_id, embedding, model_name, dimension))
constexpr auto rules_of(const AddVector*) {
  return std::array{Rule("chunk_id").required(), Rule("embedding").required().length(1, 8192),
                    Rule("model_name").required().length(1, 200), Rule("dimension").range(1, 8192)};
}

struct AddVectorsRequest {
  std::vector<AddVector> vectors;
};
BOOST_DESCRIBE_STRUCT(AddVectorsRequest, (), (vectors))
constexpr auto rules_of(const AddVectorsRequest*) {
  return std::array{Rule("vectors").required().length(1, 1000)};
}

struct AddVectorsReply {
  bool success = true;
  std::vector<std::string> vector_ids;
};
BOOST_DESCRIBE_STRUCT(AddVectorsReply, (), (success, vector_ids))

struct VectorQuery {
  std::vector<double> query_embedding;
  std::int64_t top_k = 10;
  std::optional<Filters> filters;
};
BOOST_DESCRIBE_STRUCT(VectorQuery, (), (query_embedding, top_k, filters))
constexpr auto rules_of(const VectorQuery*) {
  return std::array{Rule("query_embedding").required().length(1, 8192),
                    Rule("top_k").range(1, 100)};
}

struct VectorStatistics {
  std::string type;
  std::int64_t vector_count = 0;
  std::string collection_name;
  std::int64_t chunk_count = 0;
  std::int64_t document_count = 0;
  std::int64_t index_memory_bytes = 0;
  std::int64_t index_disk_bytes = 0;
  std::int64_t index_version = 0;
  // Identity of the index: random, and new whenever the index starts empty (first start, damage, a
  // deleted folder). The service that feeds the index compares it with the id that it has fed last
  // and, if they differ, applies all documents again.
  std::string index_id;
};
BOOST_DESCRIBE_STRUCT(VectorStatistics, (),
                      (type, vector_count, collection_name, chunk_count, document_count,
                       index_memory_bytes, index_disk_bytes, index_version, index_id))

struct VectorId {
  Uuid id;
};
BOOST_DESCRIBE_STRUCT(VectorId, (), (id))

// For fsck: ids and versions of everything in the index, in pages ordered by chunk id.
struct IndexIdsQuery {
  std::optional<std::string> after;
  std::int64_t limit = 5000;
};
BOOST_DESCRIBE_STRUCT(IndexIdsQuery, (), (after, limit))
constexpr auto rules_of(const IndexIdsQuery*) {
  return std::array{Rule("limit").range(1, 10000)};
}

struct IndexId {
  std::string chunk_id;
  std::string document_id;
  std::int64_t version = 0;
};
BOOST_DESCRIBE_STRUCT(IndexId, (), (chunk_id, document_id, version))

struct IndexIds {
  std::vector<IndexId> ids;
};
BOOST_DESCRIBE_STRUCT(IndexIds, (), (ids))

}  // namespace tg::api
