#include "service/document/language.hpp"

#include "base/text.hpp"

namespace tg::document {

std::string find_language(std::string_view text) {
  std::size_t cyrillic = 0;
  std::size_t ukrainian = 0;
  std::size_t latin = 0;
  std::size_t offset = 0;
  while (offset < text.size()) {
    const char32_t c = text::next_code_point(text, offset);
    if (c >= 0x400 && c <= 0x4FF) ++cyrillic;
    if (c == U'і' || c == U'ї' || c == U'є' || c == U'ґ' || c == U'І' || c == U'Ї' || c == U'Є')
      ++ukrainian;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) ++latin;
  }
  if (cyrillic == 0 && latin < 3) return "und";
  // Russian posts contain many Latin names: one third of Cyrillic letters is enough.
  if (cyrillic * 2 < latin) return "en";
  return ukrainian * 30 > cyrillic ? "uk" : "ru";
}

}  // namespace tg::document
