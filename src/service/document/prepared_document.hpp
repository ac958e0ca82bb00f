// A document or post on its way through the pipeline: what each stage adds. Plain value.
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
  // What every chunk of it carries in the index; text, ids and positions are filled in a chunk at a
  // time.
  api::IndexedChunk columns;
  std::optional<std::uint64_t> signature;
  std::vector<ChunkSpan> chunks;
};

// What a caller says about an upload.
struct UploadFacts {
  api::Principal principal;
  bool is_private = false;
  std::string filename;
  json::Object metadata;
  UnixMillis time;
};
// An upload whose text was extracted from `bytes`. The same bytes of the same owner are the same
// document.
PreparedDocument prepare_upload(UploadFacts facts, std::string_view bytes, Extracted extracted);
// A post as the feed brings it; the chunks are not cut yet.
PreparedDocument prepare_post(const api::PostEvent& event);
// Normalises, finds the language, takes the signature, cuts chunks. CPU work.
void analyse(PreparedDocument& document);
// The index's form. `cluster` is the near-duplicate group.
api::DocumentChunks to_index(const PreparedDocument& document, const std::string& cluster);

}  // namespace tg::document
