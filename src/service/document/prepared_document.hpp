// A document or post on its way through the pipeline, with what each stage adds. A plain value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/document_types.hpp"
#include "api/telegram_types.hpp"
#include "api/vector_types.hpp"
#include "service/document/chunker.hpp"
#include "service/document/extraction.hpp"
#include "service/document/headings.hpp"

namespace tg::document {

struct PreparedDocument {
  Uuid document_id;
  std::int64_t version = 1;
  bool is_post = false;
  std::string owner;
  std::string access;
  std::string filename;
  api::FileType file_type = api::FileType::txt;
  std::int64_t size_bytes = 0;
  json::Object metadata;
  std::string text;
  std::vector<Heading> headings;
  // What all its chunks share in the index; to_index() fills in text, ids and positions.
  api::IndexedChunk columns;
  std::optional<std::uint64_t> signature;
  std::vector<ChunkSpan> chunks;
};

// What is known of an upload besides its bytes.
struct UploadFacts {
  api::Principal principal;
  bool is_private = false;
  std::string filename;
  json::Object metadata;
  UnixMillis time;
};
// From the text extracted from `bytes`, without chunks yet. The same bytes with the same owner and
// visibility get the same document id.
PreparedDocument prepare_upload(UploadFacts facts, std::string_view bytes, Extracted extracted);
// From an event of the feed, without chunks yet.
PreparedDocument prepare_post(const api::PostEvent& event);
// Detects the language, computes the signature and cuts chunks. CPU work.
void analyse(PreparedDocument& document);
// The form that the index takes. `cluster` is the near-duplicate group.
api::DocumentChunks to_index(const PreparedDocument& document, const std::string& cluster);

}  // namespace tg::document
