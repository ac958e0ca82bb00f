#include "service/document/document_check.hpp"

#include <limits>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/text.hpp"
#include "engine/analysis.hpp"
#include "service/document/document_store.hpp"
#include "service/document/index_rebuild.hpp"
#include "service/document/pipeline.hpp"
#include "service/document/post_check.hpp"

namespace tg::document {
namespace {

using sql::Connection;

constexpr std::size_t kSampled = 200;
constexpr std::size_t kReported = 100;      // the rest are counted
constexpr std::size_t kSampledWords = 300;  // code points of a sample's query

struct Sample {
  std::string document_id;
  std::string access;
  std::string text;
};

// What the database holds, to compare the index and the originals with.
struct Known {
  std::map<std::string, std::int64_t> chunks;  // of completed documents: id -> version
  std::set<std::string> completed_uploads;
  std::set<std::string> uploads;
  std::set<std::string> failed;  // the index holds an older version of them, or none
  std::vector<Sample> samples;
  std::int64_t documents = 0;
  std::int64_t posts = 0;
  std::int64_t unfinished = 0;
  std::vector<std::string> violations;
};

void compare_chunks(const StoredDocument& stored, std::map<std::string, std::string>& rows,
                    Known& known) {
  const std::string id = stored.document.document_id.text();
  for (const ChunkSpan& chunk : stored.document.chunks) {
    const std::string chunk_id = chunk.chunk_id.text();
    const auto found = rows.find(chunk_id);
    if (found == rows.end() || found->second != fmt::format("{}:{}:{}:{}", id, chunk.ordinal,
                                                            chunk.start_char, chunk.end_char)) {
      known.violations.push_back(
          fmt::format("chunk {} of document {} does not match the stored text", chunk.ordinal, id));
    } else {
      rows.erase(found);
    }
    if (stored.state == "completed") known.chunks[chunk_id] = stored.document.version;
  }
}

// Samples every n-th document; n doubles when the sample is full, so that it stays evenly spread.
void sample(const StoredDocument& stored, std::size_t& stride, Known& known) {
  if (stored.state != "completed" || stored.document.chunks.empty() ||
      static_cast<std::size_t>(known.documents) % stride != 0) {
    return;
  }
  const std::string_view text = stored.document.chunks.front().of(stored.document.text);
  if (engine::split_words(text).empty()) return;
  known.samples.push_back({stored.document.document_id.text(), stored.document.access,
                           text::shorten(text, kSampledWords)});
  if (known.samples.size() < kSampled) return;
  for (std::size_t i = 0; i < kSampled / 2; ++i) known.samples[i] = known.samples[i * 2];
  known.samples.resize(kSampled / 2);
  stride *= 2;
}

// Completed documents after this place are still to be applied to the index.
Result<std::int64_t> indexed_to(Connection& connection, const std::string& index_id) {
  TG_TRY(const auto fed, load_fed_index(connection));
  if (!fed || fed->index_id != index_id) return 0;
  return fed->rebuilt_to.value_or(std::numeric_limits<std::int64_t>::max());
}

Result<Known> read_known(Connection& connection, const std::string& index_id) {
  Known known;
  TG_TRY(const std::int64_t last_indexed, indexed_to(connection, index_id));
  std::map<std::string, std::string> rows;
  TG_TRY_VOID(connection.each(
      "SELECT chunk_id, document_id || ':' || ordinal || ':' || start_char || ':' || end_char FROM "
      "chunks JOIN documents ON place = document",
      {}, [&rows](const sql::Row& row) {
        rows[row.text(0)] = row.text(1);
        return true;
      }));
  std::size_t stride = 1;
  TG_TRY_VOID(each_document(connection, [&](StoredDocument stored) {
    if (stored.state == "completed" && stored.place > last_indexed) stored.state = "processing";
    ++known.documents;
    if (stored.state == "failed")
      known.failed.insert(stored.document.document_id.text());
    else if (stored.state != "completed")
      ++known.unfinished;
    if (stored.document.is_post) {
      ++known.posts;
    } else {
      known.uploads.insert(stored.document.document_id.text());
      if (stored.state == "completed")
        known.completed_uploads.insert(stored.document.document_id.text());
    }
    compare_chunks(stored, rows, known);
    sample(stored, stride, known);
    return true;
  }));
  for (const auto& [id, place] : rows)
    known.violations.push_back(fmt::format("chunk {} belongs to no stored text", id));
  return known;
}

Task<Result<void>> compare_index(api::Vectors* vectors, Known* known) {
  std::optional<std::string> after;
  while (true) {
    TG_CO_TRY(const auto page,
              co_await vectors->ids(service_call("document"), {.after = after, .limit = 5000}));
    if (page.ids.empty()) break;
    after = page.ids.back().chunk_id;
    for (const api::IndexId& id : page.ids) {
      const auto found = known->chunks.find(id.chunk_id);
      if (found == known->chunks.end()) {
        if (known->unfinished == 0 && !known->failed.contains(id.document_id))
          known->violations.push_back(
              fmt::format("chunk {} is in the index without a document", id.chunk_id));
        continue;
      }
      if (found->second != id.version)
        known->violations.push_back(fmt::format("chunk {} is in the index with version {}, not {}",
                                                id.chunk_id, id.version, found->second));
      known->chunks.erase(found);
    }
  }
  for (const auto& [id, version] : known->chunks)
    known->violations.push_back(fmt::format("chunk {} is missing from the index", id));
  co_return Result<void>();
}

Task<Result<void>> search_samples(api::Vectors* vectors, Known* known) {
  for (const Sample& wanted : known->samples) {
    api::IndexQuery query;
    query.query = wanted.text;
    query.top_k = 1;
    query.visible = {wanted.access};
    query.filters.document_id = wanted.document_id;
    TG_CO_TRY(const auto found, co_await vectors->find(service_call("document"), query));
    if (found.hits.empty())
      known->violations.push_back(
          fmt::format("document {} is not found by its own words", wanted.document_id));
  }
  co_return Result<void>();
}

Task<Result<void>> compare_originals(store::Blobs* originals, Known* known) {
  std::optional<std::string> after;
  while (true) {
    TG_CO_TRY(const auto page, co_await originals->list(after, 1000));
    if (page.empty()) break;
    after = page.back().id;
    for (const store::BlobInfo& blob : page) {
      known->completed_uploads.erase(blob.id);
      if (!known->uploads.contains(blob.id))
        known->violations.push_back(fmt::format("the original {} belongs to no upload", blob.id));
    }
  }
  for (const std::string& id : known->completed_uploads)
    known->violations.push_back(fmt::format("the original of upload {} is missing", id));
  TG_CO_TRY(const auto damaged, co_await originals->check());
  known->violations.insert(known->violations.end(), damaged.begin(), damaged.end());
  co_return Result<void>();
}

Task<Result<api::FsckReport>> check_once(sql::Database* database, api::Vectors* vectors,
                                         api::Telegram* telegram, store::Blobs* originals) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database->check());
  TG_CO_TRY(const auto statistics, co_await vectors->statistics(service_call("document"), {}));
  TG_CO_TRY(Known known, co_await sql::read<Known>(*database, [&](Connection& c) {
              return read_known(c, statistics.index_id);
            }));
  report.counts["documents"] = known.documents;
  report.counts["posts"] = known.posts;
  report.counts["unfinished"] = known.unfinished;
  report.counts["failed"] = known.failed.size();
  report.counts["chunks"] = known.chunks.size();
  report.counts["searched"] = known.samples.size();
  TG_CO_TRY_VOID(co_await compare_index(vectors, &known));
  TG_CO_TRY_VOID(co_await search_samples(vectors, &known));
  if (originals != nullptr) {
    report.counts["originals"] = known.completed_uploads.size();
    TG_CO_TRY_VOID(co_await compare_originals(originals, &known));
  }
  for (std::string& violation : known.violations) report.violations.push_back(std::move(violation));
  TG_CO_TRY(auto differences, co_await compare_posts(database, telegram));
  for (std::string& difference : differences) report.violations.push_back(std::move(difference));
  co_return report;
}

}  // namespace

Task<Result<api::FsckReport>> check_documents(sql::Database* database, api::Vectors* vectors,
                                              api::Telegram* telegram, store::Blobs* originals) {
  TG_CO_TRY(auto report, co_await check_once(database, vectors, telegram, originals));
  if (report.violations.empty()) co_return report;
  TG_CO_TRY(auto again, co_await check_once(database, vectors, telegram, originals));
  const std::set<std::string> before(report.violations.begin(), report.violations.end());
  std::erase_if(again.violations, [&before](const auto& v) { return !before.contains(v); });
  if (const std::size_t found = again.violations.size(); found > kReported) {
    again.violations.resize(kReported);
    again.violations.push_back(fmt::format("and {} more", found - kReported));
  }
  co_return again;
}

}  // namespace tg::document
