// Two implementations of store::SearchIndex for tests: one in memory, one that breaks a rule.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <sstream>

#include "tests/support/index_conformance.hpp"
#include "tests/support/index_rules.hpp"

namespace tg::testing {
namespace {

using index::Batch;
using index::Chunk;
using index::ChunkRange;
using index::ChunkVector;
using index::DocumentUpdate;
using index::Filter;
using index::Hit;
using index::Query;
using index::StoredId;
using index::VectorHit;
using index::VectorQuery;
using store::SearchIndex;

bool passes(const Chunk& chunk, const Filter& filter) {
  const auto holds = [](const auto& list, const auto& value) {
    return std::ranges::find(list, value) != list.end();
  };
  const auto fits = [](const std::optional<std::string>& word, const std::string& value) {
    return !word || *word == value;
  };
  return holds(filter.visible, chunk.access) &&
         (filter.channel_ids.empty() || holds(filter.channel_ids, chunk.channel_id)) &&
         (!filter.date_from_ms || chunk.date_ms >= *filter.date_from_ms) &&
         (!filter.date_until_ms || chunk.date_ms < *filter.date_until_ms) &&
         fits(filter.source, chunk.source) && fits(filter.lang, chunk.lang) &&
         fits(filter.document_type, chunk.document_type) &&
         fits(filter.media_type, chunk.media_type) &&
         (!filter.has_media || chunk.media_type.empty() != *filter.has_media) &&
         (!filter.min_views || chunk.views >= *filter.min_views) &&
         (!filter.document_id || chunk.document_id == *filter.document_id);
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

struct Contents {
  std::map<Uuid, DocumentUpdate> documents;
  std::map<Uuid, ChunkVector> vectors;
};
// The content of copies by folder.
using Copies = std::map<std::string, Contents>;

// Not thread-safe. Scans everything in every call.
class MemoryIndex : public SearchIndex {
 public:
  MemoryIndex(Contents contents, Copies* copies)
      : copies_(copies),
        documents_(std::move(contents.documents)),
        vectors_(std::move(contents.vectors)) {}

  std::string bytes() const {
    std::string all;
    for (const auto& [id, document] : documents_) {
      for (const Chunk& chunk : document.chunks) all += chunk.text;
    }
    for (const auto& [id, vector] : vectors_) {
      all.append(reinterpret_cast<const char*>(vector.values.data()),
                 vector.values.size() * sizeof(float));
    }
    return all;
  }

  store::IndexCapabilities capabilities() const override {
    return {.lexical = true, .dense = true};
  }

  Task<Result<void>> apply(Batch batch) override {
    for (DocumentUpdate& update : batch.documents) {
      const auto old = documents_.find(update.document_id);
      if (old != documents_.end() && old->second.version > update.version) continue;
      documents_.erase(update.document_id);
      if (!update.chunks.empty()) documents_[update.document_id] = std::move(update);
    }
    for (const index::CountsUpdate& update : batch.counts) {
      const auto found = documents_.find(update.document_id);
      if (found == documents_.end()) continue;
      for (Chunk& chunk : found->second.chunks) {
        chunk.views = update.views;
        chunk.forwards = update.forwards;
      }
    }
    std::erase_if(documents_, [&](const auto& entry) {
      return std::ranges::find(batch.drop_access, entry.second.chunks[0].access) !=
             batch.drop_access.end();
    });
    std::erase_if(vectors_, [&](const auto& entry) { return find(entry.first) == nullptr; });
    ++version_;
    co_return Result<void>();
  }

  Task<Result<index::Hits>> search(Query query) override {
    index::Hits hits;
    for (const auto& [id, document] : documents_) {
      for (const Chunk& chunk : document.chunks) {
        const auto words = words_of(chunk.text);
        double matches = 0;
        for (const std::string& word : words_of(query.text))
          matches += static_cast<double>(std::ranges::count(words, word));
        if (matches == 0 || !passes(chunk, query.filter)) continue;
        Hit hit;
        hit.chunk = chunk;
        hit.rank_score = hit.score = matches / static_cast<double>(words.size() + 1);
        hits.hits.push_back(std::move(hit));
      }
    }
    std::ranges::sort(hits.hits, std::greater(), &Hit::rank_score);
    hits.total = static_cast<std::int64_t>(hits.hits.size());
    if (hits.hits.size() > query.top_k) hits.hits.resize(query.top_k);
    co_return hits;
  }

  Task<Result<std::vector<Chunk>>> chunks_of(std::vector<ChunkRange> ranges,
                                             std::vector<std::string> visible) override {
    auto chunks = select([&](const Chunk& chunk) {
      const auto holds = [&chunk](const ChunkRange& range) {
        return range.document_id == chunk.document_id && range.first <= chunk.ordinal &&
               chunk.ordinal <= range.last;
      };
      return std::ranges::any_of(ranges, holds) && passes(chunk, {.visible = visible});
    });
    std::ranges::sort(chunks, [](const Chunk& a, const Chunk& b) {
      return std::tie(a.document_id, a.ordinal) < std::tie(b.document_id, b.ordinal);
    });
    co_return chunks;
  }
  Task<Result<std::vector<Chunk>>> chunks_of_post(std::int64_t channel, std::int64_t message,
                                                  std::vector<std::string> visible) override {
    co_return select([&](const Chunk& chunk) {
      return chunk.channel_id == channel && chunk.message_id == message &&
             passes(chunk, {.visible = visible});
    });
  }
  Task<Result<std::vector<StoredId>>> ids(std::optional<Uuid> after, std::size_t limit) override {
    std::vector<StoredId> all;
    for (const auto& [id, document] : documents_) {
      for (const Chunk& chunk : document.chunks) {
        if (!after || chunk.chunk_id > *after)
          all.push_back({chunk.chunk_id, id, document.version});
      }
    }
    std::ranges::sort(all, {}, &StoredId::chunk_id);
    if (all.size() > limit) all.resize(limit);
    co_return all;
  }

  Task<Result<void>> add_vectors(std::vector<ChunkVector> vectors,
                                 std::vector<std::string> visible) override {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const Chunk* const chunk = find(vectors[i].chunk_id);
      if (chunk == nullptr || !passes(*chunk, {.visible = visible})) co_return not_found("chunk");
      for (const auto& [id, stored] : vectors_) {
        if (find(id)->source != chunk->source) continue;
        if (stored.model != vectors[i].model)
          co_return invalid(fmt::format("vectors[{}].model_name", i), "is another one");
        if (stored.values.size() != vectors[i].values.size())
          co_return invalid(fmt::format("vectors[{}].embedding", i), "has another dimension");
      }
    }
    for (ChunkVector& vector : vectors) vectors_[vector.chunk_id] = std::move(vector);
    co_return Result<void>();
  }
  Task<Result<std::vector<VectorHit>>> search_vectors(VectorQuery query) override {
    std::vector<VectorHit> hits;
    bool fits = vectors_.empty();
    for (const auto& [id, vector] : vectors_) {
      if (vector.values.size() != query.values.size()) continue;
      fits = true;
      const Chunk* const chunk = find(id);
      if (!passes(*chunk, query.filter)) continue;
      hits.push_back({.chunk = *chunk, .similarity = cosine(vector.values, query.values)});
      hits.back().score = (1 + hits.back().similarity) / 2;
    }
    if (!fits) co_return invalid("query_embedding", "has another dimension");
    std::ranges::sort(hits, std::greater(), &VectorHit::similarity);
    if (hits.size() > query.top_k) hits.resize(query.top_k);
    co_return hits;
  }
  Task<Result<bool>> remove_vector(Uuid id, std::vector<std::string> visible) override {
    const Chunk* const chunk = find(id);
    co_return chunk != nullptr&& passes(*chunk, {.visible = visible}) && vectors_.erase(id) > 0;
  }
  std::vector<index::Collection> collections() const override {
    return {{"all", "m", 0, static_cast<std::int64_t>(vectors_.size())}};
  }

  std::vector<Degradation::Mode> degraded() const override { return {}; }
  Task<Result<std::vector<std::string>>> check() override { co_return std::vector<std::string>(); }
  Task<Result<void>> erase() override { co_return Result<void>(); }
  Task<Result<void>> copy_to(std::string folder) override {
    if (copies_ == nullptr) co_return internal("copies are not supported here");
    (*copies_)[folder] = {documents_, vectors_};
    co_return Result<void>();
  }
  index::Statistics statistics() const override {
    index::Statistics statistics;
    statistics.documents = static_cast<std::int64_t>(documents_.size());
    for (const auto& [id, document] : documents_)
      statistics.chunks += static_cast<std::int64_t>(document.chunks.size());
    statistics.version = version_;
    statistics.id = "memory";
    return statistics;
  }

 private:
  const Chunk* find(const Uuid& id) const {
    for (const auto& [document, update] : documents_) {
      for (const Chunk& chunk : update.chunks) {
        if (chunk.chunk_id == id) return &chunk;
      }
    }
    return nullptr;
  }
  template <typename Wanted>
  std::vector<Chunk> select(Wanted wanted) const {
    std::vector<Chunk> chunks;
    for (const auto& [id, document] : documents_)
      std::ranges::copy_if(document.chunks, std::back_inserter(chunks), wanted);
    return chunks;
  }
  static double cosine(const std::vector<float>& a, const std::vector<float>& b) {
    double product = 0;
    double aa = 0;
    double bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
      aa += static_cast<double>(a[i]) * static_cast<double>(a[i]);
      bb += static_cast<double>(b[i]) * static_cast<double>(b[i]);
    }
    return product / std::sqrt(aa * bb);
  }

  Copies* const copies_;  // may be null
  std::map<Uuid, DocumentUpdate> documents_;
  std::map<Uuid, ChunkVector> vectors_;
  std::int64_t version_ = 0;
};

class BrokenIndex final : public SearchIndex {
 public:
  BrokenIndex(MemoryIndex& good, std::string rule) : good_(good), rule_(std::move(rule)) {}

  store::IndexCapabilities capabilities() const override { return good_.capabilities(); }
  Task<Result<void>> apply(Batch batch) override {
    if (breaks(kDrops)) batch.drop_access.clear();
    if (breaks(kCounts)) batch.counts.clear();
    if (breaks(kErases) && !batch.documents.empty() && batch.documents[0].chunks.empty())
      co_return Result<void>();
    if (breaks(kEmpty) || breaks(kGoesAlong))
      std::erase_if(batch.documents, [](const auto& update) { return update.chunks.empty(); });
    for (DocumentUpdate& update : batch.documents) {
      if (breaks(kOlder)) update.version = 1;
      if (breaks(kWhole) && !update.chunks.empty()) update.chunks[0].reply_to = 0;
      if (breaks(kNewer) && update.version > 1) update.version = 0;
      if (breaks(kFound)) {
        for (Chunk& chunk : update.chunks) chunk.text = words_of(chunk.text)[0];
      }
    }
    co_return co_await good_.apply(std::move(batch));
  }
  Task<Result<index::Hits>> search(Query query) override {
    if (breaks(kInvisible)) query.filter.visible.push_back(kMine);
    const Query asked = query;
    if (breaks(kFilters)) query.filter = {.visible = query.filter.visible};
    auto hits = co_await good_.search(query);
    if (breaks(kFilters))
      std::erase_if(hits->hits, [&](const Hit& h) { return !passes(h.chunk, asked.filter); });
    for (Hit& hit : hits->hits) {
      if (breaks(kScores)) hit.score *= 10;
    }
    co_return hits;
  }
  Task<Result<std::vector<Chunk>>> chunks_of(std::vector<ChunkRange> ranges,
                                             std::vector<std::string> visible) override {
    if (breaks(kRanges)) {
      for (ChunkRange& range : ranges) range = {range.document_id};
    }
    return good_.chunks_of(std::move(ranges), std::move(visible));
  }
  Task<Result<std::vector<Chunk>>> chunks_of_post(std::int64_t channel, std::int64_t message,
                                                  std::vector<std::string> visible) override {
    return good_.chunks_of_post(channel, message, std::move(visible));
  }
  Task<Result<std::vector<StoredId>>> ids(std::optional<Uuid> after, std::size_t limit) override {
    auto page = co_await good_.ids(after, limit);
    if (breaks(kPages)) std::ranges::reverse(*page);
    co_return page;
  }
  Task<Result<void>> add_vectors(std::vector<ChunkVector> vectors,
                                 std::vector<std::string> visible) override {
    if (breaks(kForeign)) {
      for (const ChunkVector& vector : vectors)
        static_cast<void>(co_await good_.add_vectors({vector}, visible));
    }
    if (breaks(kDimension)) {
      for (ChunkVector& vector : vectors) vector.values.resize(2), vector.model = "m";
    }
    co_return co_await good_.add_vectors(std::move(vectors), std::move(visible));
  }
  Task<Result<std::vector<VectorHit>>> search_vectors(VectorQuery query) override {
    const VectorQuery asked = query;
    if (breaks(kNearest)) query.filter = {.visible = query.filter.visible};
    auto hits = co_await good_.search_vectors(query);
    if (breaks(kNearest) && hits)
      std::erase_if(*hits, [&](const VectorHit& h) { return !passes(h.chunk, asked.filter); });
    co_return hits;
  }
  Task<Result<bool>> remove_vector(Uuid id, std::vector<std::string> visible) override {
    if (breaks(kRemoves)) visible.push_back(kMine);
    co_return co_await good_.remove_vector(id, std::move(visible));
  }
  std::vector<index::Collection> collections() const override { return good_.collections(); }
  std::vector<Degradation::Mode> degraded() const override { return good_.degraded(); }
  Task<Result<std::vector<std::string>>> check() override {
    if (breaks(kSound)) co_return std::vector<std::string>{"it looks odd"};
    co_return co_await good_.check();
  }
  Task<Result<void>> erase() override { return good_.erase(); }
  Task<Result<void>> copy_to(std::string folder) override {
    if (breaks(kCopies)) co_return Result<void>();
    co_return co_await good_.copy_to(folder);
  }
  index::Statistics statistics() const override { return good_.statistics(); }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  MemoryIndex& good_;
  const std::string rule_;
};

class MemoryHarness final : public IndexHarness {
 public:
  explicit MemoryHarness(const std::string& broken_rule = {}) {
    if (!broken_rule.empty()) broken_ = std::make_unique<BrokenIndex>(memory_, broken_rule);
  }
  SearchIndex& index() override { return broken_ ? static_cast<SearchIndex&>(*broken_) : memory_; }
  Result<std::unique_ptr<SearchIndex>> copy() override {
    TG_TRY_VOID(run_blocking(index().copy_to("copy")));
    return std::make_unique<MemoryIndex>(copies_["copy"], nullptr);
  }
  std::string bytes() override { return memory_.bytes(); }

 private:
  Copies copies_;
  MemoryIndex memory_{{}, &copies_};
  std::unique_ptr<BrokenIndex> broken_;
};

}  // namespace

std::unique_ptr<IndexHarness> make_memory_index_harness() {
  return std::make_unique<MemoryHarness>();
}

std::unique_ptr<IndexHarness> make_broken_index_harness(std::string rule) {
  return std::make_unique<MemoryHarness>(rule);
}

}  // namespace tg::testing
