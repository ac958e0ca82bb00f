#include "service/document/chunker.hpp"

#include <map>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "engine/sentences.hpp"

namespace tg::document {
namespace {

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

struct Bytes {
  std::size_t start;
  std::size_t end;
};

// A paragraph's end is a better place to cut than a sentence's: an empty line closes a chunk that
// is over half full.
std::vector<Bytes> cut(std::string_view text) {
  std::vector<Bytes> pieces;
  if (count_words(text) <= kTargetWords * 3 / 2) {
    const std::string_view trimmed = text::trim(text);
    if (!trimmed.empty()) {
      const auto start = static_cast<std::size_t>(trimmed.data() - text.data());
      pieces.push_back({start, start + trimmed.size()});
    }
    return pieces;
  }
  std::size_t words = 0;
  for (const engine::Sentence& sentence : engine::split_sentences(text)) {
    const std::size_t more =
        count_words(text.substr(sentence.start, sentence.end - sentence.start));
    const bool new_paragraph =
        !pieces.empty() &&
        text.substr(pieces.back().end, sentence.start - pieces.back().end).find("\n\n") !=
            std::string_view::npos;
    if (pieces.empty() || words + more > kTargetWords ||
        (new_paragraph && words > kTargetWords / 2)) {
      pieces.push_back({sentence.start, sentence.end});
      words = more;
    } else {
      pieces.back().end = sentence.end;
      words += more;
    }
  }
  return pieces;
}

}  // namespace

std::vector<ChunkSpan> cut_chunks(const Uuid& document_id, std::string_view text) {
  std::vector<ChunkSpan> chunks;
  std::map<std::string, int> seen;
  std::size_t at = 0;
  std::int64_t position = 0;
  for (const Bytes& piece : cut(text)) {
    ChunkSpan chunk;
    chunk.start = piece.start;
    chunk.size = piece.end - piece.start;
    const std::string_view words = chunk.of(text);
    position +=
        static_cast<std::int64_t>(text::count_code_points(text.substr(at, piece.start - at)));
    chunk.start_char = position;
    position += static_cast<std::int64_t>(text::count_code_points(words));
    chunk.end_char = position;
    at = piece.end;
    chunk.ordinal = static_cast<std::int64_t>(chunks.size());
    const std::string hash = sha256_hex(words);
    chunk.chunk_id = Uuid::from_name(document_id, fmt::format("{}:{}", hash, seen[hash]++));
    chunks.push_back(chunk);
  }
  return chunks;
}

}  // namespace tg::document
