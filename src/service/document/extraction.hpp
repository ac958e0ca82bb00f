// The text of an uploaded file: plain text, Markdown, HTML. Titles and structure stay as lines;
// encodings are detected. Blocking, CPU work; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/document_types.hpp"
#include "base/error.hpp"
#include "service/document/headings.hpp"

namespace tg::document {

struct Extracted {
  api::FileType type = api::FileType::txt;
  std::string title;
  std::string text;               // tidy
  std::vector<Heading> headings;  // of Markdown and HTML
};

// The kind by name and content. PDF and DOCX: Code::not_implemented; anything else binary:
// Code::unsupported_media_type.
Result<Extracted> extract(std::string_view filename, std::string_view bytes);

}  // namespace tg::document
