// SQL for documents, chunks and near-duplicate groups, as functions over a connection. Each is used
// within a read or write function of the database (see store/sql.hpp).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/endpoint.hpp"
#include "service/document/prepared_document.hpp"
#include "store/sql.hpp"

namespace tg::document {

// Stores the document in state `processing`, links it to its near-duplicates and returns the id of
// its group (the document id of the first member). nullopt if a newer version is stored.
Result<std::optional<std::string>> store_document(sql::Connection& connection,
                                                  const PreparedDocument& document, UnixMillis now);
Result<void> mark_completed(sql::Connection& connection,
                            const std::vector<std::pair<std::string, std::int64_t>>& versions,
                            UnixMillis now);
// Records a failed attempt and its reason. After `attempts` of them the document is in state
// `failed`, and the result is true. Inserts the row if there is none: storing may have failed.
Result<bool> note_failure(sql::Connection& connection, const PreparedDocument& document,
                          const std::string& reason, std::int64_t attempts, UnixMillis now);
// A document in state `deleting` is invisible; its row is deleted when the index has dropped it.
Result<void> mark_deleting(sql::Connection& connection, const std::string& document_id);
Result<bool> is_deleting(sql::Connection& connection, const std::string& document_id);
Result<void> delete_document(sql::Connection& connection, const std::string& document_id);
Result<void> delete_by_access(sql::Connection& connection, const std::string& access);

// Uploads that a caller with these access keys may see, newest first.
Result<api::Listed<api::Document>> list_documents(sql::Connection& connection,
                                                  const std::vector<std::string>& keys,
                                                  const api::DocumentsQuery& query);
Result<api::Document> load_document(sql::Connection& connection,
                                    const std::vector<std::string>& keys, const std::string& id);
// The file name of a document that the caller may delete, including one in state `deleting`.
Result<std::string> load_deletable(sql::Connection& connection,
                                   const std::vector<std::string>& keys, const std::string& id);
Result<std::vector<api::ChunkView>> load_chunks(sql::Connection& connection, const std::string& id);
Result<api::PipelineStatistics> load_statistics(sql::Connection& connection);

// A document as it was stored, to be indexed again.
struct StoredDocument {
  PreparedDocument document;
  std::int64_t place = 0;  // orders documents by when they were first stored
  std::string cluster;
  std::string state;
};
Result<std::set<std::string>> upload_ids(sql::Connection& connection);
// Ids of uploads that are neither completed nor failed, including those being deleted.
Result<std::vector<std::string>> unfinished_uploads(sql::Connection& connection);
// Ids of failed documents whose text is stored.
Result<std::vector<std::string>> failed_documents(sql::Connection& connection);
Result<std::optional<StoredDocument>> load_stored(sql::Connection& connection,
                                                  const std::string& document_id);
// The callback returns false to stop.
Result<void> each_document(sql::Connection& connection,
                           const std::function<bool(const StoredDocument&)>& on_document);
// Completed documents after `place`, in its order.
Result<void> each_completed_document(sql::Connection& connection, std::int64_t place,
                                     const std::function<bool(StoredDocument)>& on_document);

}  // namespace tg::document
