#include "tests/support/index_conformance.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <sstream>

namespace tg::testing {
namespace {

using index::Batch;
using index::Chunk;
using index::ChunkVector;
using index::DocumentUpdate;
using index::Filter;
using index::Hit;
using index::Query;
using index::StoredId;
using index::VectorHit;
using index::VectorQuery;
using store::SearchIndex;

constexpr const char* kFound = "what is applied is found by its words";
constexpr const char* kWhole = "a chunk comes back with everything that it carried";
constexpr const char* kFilters = "filters apply before the top k";
constexpr const char* kInvisible = "what is not visible does not exist";
constexpr const char* kOlder = "an older version changes nothing";
constexpr const char* kNewer = "a newer version replaces all of the older one";
constexpr const char* kEmpty = "a document without chunks goes";
constexpr const char* kDrops = "dropping an access key drops its documents";
constexpr const char* kPages = "ids come in pages, in order, each once";
constexpr const char* kScores = "scores lie between 0 and 1, best first";
constexpr const char* kNearest = "the nearest vectors that pass the filter are found";
constexpr const char* kForeign = "vectors of unknown or foreign chunks are refused whole";
constexpr const char* kDimension = "another dimension or model is refused by name";
constexpr const char* kGoesAlong = "a vector goes with its chunk";
constexpr const char* kRemoves = "a vector is removed by those who see its chunk";

const std::string kShared = "space:default";
const std::string kMine = "user:ann";

Uuid document_id(int number) {
  return Uuid::from_name(kDocumentNamespace, std::to_string(number));
}
Uuid chunk_id(int number, int ordinal = 0) {
  return Uuid::from_name(document_id(number), std::to_string(ordinal));
}

Chunk chunk_of(int number, const std::string& text, const std::string& access, int ordinal = 0) {
  Chunk chunk;
  chunk.document_id = chunk.cluster = document_id(number);
  chunk.chunk_id = chunk_id(number, ordinal);
  chunk.ordinal = ordinal;
  chunk.text = text;
  chunk.access = access;
  chunk.source = number % 2 == 0 ? "telegram" : "document";
  chunk.channel_id = number % 3 + 1;
  chunk.message_id = number;
  chunk.date_ms = number * 1000;
  chunk.payload = "{}";
  return chunk;
}

DocumentUpdate update_of(int number, const std::string& text, std::int64_t version = 1,
                         const std::string& access = kShared) {
  return {document_id(number), version, {chunk_of(number, text, access)}};
}

void apply(IndexHarness& harness, std::vector<DocumentUpdate> documents, Findings& findings,
           std::vector<std::string> drop = {}) {
  findings.done(run_blocking(harness.index().apply(
                    {.documents = std::move(documents), .drop_access = std::move(drop)})),
                "apply");
}

std::vector<Hit> search(IndexHarness& harness, Query query, Findings& findings) {
  if (query.filter.visible.empty()) query.filter.visible = {kShared};
  query.repair = false;
  return findings.value(run_blocking(harness.index().search(std::move(query))), "search").hits;
}

std::set<std::int64_t> found(IndexHarness& harness, const std::string& text, Findings& findings) {
  std::set<std::int64_t> messages;
  for (const Hit& hit : search(harness, {.text = text, .top_k = 100}, findings))
    messages.insert(hit.chunk.message_id);
  return messages;
}

using Numbers = std::set<std::int64_t>;

void finds(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "amber lantern"), update_of(2, "copper lantern")}, findings);
  apply(harness, {update_of(3, "янтарный маяк")}, findings);
  findings.expect(found(harness, "lantern", findings) == Numbers{1, 2}, "lantern: not 1 and 2");
  findings.expect(found(harness, "amber", findings) == Numbers{1}, "amber: not 1");
  findings.expect(found(harness, "маяк", findings) == Numbers{3}, "маяк: not 3");
  findings.expect(found(harness, "absent", findings).empty(), "absent: something");
}

void whole(IndexHarness& harness, Findings& findings) {
  Chunk chunk = chunk_of(4, "amber lantern 👩‍🔬", kShared);
  chunk.start_char = 17;
  chunk.title = "A title";
  chunk.media_type = "photo";
  chunk.document_type = "html";
  chunk.lang = "en";
  chunk.reply_to = 3;
  chunk.views = 12;
  chunk.forwards = 2;
  chunk.payload = R"({"k":"v"})";
  apply(harness, {{chunk.document_id, 1, {chunk}}}, findings);
  const auto chunks =
      findings.value(run_blocking(harness.index().chunks_of({chunk.document_id}, {kShared})), "of");
  if (chunks.size() != 1) return findings.expect(false, "not one chunk");
  const Chunk& got = chunks[0];
  findings.expect(got.chunk_id == chunk.chunk_id && got.text == chunk.text &&
                      got.title == chunk.title && got.payload == chunk.payload,
                  "id, text, title or payload");
  findings.expect(got.start_char == 17 && got.views == 12 && got.forwards == 2 &&
                      got.reply_to == 3 && got.date_ms == 4000 && got.lang == "en" &&
                      got.media_type == "photo" && got.document_type == "html" &&
                      got.cluster == chunk.cluster && got.access == kShared,
                  "a column");
  const auto post = findings.value(
      run_blocking(harness.index().chunks_of_post(chunk.channel_id, 4, {kShared})), "of post");
  findings.expect(post.size() == 1 && post[0].chunk_id == chunk.chunk_id, "the post's chunk");
}

void filters(IndexHarness& harness, Findings& findings) {
  std::vector<DocumentUpdate> documents;
  for (int i = 0; i < 60; ++i) documents.push_back(update_of(i, "same words here"));
  apply(harness, documents, findings);
  const auto count = [&](Filter filter) {
    filter.visible = {kShared};
    return search(harness, {.text = "words", .top_k = 5, .filter = filter}, findings).size();
  };
  findings.expect(count({.source = "telegram"}) == 5, "source");
  findings.expect(count({.channel_ids = {2}}) == 5, "channel");
  findings.expect(count({.date_from_ms = 57'000}) == 3, "date from");
  findings.expect(count({.date_until_ms = 2'000}) == 2, "date until");
  findings.expect(count({.document_id = document_id(50)}) == 1, "document");
  findings.expect(count({.lang = "xx"}) == 0, "language");
}

void invisible(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "amber lantern", 1, kMine), update_of(2, "copper lantern")},
        findings);
  findings.expect(found(harness, "lantern", findings) == Numbers{2}, "search shows it");
  const auto of = run_blocking(harness.index().chunks_of({document_id(1)}, {kShared}));
  findings.expect(of && of->empty(), "chunks_of shows it");
  const auto post = run_blocking(harness.index().chunks_of_post(2, 1, {kShared}));
  findings.expect(post && post->empty(), "chunks_of_post shows it");
}

void older(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "newer words", 5)}, findings);
  apply(harness, {update_of(1, "older words", 4)}, findings);
  findings.expect(found(harness, "newer", findings) == Numbers{1}, "the newer one is gone");
  findings.expect(found(harness, "older", findings).empty(), "the older one is there");
}

void newer(IndexHarness& harness, Findings& findings) {
  DocumentUpdate first = update_of(1, "first half", 1);
  first.chunks.push_back(chunk_of(1, "second half", kShared, 1));
  apply(harness, {first}, findings);
  apply(harness, {update_of(1, "replaced", 2)}, findings);
  findings.expect(found(harness, "half", findings).empty(), "an old chunk is there");
  findings.expect(found(harness, "replaced", findings) == Numbers{1}, "the new chunk is not");
  findings.expect(harness.index().statistics().chunks == 1, "not one chunk is counted");
}

void empty(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "amber"), update_of(2, "amber")}, findings);
  apply(harness, {{document_id(1), 2, {}}}, findings);
  findings.expect(found(harness, "amber", findings) == Numbers{2}, "not just the other is left");
}

void drops(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "amber", 1, kMine), update_of(2, "amber")}, findings);
  apply(harness, {}, findings, {kShared});
  const auto left = findings.value(run_blocking(harness.index().ids({}, 10)), "ids");
  findings.expect(left.size() == 1 && left[0].document_id == document_id(1), "not just the other");
}

void pages(IndexHarness& harness, Findings& findings) {
  std::vector<DocumentUpdate> documents;
  for (int i = 0; i < 25; ++i) documents.push_back(update_of(i, "words", i + 1));
  apply(harness, documents, findings);
  std::optional<Uuid> after;
  std::vector<Uuid> seen;
  for (int page = 0; page < 20; ++page) {
    const auto ids = findings.value(run_blocking(harness.index().ids(after, 10)), "ids");
    findings.expect(ids.size() <= 10, "a page is too long");
    if (ids.empty()) break;
    for (const StoredId& id : ids) seen.push_back(id.chunk_id);
    after = seen.back();
  }
  findings.expect(seen.size() == 25 && std::ranges::is_sorted(seen), "not all, or in no order");
}

void scores(IndexHarness& harness, Findings& findings) {
  apply(harness,
        {update_of(1, "amber amber amber"), update_of(2, "amber with many other words around it"),
         update_of(3, "nothing of the kind")},
        findings);
  double last = std::numeric_limits<double>::max();
  for (const Hit& hit : search(harness, {.text = "amber", .top_k = 10}, findings)) {
    findings.expect(hit.score >= 0 && hit.score <= 1, "a score lies outside");
    findings.expect(hit.rank_score <= last, "the order is another one");
    last = hit.rank_score;
  }
}

void add_vectors(IndexHarness& harness, Findings& findings) {
  apply(harness,
        {update_of(1, "one", 1, kMine), update_of(3, "three"), update_of(5, "five"),
         update_of(7, "seven")},
        findings);
  std::vector<ChunkVector> vectors;
  for (const int i : {1, 3, 5, 7})
    vectors.push_back({chunk_id(i), "m", {static_cast<float>(i), 10 - static_cast<float>(i)}});
  findings.done(run_blocking(harness.index().add_vectors(vectors, {kShared, kMine})), "add");
}

std::vector<std::int64_t> nearest(IndexHarness& harness, VectorQuery query, Findings& findings) {
  if (query.filter.visible.empty()) query.filter.visible = {kShared};
  std::vector<std::int64_t> messages;
  for (const VectorHit& hit :
       findings.value(run_blocking(harness.index().search_vectors(std::move(query))), "nearest"))
    messages.push_back(hit.chunk.message_id);
  return messages;
}

using Order = std::vector<std::int64_t>;

void near_vectors(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  findings.expect(nearest(harness, {.values = {0, 1}}, findings) == Order{3, 5, 7}, "all three");
  findings.expect(nearest(harness, {.values = {1, 0}, .top_k = 1}, findings) == Order{7}, "one");
  findings.expect(
      nearest(
          harness,
          {.values = {0, 1}, .top_k = 1, .filter = {.visible = {kShared}, .date_from_ms = 5000}},
          findings) == Order{5},
      "the filter is not applied before the top k");
}

void foreign(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  apply(harness, {update_of(9, "nine")}, findings);
  const auto refused = [&](const Uuid& other) {
    const auto done = run_blocking(
        harness.index().add_vectors({{chunk_id(9), "m", {1, 1}}, {other, "m", {1, 1}}}, {kShared}));
    return !done && done.error().code == Code::not_found;
  };
  findings.expect(refused(Uuid::random()), "an unknown chunk is taken");
  findings.expect(refused(chunk_id(1)), "a foreign chunk is taken");
  findings.expect(nearest(harness, {.values = {0, 1}}, findings) == Order{3, 5, 7},
                  "the other one of the batch was stored");
}

void dimension(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  const auto field = [&](ChunkVector vector) {
    const auto done = run_blocking(harness.index().add_vectors({std::move(vector)}, {kShared}));
    return done ? std::string("none") : done.error().field;
  };
  findings.expect(field({chunk_id(3), "m", {1, 2, 3}}) == "vectors[0].embedding", "dimension");
  findings.expect(field({chunk_id(3), "other", {1, 2}}) == "vectors[0].model_name", "model");
  const auto search = run_blocking(
      harness.index().search_vectors({.values = {1, 2, 3}, .filter = {.visible = {kShared}}}));
  findings.expect(!search && search.error().field == "query_embedding", "of the query");
}

void goes_along(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  apply(harness, {{document_id(3), 2, {}}}, findings);
  apply(harness, {{document_id(5), 2, {chunk_of(5, "other", kShared, 1)}}}, findings);
  apply(harness, {update_of(7, "seven, with other columns", 2)}, findings);
  findings.expect(nearest(harness, {.values = {0, 1}}, findings) == Order{7},
                  "not just that of the chunk that stayed");
  std::int64_t count = 0;
  for (const index::Collection& collection : harness.index().collections())
    count += collection.vectors;
  findings.expect(count == 2, "a vector without a chunk is kept");
}

void removes(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  const auto remove = [&](int number) {
    return findings.value(run_blocking(harness.index().remove_vector(chunk_id(number), {kShared})),
                          "remove");
  };
  findings.expect(!remove(1), "a foreign one was removed");
  findings.expect(remove(3), "one's own was not");
  findings.expect(!remove(3), "it was removed twice");
  findings.expect(nearest(harness, {.values = {0, 1}}, findings) == Order{5, 7}, "it is there");
}

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

// For tests on one thread: every call looks at everything.
class MemoryIndex : public SearchIndex {
 public:
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

  Task<Result<std::vector<Chunk>>> chunks_of(std::vector<Uuid> documents,
                                             std::vector<std::string> visible) override {
    co_return select([&](const Chunk& chunk) {
      return std::ranges::find(documents, chunk.document_id) != documents.end() &&
             passes(chunk, {.visible = visible});
    });
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
  Task<Result<void>> copy_to(std::string) override { co_return internal("there is no disk"); }
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

  std::map<Uuid, DocumentUpdate> documents_;
  std::map<Uuid, ChunkVector> vectors_;
  std::int64_t version_ = 0;
};

class BrokenIndex final : public SearchIndex {
 public:
  explicit BrokenIndex(std::string rule) : rule_(std::move(rule)) {}

  store::IndexCapabilities capabilities() const override { return good_.capabilities(); }
  Task<Result<void>> apply(Batch batch) override {
    if (breaks(kDrops)) batch.drop_access.clear();
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
  Task<Result<std::vector<Chunk>>> chunks_of(std::vector<Uuid> documents,
                                             std::vector<std::string> visible) override {
    return good_.chunks_of(std::move(documents), std::move(visible));
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
  Task<Result<std::vector<std::string>>> check() override { return good_.check(); }
  Task<Result<void>> erase() override { return good_.erase(); }
  Task<Result<void>> copy_to(std::string folder) override { return good_.copy_to(folder); }
  index::Statistics statistics() const override { return good_.statistics(); }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  MemoryIndex good_;
  const std::string rule_;
};

}  // namespace

std::vector<Rule<IndexHarness>> index_rules() {
  return {{kFound, finds},         {kWhole, whole},          {kFilters, filters},
          {kInvisible, invisible}, {kOlder, older},          {kNewer, newer},
          {kEmpty, empty},         {kDrops, drops},          {kPages, pages},
          {kScores, scores},       {kNearest, near_vectors}, {kForeign, foreign},
          {kDimension, dimension}, {kGoesAlong, goes_along}, {kRemoves, removes}};
}

std::unique_ptr<SearchIndex> make_memory_index() {
  return std::make_unique<MemoryIndex>();
}

std::unique_ptr<SearchIndex> make_broken_index(std::string rule) {
  return std::make_unique<BrokenIndex>(std::move(rule));
}

}  // namespace tg::testing
