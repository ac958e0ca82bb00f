#include "service/document/module.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::ServiceStorage& storage, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors) {
  TG_TRY(sql::Database* const database, storage.database("document"));
  TG_TRY(parts.originals, storage.blobs("originals"));
  parts.disk.emplace(storage.folder);
  return std::make_unique<DocumentService>(*database, storage.pool, storage.clock, storage.executor,
                                           telegram, vectors, std::move(parts));
}

}  // namespace tg::document
