// HTML without a tree: a tokenizer, and a nesting check to run before a tree-building parser, whose
// time grows with the square of the nesting. Both are linear in the size of the page and do not
// recurse, so hostile pages are safe. Functions are thread-safe; an HtmlTokenizer is not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tg {

// Refers to the page, which must outlive it.
struct HtmlToken {
  enum class Kind { text, start_tag, end_tag };
  Kind kind = Kind::text;
  std::string_view text;         // of a text, as written: character references are not decoded
  bool is_literal = false;       // a text without character references, such as a script
  std::string name;              // of a tag, in lower case
  std::string_view attributes;   // of a start tag, as written
  bool is_self_closing = false;  // ends in "/>"
};

// Splits a page into tags and the text between them, following the tokenization rules of the HTML
// standard (13.2.5): comments, declarations and unfinished tags are skipped, quoted attribute
// values may contain anything, and the content of <script>, <title> and their like is text.
//
//   HtmlTokenizer tokens(page);
//   while (const auto token = tokens.next()) ...
//
class HtmlTokenizer {
 public:
  explicit HtmlTokenizer(std::string_view html) : html_(html) {}

  std::optional<HtmlToken> next();

 private:
  std::optional<HtmlToken> read_tag();
  HtmlToken read_text();
  std::optional<HtmlToken> read_text_element();

  std::string_view html_;
  std::size_t at_ = 0;
  std::string text_element_;  // the element whose content is text and comes next
};

// The value of an attribute as written, empty when it has none; nullopt without the attribute.
std::optional<std::string_view> html_attribute(const HtmlToken& tag, std::string_view name);

// True for elements that have no content and no end tag, such as <br>.
bool is_void_html_element(std::string_view name);

// True if the tree of the page may nest deeper than a small multiple of `limit`. Conservative: an
// end tag counts only if it closes the innermost open element, so pages with many misnested or
// unclosed tags are reported, too. Meant for generated pages.
bool html_nests_deeper(std::string_view html, std::size_t limit);

}  // namespace tg
