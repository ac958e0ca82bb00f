// A document's text into chunks: by paragraphs, then sentences, towards a number of words.
// Deterministic: `fsck` cuts stored texts again and compares.
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
  std::size_t start = 0;  // the same in bytes
  std::size_t size = 0;

  // `text` is what was cut: a large text does not stand in memory twice.
  std::string_view of(std::string_view text) const { return text.substr(start, size); }
};

inline constexpr std::size_t kTargetWords = 220;

// chunk_id = UUIDv5(document, SHA-256 of the text, ordinal among equal texts): an inserted
// paragraph renames nothing else. A text of up to kTargetWords * 1.5 words is one chunk; chunks do
// not overlap (neighbours come as context).
std::vector<ChunkSpan> cut_chunks(const Uuid& document_id, std::string_view text);

}  // namespace tg::document
