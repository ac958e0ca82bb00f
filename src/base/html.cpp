#include "base/html.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace tg {
namespace {

using Names = std::span<const std::string_view>;

constexpr auto kVoidElements =
    std::to_array<std::string_view>({"area", "base", "br", "col", "embed", "hr", "img", "input",
                                     "link", "meta", "param", "source", "track", "wbr"});
// Their content is text up to their end tag, in kLiteralElements without character references.
constexpr auto kTextElements = std::to_array<std::string_view>(
    {"title", "textarea", "script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"});
constexpr auto kLiteralElements = Names(kTextElements).subspan(2);
// A start tag closes an open element of the same name (HTML standard, 13.1.2.4).
constexpr auto kSelfReplacingElements = std::to_array<std::string_view>(
    {"dd", "dt", "li", "option", "p", "tbody", "td", "tfoot", "th", "thead", "tr"});
constexpr auto kForeignElements = std::to_array<std::string_view>({"svg", "math"});
// Within these the parser ignores or reinterprets text elements.
constexpr auto kTextChangingElements =
    std::to_array<std::string_view>({"select", "frameset", "template", "noscript"});
// Within these <x/> has no content.
constexpr auto kForeignContainers =
    std::to_array<std::string_view>({"svg", "g", "defs", "symbol", "math", "mrow"});

bool is_one_of(std::string_view name, Names names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

char at(std::string_view text, std::size_t i) {
  return i < text.size() ? text[i] : '\0';
}

std::size_t past(std::string_view html, std::string_view ending, std::size_t from) {
  const std::size_t found = html.find(ending, from);
  return found == std::string_view::npos ? html.size() : found + ending.size();
}

// Past a comment that begins at `from` with "<!--".
std::size_t past_comment(std::string_view html, std::size_t from) {
  const std::string_view rest = html.substr(from + 4);
  if (rest.starts_with('>')) return from + 5;
  if (rest.starts_with("->")) return from + 6;
  for (std::size_t i = html.find("--", from + 4); i != std::string_view::npos;
       i = html.find("--", i + 1)) {
    if (at(html, i + 2) == '>') return i + 3;
    if (at(html, i + 2) == '!' && at(html, i + 3) == '>') return i + 4;
  }
  return html.size();
}

struct Attribute {
  std::string_view name;
  std::string_view value;
};

// Reads attributes up to the end of the text or a '>'.
class AttributeReader {
 public:
  explicit AttributeReader(std::string_view text) : text_(text) {}

  std::optional<Attribute> next() {
    is_self_closing_ = false;
    for (; at_ < text_.size() && (is_space(text_[at_]) || text_[at_] == '/'); ++at_)
      is_self_closing_ = text_[at_] == '/';
    if (at_ >= text_.size() || text_[at_] == '>') return std::nullopt;
    Attribute attribute;
    const std::size_t start = at_++;  // the first character may be '='
    skip_until([](char c) { return is_space(c) || c == '/' || c == '=' || c == '>'; });
    attribute.name = text_.substr(start, at_ - start);
    const std::size_t name_end = at_;
    skip_until([](char c) { return !is_space(c); });
    if (at(text_, at_) != '=') {
      at_ = name_end;
      return attribute;
    }
    ++at_;
    skip_until([](char c) { return !is_space(c); });
    attribute.value = read_value();
    return attribute;
  }
  std::size_t position() const { return at_; }
  // After the last attribute: whether a '/' stands directly before the end.
  bool is_self_closing() const { return is_self_closing_; }

 private:
  void skip_until(auto is_end) {
    while (at_ < text_.size() && !is_end(text_[at_])) ++at_;
  }
  std::string_view read_value() {
    const char quote = at(text_, at_);
    if (quote == '"' || quote == '\'') {
      const std::size_t start = ++at_;
      skip_until([quote](char c) { return c == quote; });
      const std::string_view value = text_.substr(start, at_ - start);
      at_ = std::min(at_ + 1, text_.size());
      return value;
    }
    const std::size_t start = at_;
    skip_until([](char c) { return is_space(c) || c == '>'; });
    return text_.substr(start, at_ - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_self_closing_ = false;
};

std::size_t count_tag_starts(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = text.find('<'); i != std::string_view::npos; i = text.find('<', i + 1))
    count += is_letter(at(text, i + 1)) ? 1 : 0;
  return count;
}

}  // namespace

std::optional<HtmlToken> HtmlTokenizer::next() {
  if (!text_element_.empty()) {
    if (const auto content = read_text_element()) return content;
  }
  while (at_ < html_.size()) {
    if (html_[at_] != '<') return read_text();
    const char c = at(html_, at_ + 1);
    if (is_letter(c) || (c == '/' && is_letter(at(html_, at_ + 2)))) return read_tag();
    if (html_.substr(at_).starts_with("<!--")) {
      at_ = past_comment(html_, at_);
    } else if (c == '!' || c == '?' || c == '/') {
      at_ = past(html_, ">", at_);
    } else {
      return read_text();
    }
  }
  return std::nullopt;
}

HtmlToken HtmlTokenizer::read_text() {
  const std::size_t start = at_;
  do {
    at_ = std::min(html_.find('<', at_ + 1), html_.size());
  } while (at_ < html_.size() && !is_letter(at(html_, at_ + 1)) &&
           std::string_view("!?/").find(at(html_, at_ + 1)) == std::string_view::npos);
  return {.kind = HtmlToken::Kind::text, .text = html_.substr(start, at_ - start)};
}

std::optional<HtmlToken> HtmlTokenizer::read_text_element() {
  const std::string name = std::exchange(text_element_, {});
  const std::size_t start = at_;
  std::size_t end = html_.find("</", at_);
  while (end != std::string_view::npos) {
    const char after = at(html_, end + 2 + name.size());
    if (text::equals_ignoring_ascii_case(html_.substr(end + 2, name.size()), name) &&
        (is_space(after) || after == '/' || after == '>')) {
      break;
    }
    end = html_.find("</", end + 1);
  }
  at_ = std::min(end, html_.size());
  if (at_ == start) return std::nullopt;
  return HtmlToken{.kind = HtmlToken::Kind::text,
                   .text = html_.substr(start, at_ - start),
                   .is_literal = is_one_of(name, kLiteralElements)};
}

std::optional<HtmlToken> HtmlTokenizer::read_tag() {
  HtmlToken tag{.kind =
                    html_[at_ + 1] == '/' ? HtmlToken::Kind::end_tag : HtmlToken::Kind::start_tag};
  const std::size_t start = at_ + (tag.kind == HtmlToken::Kind::end_tag ? 2 : 1);
  std::size_t end = start;
  while (end < html_.size() && html_[end] != '>' && html_[end] != '/' && !is_space(html_[end]))
    ++end;
  tag.name = html_.substr(start, end - start);
  for (char& c : tag.name) c = to_lower(c);
  AttributeReader attributes(html_.substr(end));
  while (attributes.next()) {
  }
  tag.attributes = html_.substr(end, attributes.position());
  tag.is_self_closing = attributes.is_self_closing();
  at_ = end + attributes.position();
  if (at_ >= html_.size()) return std::nullopt;  // an unfinished tag
  ++at_;
  if (tag.kind == HtmlToken::Kind::start_tag && is_one_of(tag.name, kTextElements))
    text_element_ = tag.name;
  return tag;
}

std::optional<std::string_view> html_attribute(const HtmlToken& tag, std::string_view name) {
  AttributeReader attributes(tag.attributes);
  while (const auto attribute = attributes.next()) {
    if (text::equals_ignoring_ascii_case(attribute->name, name)) return attribute->value;
  }
  return std::nullopt;
}

bool is_void_html_element(std::string_view name) {
  return is_one_of(name, kVoidElements);
}

bool html_nests_deeper(std::string_view html, std::size_t limit) {
  std::vector<std::string> open;
  std::size_t foreign_open = 0;
  // In foreign content and some elements the parser treats text elements as ordinary ones. Once
  // there was one, tags within text elements count as opened.
  bool is_text_certain = true;
  std::size_t in_texts = 0;
  HtmlTokenizer tokens(html);
  while (const auto token = tokens.next()) {
    const std::string& name = token->name;
    const bool is_innermost = !open.empty() && open.back() == name;
    switch (token->kind) {
      case HtmlToken::Kind::text:
        // "<!--" with "<script" changes where a script ends.
        if (token->is_literal && token->text.contains("<!--") && token->text.contains("<script"))
          return true;
        if (!is_text_certain) in_texts += count_tag_starts(token->text);
        break;
      case HtmlToken::Kind::end_tag:
        if (!is_innermost) break;
        open.pop_back();
        if (is_one_of(name, kForeignElements)) --foreign_open;
        break;
      case HtmlToken::Kind::start_tag:
        foreign_open += is_one_of(name, kForeignElements) ? 1 : 0;
        if (foreign_open > 0 || is_one_of(name, kTextChangingElements)) is_text_certain = false;
        if (foreign_open == 0 ? is_void_html_element(name) ||
                                    (is_innermost && is_one_of(name, kSelfReplacingElements))
                              : token->is_self_closing && !open.empty() &&
                                    is_one_of(open.back(), kForeignContainers)) {
          break;
        }
        open.push_back(name);
        break;
    }
    if (open.size() + in_texts > limit) return true;
  }
  return !is_text_certain && html.contains("<![CDATA[");
}

}  // namespace tg
