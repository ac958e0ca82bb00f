#include "engine/sentences.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <unicode/uchar.h>

#include "base/text.hpp"

namespace tg::engine {
namespace {

constexpr auto kAbbreviations = std::to_array<std::string_view>({
    "dr",   "e.g", "etc", "fig", "i.e", "mr",  "mrs", "ms",   "no", "prof", "st",  "vs",
    "акад", "г",   "гг",  "гр",  "д",   "др",  "е",   "им",   "к",  "кв",   "л",   "млн",
    "млрд", "н",   "обл", "п",   "пер", "пл",  "пр",  "проф", "р",  "рис",  "руб", "с",
    "св",   "см",  "ст",  "стр", "т",   "тел", "тыс", "ул",   "ч",  "э",
});

bool is_closing(char32_t c) {
  return c == '"' || c == ')' || c == ']' || c == U'»' || c == U'”' || c == U'’' || c == '\'';
}

// The word that ends at `end`.
std::string_view word_before(std::string_view text, std::size_t end) {
  std::size_t start = end;
  while (start > 0) {
    const char c = text[start - 1];
    if (c == ' ' || c == '\n' || c == '(' || c == '"') break;
    --start;
  }
  return text.substr(start, end - start);
}

bool is_abbreviation(std::string_view word) {
  if (text::count_code_points(word) == 1) {
    std::size_t offset = 0;
    const auto c = static_cast<UChar32>(text::next_code_point(word, offset));
    if (u_isupper(c) != 0) return true;  // an initial
  }
  return std::ranges::find(kAbbreviations, text::to_lower(word)) != kAbbreviations.end();
}

bool begins_sentence(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '"' || text[at] == '(')) ++at;
  if (at >= text.size() || text[at] == '\n') return true;
  const char32_t c = text::next_code_point(text, at);
  return u_islower(static_cast<UChar32>(c)) == 0;
}

void add(std::vector<Sentence>& sentences, std::string_view text, std::size_t start,
         std::size_t end) {
  const std::string_view trimmed = text::trim(text.substr(start, end - start));
  if (trimmed.empty()) return;
  const auto at = static_cast<std::size_t>(trimmed.data() - text.data());
  sentences.push_back({at, at + trimmed.size()});
}

}  // namespace

std::vector<Sentence> split_sentences(std::string_view text) {
  std::vector<Sentence> sentences;
  std::size_t start = 0;
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t at = offset;
    const char32_t c = text::next_code_point(text, offset);
    if (c == '\n') {
      add(sentences, text, start, at);
      start = offset;
      continue;
    }
    if (c != '.' && c != '!' && c != '?' && c != U'…') continue;
    std::size_t end = offset;
    while (end < text.size()) {
      std::size_t next = end;
      const char32_t following = text::next_code_point(text, next);
      if (!is_closing(following) && following != '.' && following != '!' && following != '?' &&
          following != U'…')
        break;
      end = next;
    }
    const bool spaced = end >= text.size() || text[end] == ' ' || text[end] == '\n';
    if (!spaced || (c == '.' && end == offset && is_abbreviation(word_before(text, at))) ||
        !begins_sentence(text, end)) {
      continue;
    }
    add(sentences, text, start, end);
    start = offset = end;
  }
  add(sentences, text, start, text.size());
  return sentences;
}

}  // namespace tg::engine
