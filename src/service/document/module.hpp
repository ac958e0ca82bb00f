// Opens the document service with its storage: a database and the originals of uploads. Called once
// at start-up.
#pragma once

#include "service/document/document_service.hpp"
#include "store/service_storage.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::ServiceStorage& storage, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors);

}  // namespace tg::document
