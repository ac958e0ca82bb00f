// Which index this service has fed, and how far a new one has been given everything again: plain
// functions over a connection. The database holds the truth; an index that was lost is rebuilt from
// it in the order of the rows, a bounded batch at a time, and a restart goes on where it stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "service/document/document_store.hpp"
#include "store/sql.hpp"

namespace tg::document {

struct FedIndex {
  std::string index_id;  // VectorStatistics::index_id
  // While it is being rebuilt: `place` of the last document that was applied again.
  std::optional<std::int64_t> rebuilt_to;
};

// nullopt: no index has been fed yet.
Result<std::optional<FedIndex>> load_fed_index(sql::Connection& connection);
Result<void> store_fed_index(sql::Connection& connection, const FedIndex& fed);

// The next completed documents after `place`, in its order: at most 512, and about 4 MB of text.
Result<std::vector<StoredDocument>> documents_to_rebuild(sql::Connection& connection,
                                                         std::int64_t place);

}  // namespace tg::document
