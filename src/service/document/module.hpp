// The document service as a part of a process: a database, and the originals of uploads.
#pragma once

#include "service/document/document_service.hpp"
#include "store/room.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::Room& room, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors);

}  // namespace tg::document
