#include "service/document/extraction.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/core.h>
#include <gumbo.h>
#include <md4c.h>
#include <uchardet.h>
#include <unicode/unistr.h>

#include "base/html.hpp"
#include "base/text.hpp"
#include "service/document/tidy_text.hpp"

namespace tg::document {
namespace {

bool has_ending(std::string_view filename, std::initializer_list<std::string_view> endings) {
  const std::string lower = text::to_lower(filename);
  return std::ranges::any_of(endings,
                             [&lower](std::string_view ending) { return lower.ends_with(ending); });
}

// The bytes themselves where they are UTF-8, else what they are in it, kept in `converted`.
Result<std::string_view> as_utf8(std::string_view bytes, std::string& converted) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (text::is_valid_utf8(bytes)) return bytes;
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector(uchardet_new(),
                                                                       uchardet_delete);
  uchardet_handle_data(detector.get(), bytes.data(), bytes.size());
  uchardet_data_end(detector.get());
  const char* charset = uchardet_get_charset(detector.get());
  if (charset == nullptr || *charset == '\0') {
    return fail(Code::unsupported_media_type, "encoding",
                "the file's text encoding cannot be told; save it as UTF-8");
  }
  icu::UnicodeString(bytes.data(), static_cast<std::int32_t>(bytes.size()), charset)
      .toUTF8String(converted);
  return std::string_view(converted);
}

bool is_hidden(const GumboElement& element) {
  for (unsigned i = 0; i < element.attributes.length; ++i) {
    const auto* attribute = static_cast<const GumboAttribute*>(element.attributes.data[i]);
    const std::string_view name = attribute->name;
    const std::string value = text::to_lower(attribute->value);
    if (name == "hidden") return true;
    if (name == "style" && (value.find("display:none") != std::string::npos ||
                            value.find("display: none") != std::string::npos ||
                            value.find("visibility:hidden") != std::string::npos ||
                            value.find("font-size:0") != std::string::npos)) {
      return true;
    }
  }
  return false;
}

bool is_block(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
      return true;
    default:
      return false;
  }
}

// 1 to 6; 0: no heading.
std::int64_t heading_level(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_H1:
      return 1;
    case GUMBO_TAG_H2:
      return 2;
    case GUMBO_TAG_H3:
      return 3;
    case GUMBO_TAG_H4:
      return 4;
    case GUMBO_TAG_H5:
      return 5;
    case GUMBO_TAG_H6:
      return 6;
    default:
      return 0;
  }
}

constexpr int kDepthLimit = 400;

// Nothing stands behind the mark of an item yet: its first block needs no line of its own.
bool ends_with_mark(std::string_view text) {
  if (text.ends_with("\n- ")) return true;
  if (!text.ends_with(". ")) return false;
  const std::string_view line = text.substr(text.rfind('\n') + 1);
  return std::ranges::all_of(line.substr(0, line.size() - 2),
                             [](char c) { return c >= '0' && c <= '9'; });
}

// The item's number in an <ol> (which may start anywhere), or a dash.
std::string item_mark(const GumboNode& item) {
  if (item.parent == nullptr || item.parent->type != GUMBO_NODE_ELEMENT ||
      item.parent->v.element.tag != GUMBO_TAG_OL) {
    return "- ";
  }
  const GumboElement& list = item.parent->v.element;
  const GumboAttribute* start = gumbo_get_attribute(&list.attributes, "start");
  std::int64_t number = 1;
  if (start != nullptr)
    std::from_chars(start->value, start->value + std::strlen(start->value), number);
  for (unsigned i = 0; i < list.children.length; ++i) {
    const auto* child = static_cast<const GumboNode*>(list.children.data[i]);
    if (child == &item) break;
    if (child->type == GUMBO_NODE_ELEMENT && child->v.element.tag == GUMBO_TAG_LI) ++number;
  }
  return fmt::format("{}. ", number);
}

// `keep_lines`: inside <pre> spaces and line ends are the author's.
void collect(const GumboNode& node, Extracted& out, int depth, bool keep_lines = false) {
  if (depth > kDepthLimit) return;
  if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE) {
    if (keep_lines) {
      out.text += node.v.text.text;
      return;
    }
    for (const char c : std::string_view(node.v.text.text)) {
      const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
      if (!space)
        out.text += c;
      else if (!out.text.empty() && out.text.back() != ' ' && out.text.back() != '\n')
        out.text += ' ';
    }
    return;
  }
  if (node.type != GUMBO_NODE_ELEMENT) return;
  const GumboElement& element = node.v.element;
  if (element.tag == GUMBO_TAG_SCRIPT || element.tag == GUMBO_TAG_STYLE ||
      element.tag == GUMBO_TAG_TEMPLATE || element.tag == GUMBO_TAG_NOSCRIPT ||
      is_hidden(element)) {
    return;
  }
  if (element.tag == GUMBO_TAG_TITLE) {
    Extracted title;
    for (unsigned i = 0; i < element.children.length; ++i)
      collect(*static_cast<GumboNode*>(element.children.data[i]), title, depth + 1);
    out.title = tidy(title.text);
    return;
  }
  if (element.tag == GUMBO_TAG_BR) out.text += '\n';
  if (element.tag == GUMBO_TAG_LI) {
    out.text += "\n" + item_mark(node);
  } else if (is_block(element.tag) && !ends_with_mark(out.text)) {
    out.text += "\n\n";
  }
  keep_lines = keep_lines || element.tag == GUMBO_TAG_PRE;
  const std::int64_t start = std::ssize(out.text);
  for (unsigned i = 0; i < element.children.length; ++i)
    collect(*static_cast<GumboNode*>(element.children.data[i]), out, depth + 1, keep_lines);
  if (const std::int64_t level = heading_level(element.tag); level > 0)
    out.headings.push_back({.level = level, .start = start, .end = std::ssize(out.text)});
  if (element.tag == GUMBO_TAG_TD || element.tag == GUMBO_TAG_TH) out.text += ' ';
  if (is_block(element.tag)) out.text += element.tag == GUMBO_TAG_LI ? "\n" : "\n\n";
}

Result<Extracted> extract_html(std::string_view html) {
  if (html_nests_deeper(html, kMaxHtmlNesting))
    return invalid("content",
                   "is HTML nested too deeply; a page of up to 512 levels would be right");
  Extracted out{.type = api::FileType::html, .title = {}, .text = {}, .headings = {}};
  GumboOutput* parsed = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  collect(*parsed->root, out, 0);
  gumbo_destroy_output(&kGumboDefaultOptions, parsed);
  out.text = tidy(out.text, out.headings);
  return out;
}

struct MarkdownState {
  struct List {
    bool is_ordered = false;
    unsigned next = 1;
  };
  Extracted out;
  std::vector<List> lists;  // those open, the innermost last

  std::string item_mark() {
    if (lists.empty() || !lists.back().is_ordered) return "- ";
    return fmt::format("{}. ", lists.back().next++);
  }
};

// "&amp;" -> "&", as HTML has it; Gumbo knows all the names.
std::string decoded_entity(std::string_view entity) {
  GumboOutput* parsed =
      gumbo_parse_with_options(&kGumboDefaultOptions, entity.data(), entity.size());
  Extracted out;
  collect(*parsed->root, out, 0, true);
  gumbo_destroy_output(&kGumboDefaultOptions, parsed);
  return out.text;
}

Extracted extract_markdown(std::string_view markdown) {
  MarkdownState state;
  state.out.type = api::FileType::markdown;
  MD_PARSER parser{};
  parser.flags = MD_DIALECT_GITHUB | MD_FLAG_NOHTML;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* data) {
    auto& s = *static_cast<MarkdownState*>(data);
    if (type == MD_BLOCK_UL) s.lists.emplace_back();
    if (type == MD_BLOCK_OL)
      s.lists.push_back({true, static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start});
    if (type == MD_BLOCK_LI) s.out.text += "\n" + s.item_mark();
    if (type == MD_BLOCK_H) {
      s.out.headings.push_back({.level = static_cast<MD_BLOCK_H_DETAIL*>(detail)->level,
                                .start = std::ssize(s.out.text)});
    }
    return 0;
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void*, void* data) {
    auto& s = *static_cast<MarkdownState*>(data);
    if (type == MD_BLOCK_H) s.out.headings.back().end = std::ssize(s.out.text);
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) s.lists.pop_back();
    s.out.text += type == MD_BLOCK_TD || type == MD_BLOCK_TH   ? " "
                  : type == MD_BLOCK_TR || type == MD_BLOCK_LI ? "\n"
                                                               : "\n\n";
    return 0;
  };
  parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* data) {
    auto& s = *static_cast<MarkdownState*>(data);
    s.out.text += type == MD_TEXT_BR || type == MD_TEXT_SOFTBR ? "\n"
                  : type == MD_TEXT_ENTITY                     ? decoded_entity({text, size})
                                                               : std::string(text, size);
    return 0;
  };
  md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, &state);
  state.out.text = tidy(state.out.text, state.out.headings);
  if (!state.out.headings.empty()) state.out.title = state.out.headings.front().title;
  return std::move(state.out);
}

}  // namespace

Result<Extracted> extract(std::string_view filename, std::string_view bytes) {
  if (bytes.starts_with("%PDF-")) return not_implemented("pdf");
  if (bytes.starts_with("PK\x03\x04")) {
    if (has_ending(filename, {".docx"})) return not_implemented("docx");
    return fail(Code::unsupported_media_type, "media_type",
                "an archive is no document; upload the files in it");
  }
  std::string converted;
  TG_TRY(const std::string_view utf8, as_utf8(bytes, converted));
  const std::string start = text::to_lower(text::substr(utf8, 0, 256));
  if (has_ending(filename, {".html", ".htm", ".xhtml"}) ||
      start.find("<!doctype html") != std::string::npos ||
      start.find("<html") != std::string::npos) {
    return extract_html(utf8);
  }
  if (has_ending(filename, {".md", ".markdown"})) return extract_markdown(utf8);
  if (utf8.find('\0') != std::string_view::npos) {
    return fail(Code::unsupported_media_type, "media_type",
                "this is no text; TXT, Markdown and HTML can be uploaded");
  }
  return Extracted{.type = api::FileType::txt, .title = {}, .text = tidy(utf8), .headings = {}};
}

}  // namespace tg::document
