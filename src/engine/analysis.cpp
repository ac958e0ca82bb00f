#include "engine/analysis.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <libstemmer.h>
#include <unicode/uchar.h>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::engine {
namespace {

struct StemmerDeleter {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, StemmerDeleter>;

bool is_ignored(char32_t c) {
  return c == 0x301 || c == 0xAD || (c >= 0x200B && c <= 0x200F) || c == 0x2060 || c == 0xFEFF ||
         (c >= 0xFE00 && c <= 0xFE0F);
}

bool is_word_part(char32_t c) {
  const auto point = static_cast<UChar32>(c);
  return u_isalnum(point) != 0 || c == '_' || (u_charType(point) == U_NON_SPACING_MARK);
}

char32_t fold(char32_t c) {
  const auto lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
  return lower == U'ё' ? U'е' : lower;
}

// The properties of a code point that word splitting needs.
struct Letter {
  char32_t folded = 0;
  bool ignored = false;
  bool word_part = false;
};

Letter look_up(char32_t c) {
  return {fold(c), is_ignored(c), is_word_part(c)};
}

// Latin and Cyrillic, nearly all text, come from a precomputed table.
Letter letter(char32_t c) {
  static const auto table = [] {
    std::array<Letter, 0x500> letters;
    for (char32_t point = 0; point < letters.size(); ++point) letters[point] = look_up(point);
    return letters;
  }();
  return c < table.size() ? table[c] : look_up(c);
}

bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}

// A dot or comma between two digits is part of the number.
bool joins_digits(std::string_view text, std::size_t next, char32_t before) {
  return is_digit(before) && next < text.size() && is_digit(static_cast<unsigned char>(text[next]));
}

bool begins_with_letter(std::string_view text, std::size_t offset) {
  return offset < text.size() &&
         u_isalpha(static_cast<UChar32>(text::next_code_point(text, offset))) != 0;
}

bool has_letters_of(std::string_view word, char32_t low, char32_t high) {
  std::size_t offset = 0;
  while (offset < word.size()) {
    const char32_t c = text::next_code_point(word, offset);
    if (c >= low && c <= high) return true;
  }
  return false;
}

std::string run_stemmer(const Stemmer& stemmer, std::string_view word) {
  const sb_symbol* stemmed =
      sb_stemmer_stem(stemmer.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                      static_cast<int>(word.size()));
  if (stemmed == nullptr) return std::string(word);
  return {reinterpret_cast<const char*>(stemmed),
          static_cast<std::size_t>(sb_stemmer_length(stemmer.get()))};
}

constexpr auto kStopWords = std::to_array<std::string_view>({
    "a",      "about", "an",    "and",     "any",     "are",     "as",      "at",     "be",
    "been",   "but",   "by",    "can",     "did",     "do",      "does",    "for",    "from",
    "had",    "has",   "have",  "he",      "her",     "his",     "how",     "i",      "if",
    "in",     "into",  "is",    "it",      "its",     "many",    "me",      "much",   "my",
    "no",     "not",   "of",    "on",      "or",      "our",     "she",     "should", "so",
    "such",   "that",  "the",   "their",   "them",    "then",    "there",   "these",  "they",
    "this",   "to",    "was",   "we",      "were",    "what",    "when",    "where",  "which",
    "who",    "whom",  "whose", "why",     "will",    "with",    "would",   "you",    "your",
    "а",      "без",   "более", "бы",      "был",     "была",    "были",    "было",   "быть",
    "в",      "вам",   "вас",   "во",      "вот",     "все",     "всего",   "вы",     "где",
    "да",     "для",   "до",    "его",     "ее",      "если",    "есть",    "еще",    "же",
    "за",     "зачем", "и",     "из",      "или",     "им",      "их",      "к",      "как",
    "какая",  "какие", "каким", "какими",  "каких",   "какого",  "какое",   "какой",  "какую",
    "когда",  "кого",  "кому",  "которая", "которое", "которые", "который", "кто",    "куда",
    "ли",     "либо",  "между", "меня",    "мне",     "мы",      "на",      "над",    "не",
    "него",   "нее",   "нет",   "ни",      "них",     "но",      "ну",      "о",      "об",
    "однако", "он",    "она",   "они",     "оно",     "от",      "откуда",  "по",     "под",
    "почему", "при",   "с",     "сколько", "со",      "так",     "также",   "такой",  "там",
    "те",     "тем",   "то",    "того",    "тоже",    "той",     "только",  "том",    "ты",
    "у",      "уже",   "хотя",  "чего",    "чей",     "чем",     "чему",    "что",    "чтобы",
    "чье",    "чья",   "эта",   "эти",     "это",     "этого",   "этой",    "этом",   "этот",
    "я",
});

}  // namespace

void each_word(std::string_view text, const OnWord& on_word) {
  std::string normal;
  std::size_t word_start = 0;
  char32_t before = 0;
  const auto close = [&](std::size_t end) {
    if (!normal.empty()) on_word(normal, word_start, end);
    normal.clear();
    before = 0;
  };
  std::size_t offset = 0;
  while (offset < text.size()) {
    const std::size_t start = offset;
    const char32_t c = text::next_code_point(text, offset);
    const Letter found = letter(c);
    if (found.ignored) continue;
    if (found.word_part) {
      if (normal.empty()) word_start = start;
      text::append_code_point(normal, found.folded);
      before = c;
    } else if ((c == '.' || c == ',') && joins_digits(text, offset, before)) {
      normal += '.';
      before = 0;
    } else if ((c == '\'' || c == U'’') && before != 0 && begins_with_letter(text, offset)) {
      normal += '\'';  // the stemmer handles "telescope's"
      before = 0;
    } else {
      close(start);
    }
  }
  close(text.size());
}

std::vector<Word> split_words(std::string_view text) {
  std::vector<Word> words;
  each_word(text, [&words](std::string_view normal, std::size_t start, std::size_t end) {
    words.push_back({std::string(normal), start, end});
  });
  return words;
}

std::string stem(std::string_view normal_word) {
  thread_local const Stemmer russian(sb_stemmer_new("russian", "UTF_8"));
  thread_local const Stemmer english(sb_stemmer_new("english", "UTF_8"));
  if (has_letters_of(normal_word, U'а', U'я')) return run_stemmer(russian, normal_word);
  if (has_letters_of(normal_word, U'a', U'z')) return run_stemmer(english, normal_word);
  return std::string(normal_word);
}

bool is_stop_word(std::string_view normal_word) {
  static const boost::unordered_flat_set<std::string_view> words(kStopWords.begin(),
                                                                 kStopWords.end());
  return words.contains(normal_word);
}

void append_grams(std::string_view normal_word, std::vector<std::uint64_t>& grams) {
  boost::container::small_vector<char, 128> bounded;
  bounded.push_back('<');
  bounded.insert(bounded.end(), normal_word.begin(), normal_word.end());
  bounded.push_back('>');
  const std::string_view text(bounded.data(), bounded.size());
  // A ring buffer of the byte offsets of the last four letters.
  std::array<std::size_t, 4> starts{};
  std::size_t letters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) == 0x80) continue;
    const std::size_t oldest = starts[letters % 4];
    if (letters >= 4) grams.push_back(fast_hash(text.substr(oldest, i - oldest)));
    starts[letters++ % 4] = i;
  }
  grams.push_back(fast_hash(text.substr(letters >= 4 ? starts[letters % 4] : 0)));
}

}  // namespace tg::engine
