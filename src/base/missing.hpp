// The features that this version does not have. A call that needs one returns 501 with the reason
// `not_implemented.<word>`; `telegnosis status --capabilities` prints this table. A word that is
// not in the table does not compile:
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
    MissingCapability{"embeddings", "compute text embeddings"},
    MissingCapability{"model_download", "download a model"},
    MissingCapability{"model_load", "load a model into memory"},
    MissingCapability{"providers", "generate answers with a language model"},
    MissingCapability{"pdf", "read PDF files"},
    MissingCapability{"docx", "read DOCX files"},
};

namespace detail {
// Not constexpr on purpose: its name is the error message at compile time.
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
