// Extracts the text of an uploaded file: plain text, Markdown or HTML, in any encoding that can be
// detected. Titles, lists and paragraphs are kept as lines. Thread-safe; CPU work for the compute
// pool.
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
  std::string text;               // as tidy() returns it
  std::vector<Heading> headings;  // of Markdown and HTML
};

// Determines the type by file name and content. Code::not_implemented for PDF and DOCX,
// Code::unsupported_media_type for other binary files and unknown encodings.
Result<Extracted> extract(std::string_view filename, std::string_view bytes);

}  // namespace tg::document
