// The document service as a part of a process: a database, and the originals of uploads.
#pragma once

#include "service/document/document_service.hpp"
#include "store/service_storage.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::ServiceStorage& storage, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors);

}  // namespace tg::document
