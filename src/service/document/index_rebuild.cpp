#include "service/document/index_rebuild.hpp"

namespace tg::document {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

constexpr std::size_t kBatch = 512;
constexpr std::size_t kBatchBytes = 4 << 20;

}  // namespace

Result<std::optional<FedIndex>> load_fed_index(Connection& connection) {
  TG_TRY(const Rows rows, connection.run("SELECT index_id, rebuilt_to FROM fed_index"));
  if (rows.empty()) return std::optional<FedIndex>();
  return std::optional(FedIndex{rows[0].text(0), rows[0].optional_integer(1)});
}

Result<void> store_fed_index(Connection& connection, const FedIndex& fed) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO fed_index (only_row, index_id, rebuilt_to) VALUES (1, $1, $2) ON CONFLICT "
      "(only_row) DO UPDATE SET index_id = excluded.index_id, rebuilt_to = excluded.rebuilt_to",
      {fed.index_id, fed.rebuilt_to}));
  return {};
}

Result<std::vector<StoredDocument>> documents_to_rebuild(Connection& connection,
                                                         std::int64_t place) {
  std::vector<StoredDocument> documents;
  std::size_t bytes = 0;
  TG_TRY_VOID(each_completed_document(connection, place, [&](StoredDocument stored) {
    bytes += stored.document.text.size();
    documents.push_back(std::move(stored));
    return documents.size() < kBatch && bytes < kBatchBytes;
  }));
  return documents;
}

}  // namespace tg::document
