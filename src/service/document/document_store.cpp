#include "service/document/document_store.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "engine/similarity.hpp"

namespace tg::document {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

// Signatures within the near-duplicate distance usually agree in at least one band. Pairs that
// do not are missed: both appear in results, nothing is lost.
constexpr int kBands = 4;
// Limits the candidates per band: linking a text that was posted often would be quadratic.
constexpr int kCandidates = 16;

std::int64_t band_of(std::uint64_t signature, int band) {
  return static_cast<std::int64_t>(signature >> (band * 16) & 0xFFFF);
}

// The stored state of a document; `place` is 0 if it is new.
struct Kept {
  std::int64_t place = 0;
  std::int64_t version = 0;
  std::optional<std::uint64_t> signature;
  std::string cluster;
  std::string text;
};

Result<Kept> load_kept(Connection& connection, const std::string& id) {
  TG_TRY(const Rows rows,
         connection.run("SELECT place, version, signature, cluster, text FROM documents LEFT JOIN "
                        "texts ON document = place WHERE document_id = $1",
                        {id}));
  if (rows.empty()) return Kept{};
  Kept kept{.place = rows[0].integer(0),
            .version = rows[0].integer(1),
            .signature = {},
            .cluster = rows[0].text(3),
            .text = rows[0].text(4)};
  if (const auto bits = rows[0].optional_integer(2))
    kept.signature = static_cast<std::uint64_t>(*bits);
  return kept;
}

Result<std::string> find_cluster(Connection& connection, const PreparedDocument& document,
                                 std::int64_t own_place) {
  std::string own = document.document_id.text();
  if (!document.signature) return own;
  for (int band = 0; band < kBands; ++band) {
    TG_TRY(const Rows rows,
           connection.run("SELECT signature, document FROM signature_bands WHERE "
                          "band = $1 AND value = $2 AND document <> $3 LIMIT $4",
                          {band, band_of(*document.signature, band), own_place, kCandidates}));
    for (const Row& row : rows) {
      if (engine::distance(static_cast<std::uint64_t>(row.integer(0)), *document.signature) >
          engine::kNearDuplicateDistance) {
        continue;
      }
      TG_TRY(const Rows found,
             connection.run("SELECT cluster FROM documents WHERE place = $1", {row.integer(1)}));
      if (!found.empty()) return found[0].text(0);
    }
  }
  return own;
}

Result<void> remove_bands(Connection& connection, std::int64_t place,
                          std::optional<std::uint64_t> signature) {
  if (!signature) return {};
  for (int band = 0; band < kBands; ++band) {
    TG_TRY_VOID(connection.run(
        "DELETE FROM signature_bands WHERE band = $1 AND value = $2 AND document = $3",
        {band, band_of(*signature, band), place}));
  }
  return {};
}

Result<void> add_bands(Connection& connection, std::int64_t place,
                       std::optional<std::uint64_t> signature) {
  if (!signature) return {};
  for (int band = 0; band < kBands; ++band) {
    TG_TRY_VOID(connection.run(
        "INSERT INTO signature_bands (band, value, document, signature) VALUES ($1, $2, $3, $4)",
        {band, band_of(*signature, band), place, *signature}));
  }
  return {};
}

Result<void> replace_text(Connection& connection, std::int64_t place, const std::string& text) {
  // An initializer list would copy the text, which may be large.
  std::vector<sql::Value> values(2);
  values[0] = place;
  values[1] = text;
  TG_TRY_VOID(
      connection.run("INSERT INTO texts (document, text) VALUES ($1, $2) ON CONFLICT "
                     "(document) DO UPDATE SET text = excluded.text",
                     std::move(values)));
  return {};
}

Result<void> replace_chunks(Connection& connection, std::int64_t place,
                            const std::vector<ChunkSpan>& chunks) {
  TG_TRY_VOID(connection.run("DELETE FROM chunks WHERE document = $1", {place}));
  for (const ChunkSpan& chunk : chunks) {
    TG_TRY_VOID(connection.run(
        "INSERT INTO chunks (document, ordinal, chunk_id, start_char, end_char) VALUES ($1, $2, "
        "$3, $4, $5)",
        {place, chunk.ordinal, chunk.chunk_id.text(), chunk.start_char, chunk.end_char}));
  }
  return {};
}

json::Object object_of(const std::string& text) {
  auto value = json::parse(text);
  return value && value->is_object() ? value->get_object() : json::Object();
}

api::DocumentStatus status_of(const std::string& state) {
  return json::enum_of<api::DocumentStatus>(state).value_or(api::DocumentStatus::processing);
}

constexpr std::string_view kDocumentColumns =
    "document_id, filename, file_type, size_bytes, created_ms, updated_ms, state, chunk_count, "
    "metadata, error";

api::Document read_document(const Row& row) {
  api::Document document;
  document.document_id = row.text(0);
  document.filename = row.text(1);
  document.file_type = json::enum_of<api::FileType>(row.text(2)).value_or(api::FileType::txt);
  document.size_bytes = row.integer(3);
  document.created_at = from_millis(row.integer(4));
  document.updated_at = from_millis(row.integer(5));
  document.status = status_of(row.text(6));
  document.chunk_count = row.integer(7);
  document.metadata = object_of(row.text(8));
  document.error = row.optional_text(9);
  return document;
}

std::vector<Heading> headings_of(const std::string& text) {
  return json::read_text<std::vector<Heading>>(text).value_or(std::vector<Heading>());
}

StoredDocument read_stored(const Row& row) {
  StoredDocument stored;
  PreparedDocument& document = stored.document;
  document.document_id = Uuid::parse(row.text(0)).value_or(Uuid{});
  document.version = row.integer(1);
  document.is_post = row.text(2) == "post";
  document.access = row.text(3);
  document.text = row.text(4);
  document.filename = row.text(7);
  if (auto columns = json::read_text<api::IndexedChunk>(row.text(5)))
    document.columns = *std::move(columns);
  document.chunks = cut_chunks(document.document_id, document.text);
  stored.cluster = row.text(6);
  stored.state = row.text(8);
  document.headings = headings_of(row.text(9));
  stored.place = row.integer(10);
  return stored;
}

constexpr std::string_view kStoredColumns =
    "document_id, version, kind, access, text, columns, cluster, filename, state, headings, "
    "place";
constexpr std::string_view kStoredTables = "documents LEFT JOIN texts ON document = place";

// "($2, $3, ..)" for `count` parameters from number `first` on.
std::string places(std::size_t first, std::size_t count) {
  std::string text = "(";
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{}${}", i == 0 ? "" : ", ", first + i);
  return text + ")";
}

Result<std::vector<std::string>> read_ids(Connection& connection, std::string_view statement) {
  std::vector<std::string> ids;
  TG_TRY_VOID(connection.each(statement, {}, [&ids](const Row& row) {
    ids.push_back(row.text(0));
    return true;
  }));
  return ids;
}

std::vector<sql::Value> values_of(const std::vector<std::string>& keys) {
  return {keys.begin(), keys.end()};
}

}  // namespace

Result<std::optional<std::string>> store_document(Connection& connection,
                                                  const PreparedDocument& document,
                                                  UnixMillis now) {
  const std::string id = document.document_id.text();
  TG_TRY(const Kept kept, load_kept(connection, id));
  if (kept.version > document.version) return std::optional<std::string>();
  const bool same_text = kept.place != 0 && kept.text == document.text;
  std::string cluster = kept.cluster;
  if (!same_text) {
    TG_TRY(cluster, find_cluster(connection, document, kept.place));
  }
  const std::int64_t ms = to_millis(now);
  TG_TRY(
      const Rows rows,
      connection.run(
          "INSERT INTO documents (document_id, kind, version, state, owner, access, filename, "
          "file_type, size_bytes, metadata, columns, signature, cluster, chunk_count, created_ms, "
          "updated_ms, headings) "
          "VALUES ($1, $2, $3, 'processing', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, "
          "$15) "
          "ON CONFLICT (document_id) DO UPDATE SET version = excluded.version, state = "
          "'processing', attempts = CASE WHEN excluded.version > documents.version THEN 0 ELSE "
          "attempts END, access = excluded.access, filename = excluded.filename, "
          "size_bytes = excluded.size_bytes, metadata = excluded.metadata, "
          "columns = excluded.columns, signature = excluded.signature, cluster = excluded.cluster, "
          "chunk_count = excluded.chunk_count, updated_ms = excluded.updated_ms, headings = "
          "excluded.headings RETURNING place",
          {id, document.is_post ? "post" : "upload", document.version, document.owner,
           document.access, document.filename, json::enum_word(document.file_type),
           document.size_bytes, json::to_text(json::Value(document.metadata)),
           json::to_text(json::write(document.columns)), document.signature, cluster,
           static_cast<std::int64_t>(document.chunks.size()), ms,
           json::to_text(json::write(document.headings))}));
  if (!same_text) {
    const std::int64_t place = rows[0].integer(0);
    TG_TRY_VOID(replace_text(connection, place, document.text));
    TG_TRY_VOID(remove_bands(connection, place, kept.signature));
    TG_TRY_VOID(add_bands(connection, place, document.signature));
    TG_TRY_VOID(replace_chunks(connection, place, document.chunks));
  }
  return std::optional(cluster);
}

Result<void> mark_completed(Connection& connection,
                            const std::vector<std::pair<std::string, std::int64_t>>& versions,
                            UnixMillis now) {
  for (const auto& [id, version] : versions) {
    TG_TRY_VOID(
        connection.run("UPDATE documents SET state = 'completed', attempts = 0, error = NULL, "
                       "updated_ms = $3 WHERE "
                       "document_id = $1 AND version = $2 AND state <> 'deleting'",
                       {id, version, to_millis(now)}));
  }
  return {};
}

Result<bool> note_failure(Connection& connection, const PreparedDocument& document,
                          const std::string& reason, std::int64_t attempts, UnixMillis now) {
  const std::string id = document.document_id.text();
  TG_TRY(const Rows rows,
         connection.run(
             "INSERT INTO documents (document_id, kind, version, state, attempts, error, owner, "
             "access, filename, file_type, size_bytes, metadata, columns, cluster, "
             "chunk_count, created_ms, updated_ms) VALUES ($1, $2, $3, CASE WHEN $9 <= 1 THEN "
             "'failed' ELSE 'processing' END, 1, $4, $5, $6, $7, $8, 0, '{}', '{}', $1, 0, "
             "$10, $10) ON CONFLICT (document_id) DO UPDATE SET attempts = attempts + 1, error = "
             "excluded.error, updated_ms = excluded.updated_ms, state = CASE WHEN attempts + 1 >= "
             "$9 THEN 'failed' ELSE 'processing' END WHERE state <> 'deleting' RETURNING state",
             {id, document.is_post ? "post" : "upload", document.version, reason, document.owner,
              document.access, document.filename, json::enum_word(document.file_type), attempts,
              to_millis(now)}));
  return rows.empty() || rows[0].text(0) == "failed";
}

Result<void> mark_deleting(Connection& connection, const std::string& document_id) {
  TG_TRY_VOID(connection.run("UPDATE documents SET state = 'deleting' WHERE document_id = $1",
                             {document_id}));
  return {};
}

Result<bool> is_deleting(Connection& connection, const std::string& document_id) {
  TG_TRY(const Rows rows,
         connection.run("SELECT 1 FROM documents WHERE document_id = $1 AND state = 'deleting'",
                        {document_id}));
  return !rows.empty();
}

Result<void> delete_document(Connection& connection, const std::string& document_id) {
  TG_TRY(const Kept kept, load_kept(connection, document_id));
  TG_TRY_VOID(remove_bands(connection, kept.place, kept.signature));
  TG_TRY_VOID(connection.run("DELETE FROM documents WHERE document_id = $1", {document_id}));
  return {};
}

Result<void> delete_by_access(Connection& connection, const std::string& access) {
  TG_TRY_VOID(connection.run(
      "DELETE FROM signature_bands WHERE document IN (SELECT place FROM documents WHERE access = "
      "$1)",
      {access}));
  TG_TRY_VOID(connection.run("DELETE FROM documents WHERE access = $1", {access}));
  return {};
}

Result<api::Listed<api::Document>> list_documents(Connection& connection,
                                                  const std::vector<std::string>& keys,
                                                  const api::DocumentsQuery& query) {
  std::string where = fmt::format("kind = 'upload' AND state <> 'deleting' AND access IN {}",
                                  places(1, keys.size()));
  std::vector<sql::Value> parameters = values_of(keys);
  if (query.status) {
    parameters.emplace_back(json::enum_word(*query.status));
    where += fmt::format(" AND state = ${}", parameters.size());
  }
  api::Listed<api::Document> list;
  TG_TRY(const Rows total,
         connection.run(fmt::format("SELECT count(*) FROM documents WHERE {}", where), parameters));
  list.total = total[0].integer(0);
  parameters.emplace_back(query.limit);
  parameters.emplace_back(query.skip);
  TG_TRY(
      const Rows rows,
      connection.run(fmt::format("SELECT {} FROM documents WHERE {} ORDER BY created_ms DESC, "
                                 "document_id LIMIT ${} OFFSET ${}",
                                 kDocumentColumns, where, parameters.size() - 1, parameters.size()),
                     parameters));
  for (const Row& row : rows) list.items.push_back(read_document(row));
  return list;
}

Result<api::Document> load_document(Connection& connection, const std::vector<std::string>& keys,
                                    const std::string& id) {
  std::vector<sql::Value> parameters{id};
  for (const std::string& key : keys) parameters.emplace_back(key);
  TG_TRY(const Rows rows, connection.run(fmt::format("SELECT {} FROM documents WHERE document_id = "
                                                     "$1 AND state <> 'deleting' AND access IN {}",
                                                     kDocumentColumns, places(2, keys.size())),
                                         parameters));
  if (rows.empty()) return not_found("document");
  return read_document(rows[0]);
}

Result<std::string> load_deletable(Connection& connection, const std::vector<std::string>& keys,
                                   const std::string& id) {
  std::vector<sql::Value> parameters = values_of(keys);
  parameters.emplace_back(id);
  TG_TRY(const Rows rows,
         connection.run(fmt::format("SELECT filename FROM documents WHERE access IN {} AND "
                                    "document_id = ${}",
                                    places(1, keys.size()), keys.size() + 1),
                        std::move(parameters)));
  if (rows.empty()) return not_found("document");
  return rows[0].text(0);
}

Result<std::vector<api::ChunkView>> load_chunks(Connection& connection, const std::string& id) {
  TG_TRY(const Rows texts, connection.run("SELECT text, place, headings FROM documents LEFT JOIN "
                                          "texts ON document = place WHERE document_id = $1",
                                          {id}));
  if (texts.empty()) return not_found("document");
  const std::vector<Heading> headings = headings_of(texts[0].text(2));
  TG_TRY(const Rows rows, connection.run("SELECT chunk_id, ordinal, start_char, end_char FROM "
                                         "chunks WHERE document = $1 ORDER BY ordinal",
                                         {texts[0].integer(1)}));
  HeadingWalk walk(headings);
  std::vector<api::ChunkView> chunks;
  for (const Row& row : rows) {
    api::ChunkView& chunk = chunks.emplace_back();
    chunk.chunk_id = row.text(0);
    chunk.document_id = id;
    chunk.chunk_index = row.integer(1);
    chunk.start_char = row.integer(2);
    chunk.end_char = row.integer(3);
    chunk.text =
        std::string(text::substr(texts[0].text(0), static_cast<std::size_t>(chunk.start_char),
                                 static_cast<std::size_t>(chunk.end_char - chunk.start_char)));
    const auto path = walk.path_at(chunk.start_char);
    if (!path.empty()) chunk.metadata["headings"] = json::write(path);
  }
  return chunks;
}

// Completed documents that a rebuild of the index still has to apply.
Result<std::int64_t> count_to_rebuild(Connection& connection) {
  TG_TRY(const Rows rows,
         connection.run("SELECT count(*) FROM documents, fed_index WHERE place > rebuilt_to AND "
                        "state = 'completed'"));
  return rows[0].integer(0);
}

Result<api::PipelineStatistics> load_statistics(Connection& connection) {
  api::PipelineStatistics statistics;
  TG_TRY(const Rows rows, connection.run("SELECT state, count(*), sum(chunk_count), sum(cluster <> "
                                         "document_id) FROM documents GROUP BY state"));
  for (const Row& row : rows) {
    switch (status_of(row.text(0))) {
      case api::DocumentStatus::pending:
        statistics.pending = row.integer(1);
        break;
      case api::DocumentStatus::processing:
        statistics.processing += row.integer(1);
        break;
      case api::DocumentStatus::completed:
        statistics.completed = row.integer(1);
        break;
      case api::DocumentStatus::failed:
        statistics.failed = row.integer(1);
        break;
    }
    statistics.chunks += row.integer(2);
    statistics.duplicates += row.integer(3);
  }
  TG_TRY(const std::int64_t to_rebuild, count_to_rebuild(connection));
  statistics.pending += to_rebuild;
  statistics.completed -= to_rebuild;
  return statistics;
}

Result<std::set<std::string>> upload_ids(Connection& connection) {
  std::set<std::string> ids;
  TG_TRY_VOID(connection.each("SELECT document_id FROM documents WHERE kind = 'upload'", {},
                              [&ids](const Row& row) {
                                ids.insert(row.text(0));
                                return true;
                              }));
  return ids;
}

Result<std::vector<std::string>> unfinished_uploads(Connection& connection) {
  return read_ids(connection,
                  "SELECT document_id FROM documents WHERE kind = 'upload' AND state IN "
                  "('pending', 'processing', 'deleting')");
}

Result<std::vector<std::string>> failed_documents(Connection& connection) {
  return read_ids(connection,
                  "SELECT document_id FROM documents WHERE state = 'failed' AND EXISTS (SELECT 1 "
                  "FROM texts WHERE document = place)");
}

Result<std::optional<StoredDocument>> load_stored(Connection& connection,
                                                  const std::string& document_id) {
  TG_TRY(const Rows rows, connection.run(fmt::format("SELECT {} FROM {} WHERE document_id = $1",
                                                     kStoredColumns, kStoredTables),
                                         {document_id}));
  if (rows.empty()) return std::optional<StoredDocument>();
  return std::optional(read_stored(rows[0]));
}

Result<void> each_document(Connection& connection,
                           const std::function<bool(const StoredDocument&)>& on_document) {
  return connection.each(
      fmt::format("SELECT {} FROM {} ORDER BY document_id", kStoredColumns, kStoredTables), {},
      [&on_document](const Row& row) { return on_document(read_stored(row)); });
}

Result<void> each_completed_document(Connection& connection, std::int64_t place,
                                     const std::function<bool(StoredDocument)>& on_document) {
  return connection.each(fmt::format("SELECT {} FROM {} WHERE place > $1 AND state = 'completed' "
                                     "ORDER BY place",
                                     kStoredColumns, kStoredTables),
                         {place},
                         [&on_document](const Row& row) { return on_document(read_stored(row)); });
}

}  // namespace tg::document
