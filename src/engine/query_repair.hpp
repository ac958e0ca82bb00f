// Repairs query words that are not in the index: those typed in the wrong keyboard layout, and
// those one edit away from an indexed word. Pure functions, thread-safe; the vocabulary is queried
// through a callback.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tg::engine {

// The number of chunks that contain the stem.
using DocumentFrequency = std::function<std::int64_t(const std::string& stem)>;

// The same keys in the other layout: ЙЦУКЕН for Latin text, QWERTY for Cyrillic.
std::string other_layout(std::string_view text);

// The most frequent known word at Damerau-Levenshtein distance 1 (ties: the first in byte order);
// none for words of fewer than 5 letters.
std::optional<std::string> repair_spelling(const std::string& normal_word,
                                           const DocumentFrequency& known);

}  // namespace tg::engine
