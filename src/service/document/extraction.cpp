#include "service/document/extraction.hpp"

#include <algorithm>
#include <memory>

#include <fmt/core.h>
#include <md4c.h>
#include <uchardet.h>
#include <unicode/unistr.h>

#include "base/text.hpp"
#include "service/document/html_extraction.hpp"
#include "service/document/tidy_text.hpp"

namespace tg::document {
namespace {

bool has_ending(std::string_view filename, std::initializer_list<std::string_view> endings) {
  const std::string lower = text::to_lower(filename);
  return std::ranges::any_of(endings,
                             [&lower](std::string_view ending) { return lower.ends_with(ending); });
}

// `bytes` if they are UTF-8, otherwise `converted`, which receives them converted to UTF-8.
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
                "the text encoding of the file is unknown; save it as UTF-8");
  }
  icu::UnicodeString(bytes.data(), static_cast<std::int32_t>(bytes.size()), charset)
      .toUTF8String(converted);
  return std::string_view(converted);
}

struct MarkdownState {
  struct List {
    bool is_ordered = false;
    unsigned next = 1;
  };
  Extracted out;
  std::vector<List> lists;  // the open ones, the innermost last

  std::string item_mark() {
    if (lists.empty() || !lists.back().is_ordered) return "- ";
    return fmt::format("{}. ", lists.back().next++);
  }
};

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
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
      s.out.text += '\n';
    else if (type == MD_TEXT_ENTITY)
      append_decoded(s.out.text, {text, size});
    else
      s.out.text.append(text, size);
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
                "archives are not supported; upload the files in it");
  }
  std::string converted;
  TG_TRY(const std::string_view utf8, as_utf8(bytes, converted));
  const std::string start = text::to_lower(text::substr(utf8, 0, 256));
  if (has_ending(filename, {".html", ".htm", ".xhtml"}) ||
      start.find("<!doctype html") != std::string::npos ||
      start.find("<html") != std::string::npos) {
    Extracted page = extract_html(utf8);
    page.text = tidy(page.text, page.headings);
    return page;
  }
  if (has_ending(filename, {".md", ".markdown"})) return extract_markdown(utf8);
  if (utf8.find('\0') != std::string_view::npos) {
    return fail(Code::unsupported_media_type, "media_type",
                "the file is not text; upload TXT, Markdown or HTML");
  }
  return Extracted{.type = api::FileType::txt, .title = {}, .text = tidy(utf8), .headings = {}};
}

}  // namespace tg::document
