// The values of the search-index port (store/vec.hpp) and of the embedded engine: documents in,
// queries, hits out. Plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace tg::index {

// A piece of a document's text with the columns that filters use. `payload` is opaque to the index
// and returned with hits.
struct Chunk {
  Uuid chunk_id;
  Uuid document_id;
  std::int32_t ordinal = 0;     // position among the document's chunks
  std::int32_t start_char = 0;  // offset in the document's text, in code points
  std::string title;            // searched with the text, displayed separately
  std::string text;             // Unicode NFC
  std::string access;           // access key: determines who may see it
  std::string source;           // "telegram" or "document"
  std::string media_type;       // empty: none
  std::string document_type;
  std::string lang;
  std::int64_t channel_id = 0;
  std::int64_t message_id = 0;
  std::int64_t reply_to = 0;
  std::int64_t date_ms = 0;
  std::int64_t views = 0;
  std::int64_t forwards = 0;
  Uuid cluster;  // near-duplicate group
  std::string payload;
};

// The complete new state of a document: replaces its indexed chunks, unless the indexed version is
// larger. No chunks: removes the document.
struct DocumentUpdate {
  Uuid document_id;
  std::int64_t version = 1;
  std::vector<Chunk> chunks;
};

// New values for the columns `views` and `forwards` of all chunks of a document. Costs no text
// analysis; a document that is not in the index is ignored.
struct CountsUpdate {
  Uuid document_id;
  std::int64_t views = 0;
  std::int64_t forwards = 0;
};

struct Batch {
  std::vector<DocumentUpdate> documents;
  std::vector<CountsUpdate> counts;      // applied after `documents`
  std::vector<std::string> drop_access;  // all documents with these access keys are removed
  // Set in the last batch of a rebuild: the index is complete again.
  bool rebuilt = false;
};

// The chunks of a document whose ordinals lie between `first` and `last`, both included.
struct ChunkRange {
  Uuid document_id;
  std::int32_t first = 0;
  std::int32_t last = std::numeric_limits<std::int32_t>::max();
};

// Predicates on columns, combined with AND. Applied before the top k is chosen.
struct Filter {
  std::vector<std::string> visible;  // access keys; chunks with other keys are treated as absent
  std::vector<std::int64_t> channel_ids;
  std::optional<std::int64_t> date_from_ms;   // inclusive
  std::optional<std::int64_t> date_until_ms;  // exclusive
  std::optional<std::string> source;
  std::optional<std::string> document_type;
  std::optional<std::string> media_type;
  std::optional<bool> has_media;
  std::optional<std::int64_t> min_views;
  std::optional<std::string> lang;
  std::optional<Uuid> document_id;
};

struct Query {
  std::string text;
  std::size_t top_k = 10;
  Filter filter;
  bool repair = true;   // correct spelling and keyboard layout of words without matches
  bool rescore = true;  // rescore the first 100 hits by character 4-grams
  bool explain = false;
};

struct TermScore {
  std::string term;
  double idf = 0;
  double score = 0;
};

struct Hit {
  Chunk chunk;
  double score = 0;       // 0..1; depends on the query and the chunk only
  double rank_score = 0;  // only comparable within this list
  std::vector<TermScore> explain;
};

struct Stage {
  std::string name;
  std::int64_t in = 0;
  std::int64_t out = 0;
  double ms = 0;
};

struct Repair {
  std::string from;
  std::string to;
  std::string kind;  // "spelling" or "layout"
};

struct Hits {
  std::vector<Hit> hits;
  std::int64_t total = 0;  // chunks that contain a query word and pass the filter
  std::vector<Stage> stages;
  std::vector<Repair> repairs;
  // Share of the query's total word weight (idf) that the best hit covers.
  double matched_weight = 0;
};

// A dense vector of an indexed chunk.
struct ChunkVector {
  Uuid chunk_id;
  std::string model;
  std::vector<float> values;
};

enum class Metric { cosine, dot, l2 };

struct VectorQuery {
  std::vector<float> values;
  std::size_t top_k = 10;
  Filter filter;
  Metric metric = Metric::cosine;
};

struct VectorHit {
  Chunk chunk;
  double score = 0;       // 0..1; depends on the query and the chunk only
  double similarity = 0;  // in the metric: larger is nearer (l2: the negative distance)
};

// Vectors of one model; documents and posts have separate collections.
struct Collection {
  std::string name;   // "documents", "telegram_posts"
  std::string model;  // set by the first vector, as is the dimension
  std::int64_t dimension = 0;
  std::int64_t vectors = 0;
};

struct Statistics {
  std::string id;  // random; new whenever the index starts empty
  std::int64_t chunks = 0;
  std::int64_t documents = 0;
  std::int64_t memory_bytes = 0;  // anonymous memory used by the index
  std::int64_t disk_bytes = 0;
  std::int64_t version = 0;  // increases with every change
};

struct StoredId {
  Uuid chunk_id;
  Uuid document_id;
  std::int64_t version = 0;
};

}  // namespace tg::index
