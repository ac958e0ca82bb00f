#include "tests/support/index_conformance.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>

#include "tests/support/index_rules.hpp"

namespace tg::testing {
namespace {

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
  const auto chunks = findings.value(
      run_blocking(harness.index().chunks_of({{chunk.document_id}}, {kShared})), "of");
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
  const auto of = run_blocking(harness.index().chunks_of({{document_id(1)}}, {kShared}));
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

void counts(IndexHarness& harness, Findings& findings) {
  apply(harness, {update_of(1, "amber"), update_of(3, "amber")}, findings);
  findings.done(run_blocking(harness.index().apply(
                    {.counts = {{document_id(1), 70, 7}, {document_id(9), 90, 9}}})),
                "counts");
  const auto popular = [&] {
    return search(harness, {.text = "amber", .filter = {.visible = {kShared}, .min_views = 50}},
                  findings);
  };
  const auto hits = popular();
  findings.expect(hits.size() == 1 && hits[0].chunk.views == 70 && hits[0].chunk.forwards == 7,
                  "not the first with its new counts");
  const auto chunks = findings.value(
      run_blocking(harness.index().chunks_of({{document_id(1)}}, {kShared})), "chunks");
  findings.expect(chunks.size() == 1 && chunks[0].views == 70, "not in its chunks");
  for (int i = 10; i < 40; ++i) apply(harness, {update_of(i, "other")}, findings);
  findings.expect(popular().size() == 1, "lost with later changes");
  apply(harness, {update_of(1, "amber", 2)}, findings);
  findings.expect(popular().empty(), "kept though the document was replaced");
}

void ranges(IndexHarness& harness, Findings& findings) {
  for (const int number : {1, 2}) {
    DocumentUpdate update{document_id(number), 1, {}};
    for (int i = 0; i < 10; ++i)
      update.chunks.push_back(chunk_of(number, "words", number == 1 ? kShared : kMine, i));
    apply(harness, {update}, findings);
  }
  const Uuid one = document_id(1);
  const auto chunks = findings.value(
      run_blocking(harness.index().chunks_of(
          {{one, 4, 6}, {one, -1, 1}, {one, 5, 7}, {one, 20, 30}, {document_id(2), 0, 1}},
          {kShared})),
      "of ranges");
  std::vector<std::int32_t> ordinals;
  for (const Chunk& chunk : chunks) ordinals.push_back(chunk.ordinal);
  findings.expect(ordinals == std::vector<std::int32_t>{0, 1, 4, 5, 6, 7}, "not 0, 1, 4 to 7");
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

void copies(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  const auto copy = harness.copy();
  apply(harness, {{document_id(3), 2, {}}}, findings);
  if (!copy) return findings.expect(false, "no copy: " + copy.error().detail);
  const auto hits = findings.value(
      run_blocking((*copy)->search({.text = "three", .filter = {.visible = {kShared}}})), "search");
  findings.expect(hits.hits.size() == 1, "its words are not in the copy");
  const auto near =
      findings.value(run_blocking((*copy)->search_vectors(
                         {.values = {0, 1}, .top_k = 1, .filter = {.visible = {kShared}}})),
                     "search_vectors");
  findings.expect(near.size() == 1 && near[0].chunk.message_id == 3, "nor its vector");
  findings.expect(findings.value(run_blocking((*copy)->check()), "check").empty(),
                  "the copy is not sound");
}

// Sets a vector whose bytes are the returned text.
std::string secret_vector(std::vector<float>& values) {
  const std::string secret = "hidden-vector-04";
  values.resize(secret.size() / sizeof(float));
  std::memcpy(values.data(), secret.data(), secret.size());
  return secret;
}

// Many small changes before the deletion, so that an index merges segments.
void erases(IndexHarness& harness, Findings& findings) {
  const std::string word = "plantedmarker0451";
  std::vector<float> values;
  const std::string vector = secret_vector(values);
  apply(harness, {update_of(1, word)}, findings);
  findings.done(run_blocking(harness.index().add_vectors({{chunk_id(1), "m", values}}, {kShared})),
                "add_vectors");
  const std::string kept = harness.bytes();
  findings.expect(kept.contains(word) && kept.contains(vector),
                  "the harness does not show what is kept");
  for (int i = 2; i < 14; ++i) {
    apply(harness, {update_of(i, fmt::format("word{}", i))}, findings);
    findings.done(run_blocking(harness.index().add_vectors(
                      {{chunk_id(i), "m", {1, 2, 3, static_cast<float>(i)}}}, {kShared})),
                  "add_vectors");
  }
  apply(harness, {{document_id(1), 2, {}}}, findings);
  findings.done(run_blocking(harness.index().erase()), "erase");
  findings.expect(!harness.bytes().contains(word), "the text is still there");
  findings.expect(!harness.bytes().contains(vector), "the vector is still there");
}

void sound(IndexHarness& harness, Findings& findings) {
  add_vectors(harness, findings);
  for (const std::string& problem : findings.value(run_blocking(harness.index().check()), "check"))
    findings.expect(false, "a false alarm: " + problem);
}

}  // namespace

std::vector<Rule<IndexHarness>> index_rules() {
  return {{kFound, finds},          {kWhole, whole},     {kFilters, filters},
          {kInvisible, invisible},  {kOlder, older},     {kNewer, newer},
          {kEmpty, empty},          {kDrops, drops},     {kCounts, counts},
          {kRanges, ranges},        {kPages, pages},     {kScores, scores},
          {kNearest, near_vectors}, {kForeign, foreign}, {kDimension, dimension},
          {kGoesAlong, goes_along}, {kRemoves, removes}, {kCopies, copies},
          {kErases, erases},        {kSound, sound}};
}

}  // namespace tg::testing
