#include "service/document/html_extraction.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <gumbo.h>

#include "base/html.hpp"
#include "base/text.hpp"
#include "service/document/tidy_text.hpp"

namespace tg::document {
namespace {

enum class Tag {
  other,
  block,
  item,        // li
  paragraph,   // p
  list,        // ul
  ordered,     // ol
  heading,     // h1 to h6
  cell,        // td, th
  line_break,  // br
  preformatted,
  title,
  skipped,  // the content is not displayed
};

struct KnownTag {
  std::string_view name;
  Tag tag;
};
constexpr auto kKnownTags = std::to_array<KnownTag>(
    {{"address", Tag::block},    {"article", Tag::block},    {"aside", Tag::block},
     {"blockquote", Tag::block}, {"br", Tag::line_break},    {"dd", Tag::block},
     {"details", Tag::block},    {"div", Tag::block},        {"dl", Tag::block},
     {"dt", Tag::block},         {"fieldset", Tag::block},   {"figcaption", Tag::block},
     {"figure", Tag::block},     {"footer", Tag::block},     {"form", Tag::block},
     {"h1", Tag::heading},       {"h2", Tag::heading},       {"h3", Tag::heading},
     {"h4", Tag::heading},       {"h5", Tag::heading},       {"h6", Tag::heading},
     {"header", Tag::block},     {"iframe", Tag::skipped},   {"li", Tag::item},
     {"main", Tag::block},       {"nav", Tag::block},        {"noembed", Tag::skipped},
     {"noframes", Tag::skipped}, {"noscript", Tag::skipped}, {"ol", Tag::ordered},
     {"p", Tag::paragraph},      {"pre", Tag::preformatted}, {"script", Tag::skipped},
     {"section", Tag::block},    {"style", Tag::skipped},    {"summary", Tag::block},
     {"table", Tag::block},      {"td", Tag::cell},          {"template", Tag::skipped},
     {"th", Tag::cell},          {"title", Tag::title},      {"tr", Tag::block},
     {"ul", Tag::list}});

Tag tag_of(std::string_view name) {
  const auto* const known = std::ranges::find(kKnownTags, name, &KnownTag::name);
  return known == kKnownTags.end() ? Tag::other : known->tag;
}

bool is_block(Tag tag) {
  return tag != Tag::other && tag != Tag::cell && tag != Tag::line_break && tag != Tag::title &&
         tag != Tag::skipped;
}

// Elements whose end tag is optional: an enclosing element or the next one of the kind ends them.
bool ends_by_itself(std::string_view name) {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"dd", "dt", "li", "option", "p", "td", "th", "tr"});
  return std::ranges::find(kNames, name) != kNames.end();
}

bool is_hidden(const HtmlToken& tag) {
  if (html_attribute(tag, "hidden")) return true;
  std::string style(html_attribute(tag, "style").value_or(""));
  std::erase_if(style, [](char c) { return c == ' '; });
  style = text::to_lower(style);
  return style.contains("display:none") || style.contains("visibility:hidden") ||
         style.contains("font-size:0");
}

// True directly after the mark of a list item, whose first block stays on the same line.
bool ends_with_mark(std::string_view text) {
  if (text.ends_with("\n- ")) return true;
  if (!text.ends_with(". ")) return false;
  constexpr std::size_t kLongestMark = 24;
  text.remove_prefix(text.size() - std::min(text.size(), kLongestMark));
  const std::size_t line_end = text.rfind('\n');
  if (line_end == std::string_view::npos) return false;
  return std::ranges::all_of(text.substr(line_end + 1, text.size() - line_end - 3),
                             [](char c) { return c >= '0' && c <= '9'; });
}

void append_collapsed(std::string& out, std::string_view text) {
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
    if (!is_space && c != '\0')
      out += c;
    else if (is_space && !out.empty() && out.back() != ' ' && out.back() != '\n')
      out += ' ';
  }
}

// Skips an element with its content.
class Skip {
 public:
  explicit Skip(std::string name)
      : name_(std::move(name)), ends_by_itself_(ends_by_itself(name_)) {}

  enum class Next {
    goes_on,
    ended,
    ended_before
  };  // ended_before: the tag is not part of the element
  Next see(const HtmlToken& tag) {
    const bool is_start = tag.kind == HtmlToken::Kind::start_tag;
    if (tag.name == name_) {
      if (is_start && ends_by_itself_ && inner_blocks_ == 0) return Next::ended_before;
      depth_ += is_start ? 1 : -1;
      return depth_ == 0 ? Next::ended : Next::goes_on;
    }
    if (!ends_by_itself_ || !is_block(tag_of(tag.name))) return Next::goes_on;
    const bool is_paragraph = name_ == "p";
    if (is_start ? is_paragraph : inner_blocks_ == 0) return Next::ended_before;
    inner_blocks_ += is_start ? 1 : -1;
    return Next::goes_on;
  }

 private:
  std::string name_;
  bool ends_by_itself_;
  std::int64_t depth_ = 1;
  std::int64_t inner_blocks_ = 0;
};

class HtmlReader {
 public:
  Extracted read(std::string_view html) {
    out_.type = api::FileType::html;
    HtmlTokenizer tokens(html);
    while (const auto token = tokens.next()) see(*token);
    end_heading();
    std::string title;
    append_collapsed(title, title_);
    out_.title = tidy(text::trim(title));
    return std::move(out_);
  }

 private:
  struct List {
    bool is_ordered = false;
    std::int64_t next = 1;
  };

  void see(const HtmlToken& token) {
    if (skip_) {
      if (token.kind == HtmlToken::Kind::text) return;
      const Skip::Next next = skip_->see(token);
      if (next != Skip::Next::goes_on) skip_.reset();
      if (next != Skip::Next::ended_before) return;
    }
    switch (token.kind) {
      case HtmlToken::Kind::text:
        return add_text(token);
      case HtmlToken::Kind::start_tag:
        return start(token);
      case HtmlToken::Kind::end_tag:
        return end(tag_of(token.name));
    }
  }

  void add_text(const HtmlToken& token) {
    std::string decoded;
    std::string_view text = token.text;
    if (!token.is_literal && text.contains('&')) {
      append_decoded(decoded, text);
      text = decoded;
    }
    if (is_in_title_) {
      title_ += text;
    } else if (open_pres_ > 0) {
      std::ranges::copy_if(text, std::back_inserter(out_.text), [](char c) { return c != '\0'; });
    } else {
      append_collapsed(out_.text, text);
    }
  }

  void start(const HtmlToken& token) {
    const Tag tag = tag_of(token.name);
    // SVG images have titles, too; the first title is the page's.
    const bool is_other_title = tag == Tag::title && std::exchange(has_title_, true);
    if (!is_void_html_element(token.name) &&
        (tag == Tag::skipped || is_other_title || is_hidden(token))) {
      skip_.emplace(token.name);
      return;
    }
    if (tag == Tag::item) {
      out_.text += "\n" + item_mark();
    } else if (is_block(tag) && !ends_with_mark(out_.text)) {
      out_.text += "\n\n";
    }
    if (tag == Tag::line_break) out_.text += '\n';
    if (tag == Tag::cell) append_collapsed(out_.text, " ");
    if (tag == Tag::title) is_in_title_ = true;
    if (tag == Tag::preformatted) ++open_pres_;
    if (tag == Tag::list) lists_.push_back({});
    if (tag == Tag::ordered) lists_.push_back({.is_ordered = true, .next = first_number(token)});
    if (tag == Tag::heading) {
      end_heading();
      heading_ = Heading{.level = token.name[1] - '0', .start = std::ssize(out_.text)};
    }
  }

  void end(Tag tag) {
    if (tag == Tag::heading) end_heading();
    if (tag == Tag::title) is_in_title_ = false;
    if (tag == Tag::preformatted && open_pres_ > 0) --open_pres_;
    if ((tag == Tag::list || tag == Tag::ordered) && !lists_.empty()) lists_.pop_back();
    if (tag == Tag::cell) append_collapsed(out_.text, " ");
    if (is_block(tag)) out_.text += tag == Tag::item ? "\n" : "\n\n";
  }

  void end_heading() {
    if (!heading_) return;
    heading_->end = std::ssize(out_.text);
    out_.headings.push_back(*std::exchange(heading_, std::nullopt));
  }

  static std::int64_t first_number(const HtmlToken& list) {
    const std::string_view start = html_attribute(list, "start").value_or("");
    std::int32_t number = 1;
    std::from_chars(start.data(), start.data() + start.size(), number);
    return number;
  }

  std::string item_mark() {
    if (lists_.empty() || !lists_.back().is_ordered) return "- ";
    return fmt::format("{}. ", lists_.back().next++);
  }

  Extracted out_;
  std::string title_;
  bool has_title_ = false;
  bool is_in_title_ = false;
  std::int64_t open_pres_ = 0;
  std::vector<List> lists_;         // the open ones, the innermost last
  std::optional<Heading> heading_;  // the open one
  std::optional<Skip> skip_;
};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Decodes one reference, such as "&nbsp;", with Gumbo's table of names.
void append_reference(std::string& out, std::string_view reference) {
  const auto destroy = [](GumboOutput* output) {
    gumbo_destroy_output(&kGumboDefaultOptions, output);
  };
  const std::unique_ptr<GumboOutput, decltype(destroy)> parsed(
      gumbo_parse_with_options(&kGumboDefaultOptions, reference.data(), reference.size()));
  // html > head, body > text
  const GumboVector& html = parsed->root->v.element.children;
  const auto* body = static_cast<const GumboNode*>(html.data[html.length - 1]);
  const GumboVector& content = body->v.element.children;
  if (content.length == 0) out += ' ';  // Gumbo drops leading white space
  for (unsigned i = 0; i < content.length; ++i)
    out += static_cast<const GumboNode*>(content.data[i])->v.text.text;
}

}  // namespace

void append_decoded(std::string& out, std::string_view text) {
  constexpr std::size_t kLongest = 40;  // the longest name has 31 characters
  static constexpr auto kFrequent = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&nbsp;", "\u00A0"}});
  while (!text.empty()) {
    const std::size_t reference = std::min(text.find('&'), text.size());
    out += text.substr(0, reference);
    text.remove_prefix(reference);
    if (text.empty()) return;
    const auto* const frequent = std::ranges::find_if(
        kFrequent, [text](const auto& known) { return text.starts_with(known.first); });
    if (frequent != kFrequent.end()) {
      out += frequent->second;
      text.remove_prefix(frequent->first.size());
      continue;
    }
    std::size_t end = 1;
    while (end < std::min(text.size(), kLongest) &&
           (is_alphanumeric(text[end]) || (end == 1 && text[end] == '#'))) {
      ++end;
    }
    const bool has_name = end > 1;
    if (end < text.size() && text[end] == ';') ++end;
    if (has_name)
      append_reference(out, text.substr(0, end));
    else
      out += text.substr(0, end);
    text.remove_prefix(end);
  }
}

Extracted extract_html(std::string_view html) {
  return HtmlReader().read(html);
}

}  // namespace tg::document
