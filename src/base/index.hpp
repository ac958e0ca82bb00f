// The words that every search index speaks, whichever engine stands behind the port: what goes in,
// what is asked, what comes out. Plain values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace tg::index {

// A piece of a document's text, with the columns that filters work on. `payload` is opaque to the
// index and comes back with the hit.
struct Chunk {
  Uuid chunk_id;
  Uuid document_id;
  std::int32_t ordinal = 0;     // place among the document's chunks
  std::int32_t start_char = 0;  // where the text begins in the document's text, in code points
  std::string title;            // searched together with the text, shown apart
  std::string text;             // Unicode NFC
  std::string access;           // access key: who may see it
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

// A document's whole new state. Its chunks replace what the index holds of it, unless that has a
// larger version; without chunks the document goes.
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
  std::vector<std::string> drop_access;  // every document with one of these access keys goes
  // Set with the last batch of a rebuild: the index now holds everything that it should.
  bool rebuilt = false;
};

// The chunks of a document whose ordinals lie between `first` and `last`, both included.
struct ChunkRange {
  Uuid document_id;
  std::int32_t first = 0;
  std::int32_t last = std::numeric_limits<std::int32_t>::max();
};

// Predicates on columns; all must hold. Applied before the top k is chosen.
struct Filter {
  std::vector<std::string> visible;  // access keys; a chunk with another one does not exist
  std::vector<std::int64_t> channel_ids;
  std::optional<std::int64_t> date_from_ms;   // included
  std::optional<std::int64_t> date_until_ms;  // excluded
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
  bool repair = true;   // spelling and keyboard layout, where words match nothing
  bool rescore = true;  // the first hundred by character 4-grams
  bool explain = false;
};

struct TermScore {
  std::string term;
  double idf = 0;
  double score = 0;
};

struct Hit {
  Chunk chunk;
  double score = 0;       // 0..1, of the query and the chunk alone
  double rank_score = 0;  // orders this list only
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
  std::int64_t total = 0;  // chunks that hold a word of the query and pass the filter
  std::vector<Stage> stages;
  std::vector<Repair> repairs;
  // Share of the query's word weight (idf) that the best-covered hit holds.
  double matched_weight = 0;
};

// A dense vector of a chunk that the index holds.
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
  double score = 0;       // 0..1, of the query and the chunk alone
  double similarity = 0;  // in the metric: larger is nearer (l2: the negative distance)
};

// Vectors of one model lie together, those of documents apart from those of posts.
struct Collection {
  std::string name;   // "documents", "telegram_posts"
  std::string model;  // of its first vector, as is the dimension
  std::int64_t dimension = 0;
  std::int64_t vectors = 0;
};

struct Statistics {
  std::string id;  // random, new with each index that begins empty
  std::int64_t chunks = 0;
  std::int64_t documents = 0;
  std::int64_t memory_bytes = 0;  // anonymous memory that the index holds
  std::int64_t disk_bytes = 0;
  std::int64_t version = 0;  // grows with every change
};

struct StoredId {
  Uuid chunk_id;
  Uuid document_id;
  std::int64_t version = 0;
};

}  // namespace tg::index
