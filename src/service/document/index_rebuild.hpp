// The progress of rebuilding a lost index, as functions over a connection. The database is the
// source of truth: when the vector service reports an index that this service has not fed, all
// completed documents are applied to it again in bounded batches. The position is stored, so a
// restart resumes the rebuild.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "service/document/document_store.hpp"
#include "store/sql.hpp"

namespace tg::document {

struct FedIndex {
  std::string index_id;  // VectorStatistics::index_id
  // StoredDocument::place of the last document applied by a rebuild; nullopt when none is running.
  std::optional<std::int64_t> rebuilt_to;
};

// nullopt if no index has been fed yet.
Result<std::optional<FedIndex>> load_fed_index(sql::Connection& connection);
Result<void> store_fed_index(sql::Connection& connection, const FedIndex& fed);

// The next completed documents after `place`: at most 512 documents or about 4 MB of text.
Result<std::vector<StoredDocument>> documents_to_rebuild(sql::Connection& connection,
                                                         std::int64_t place);

}  // namespace tg::document
