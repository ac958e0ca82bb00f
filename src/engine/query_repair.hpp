// Words that the index does not know: typed in the wrong keyboard layout, or one edit away from one
// that it knows. Plain functions; the vocabulary is asked through a callback that answers in how
// many chunks a stem occurs.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tg::engine {

using DocumentFrequency = std::function<std::int64_t(const std::string& stem)>;

// The same keys on the other layout (ЙЦУКЕН for QWERTY and back), for Latin or Cyrillic text.
std::string other_layout(std::string_view text);

// The known word at Damerau-Levenshtein distance 1 that occurs most (ties: the smaller one); only
// for words of 5 letters and more.
std::optional<std::string> repair_spelling(const std::string& normal_word,
                                           const DocumentFrequency& known);

}  // namespace tg::engine
