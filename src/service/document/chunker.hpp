// Cuts a document's text into chunks along paragraphs and sentences, aiming at a number of words.
// Deterministic: `fsck` cuts the stored texts again and compares. Thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "base/ids.hpp"

namespace tg::document {

struct ChunkSpan {
  Uuid chunk_id;
  std::int64_t ordinal = 0;
  std::int64_t start_char = 0;  // code points
  std::int64_t end_char = 0;
  std::size_t start = 0;  // bytes
  std::size_t size = 0;   // bytes

  // `text` is the text that was cut. Spans hold no copy, so that a large text is in memory once.
  std::string_view of(std::string_view text) const { return text.substr(start, size); }
};

inline constexpr std::size_t kTargetWords = 220;

// chunk_id = UUIDv5(document, SHA-256 of the text, ordinal among equal texts), so that an inserted
// paragraph changes no other id. A text of up to kTargetWords * 1.5 words is one chunk. Chunks do
// not overlap: a search adds the neighbours of a hit as context.
std::vector<ChunkSpan> cut_chunks(const Uuid& document_id, std::string_view text);

}  // namespace tg::document
