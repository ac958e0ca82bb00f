// What this version does not do, in one table: a call that needs one of these answers 501 with the
// reason `not_implemented.<word>`, and `telegnosis status --capabilities` prints the table. A word
// that is not in it does not compile:
//
//   co_return not_implemented("join");
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace tg {

struct MissingCapability {
  std::string_view word;
  std::string_view what;
};

inline constexpr std::array kMissingCapabilities{
    MissingCapability{"login", "log in with a Telegram account"},
    MissingCapability{"join", "join a channel with a Telegram account"},
    MissingCapability{"leave", "leave a channel with a Telegram account"},
    MissingCapability{"embeddings", "make vectors of texts with an embedding model"},
    MissingCapability{"model_download", "download a model"},
    MissingCapability{"model_load", "load a model into memory"},
    MissingCapability{"providers", "let a language model write answers"},
    MissingCapability{"pdf", "read PDF files"},
    MissingCapability{"docx", "read DOCX files"},
};

namespace detail {
// Not constexpr on purpose: reaching it at compile time is the error message.
inline void this_word_is_not_in_the_table_of_missing_capabilities() {}
}  // namespace detail

class Missing {
 public:
  consteval Missing(const char* word) {
    const auto* const found =
        std::ranges::find(kMissingCapabilities, word, &MissingCapability::word);
    if (found == kMissingCapabilities.end())
      detail::this_word_is_not_in_the_table_of_missing_capabilities();
    row_ = found;
  }
  constexpr const MissingCapability& row() const { return *row_; }

 private:
  const MissingCapability* row_ = nullptr;
};

}  // namespace tg
