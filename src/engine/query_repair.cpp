#include "engine/query_repair.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.hpp"
#include "engine/analysis.hpp"

namespace tg::engine {
namespace {

constexpr std::u32string_view kLatinKeys = U"qwertyuiop[]asdfghjkl;'zxcvbnm,.`";
constexpr std::u32string_view kCyrillicKeys = U"йцукенгшщзхъфывапролджэячсмитьбюё";
constexpr std::u32string_view kLatinLetters = U"abcdefghijklmnopqrstuvwxyz";
constexpr std::u32string_view kCyrillicLetters = U"абвгдежзийклмнопрстуфхцчшщъыьэюя";

std::u32string decode(std::string_view text) {
  std::u32string points;
  std::size_t offset = 0;
  while (offset < text.size()) points += text::next_code_point(text, offset);
  return points;
}

std::string encode(std::u32string_view points) {
  std::string out;
  for (const char32_t c : points) text::append_code_point(out, c);
  return out;
}

bool is_cyrillic(std::u32string_view word) {
  return std::ranges::any_of(word, [](char32_t c) { return c >= U'а' && c <= U'я'; });
}

}  // namespace

std::string other_layout(std::string_view text) {
  const std::u32string points = decode(text::to_lower(text));
  const bool from_cyrillic = is_cyrillic(points);
  const std::u32string_view from = from_cyrillic ? kCyrillicKeys : kLatinKeys;
  const std::u32string_view to = from_cyrillic ? kLatinKeys : kCyrillicKeys;
  std::u32string out;
  for (const char32_t c : points) {
    const std::size_t key = from.find(c);
    out += key == std::u32string_view::npos ? c : to[key];
  }
  return encode(out);
}

std::optional<std::string> repair_spelling(const std::string& normal_word,
                                           const DocumentFrequency& known) {
  const std::u32string word = decode(normal_word);
  if (word.size() < 5 || word.size() > 40) return std::nullopt;
  const std::u32string_view letters = is_cyrillic(word) ? kCyrillicLetters : kLatinLetters;
  std::string best;
  std::int64_t best_count = 0;
  const auto consider = [&](const std::u32string& candidate) {
    const std::string text = encode(candidate);
    const std::int64_t count = known(stem(text));
    if (count > best_count || (count == best_count && count > 0 && text < best)) {
      best_count = count;
      best = text;
    }
  };
  for (std::size_t i = 0; i <= word.size(); ++i) {
    if (i < word.size()) {
      std::u32string shorter = word;
      shorter.erase(i, 1);
      consider(shorter);
    }
    if (i + 1 < word.size() && word[i] != word[i + 1]) {
      std::u32string swapped = word;
      std::swap(swapped[i], swapped[i + 1]);
      consider(swapped);
    }
    for (const char32_t letter : letters) {
      std::u32string longer = word;
      longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), letter);
      consider(longer);
      if (i < word.size() && word[i] != letter) {
        std::u32string changed = word;
        changed[i] = letter;
        consider(changed);
      }
    }
  }
  if (best_count == 0) return std::nullopt;
  return best;
}

}  // namespace tg::engine
