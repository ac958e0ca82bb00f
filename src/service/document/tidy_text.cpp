#include "service/document/tidy_text.hpp"

#include <algorithm>
#include <functional>

#include "base/text.hpp"

namespace tg::document {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr std::size_t kTitleLength = 200;  // code points

std::string normal_form(std::string_view raw) {
  const auto is_ascii = [](char c) { return c > 0; };
  if (std::ranges::all_of(raw, is_ascii)) return std::string(raw);
  return text::to_nfc(text::make_valid_utf8(raw));
}

// Spaces and line ends never combine with other characters, so a text can be normalised piecewise
// between them.
void append_normal_form(std::string_view line, std::string& out) {
  while (line.size() > kPiece) {
    const std::size_t space = line.find(' ', kPiece);
    if (space == std::string_view::npos) break;
    out += normal_form(line.substr(0, space));
    line.remove_prefix(space);
  }
  out += normal_form(line);
}

void trim_end(std::string& out, std::size_t start) {
  std::size_t end = out.size();
  while (end > start && (out[end - 1] == '\r' || out[end - 1] == ' ' || out[end - 1] == '\t'))
    --end;
  out.resize(end);
}

// The position of a line of `raw` in the result, in bytes.
struct Line {
  std::size_t raw_end;
  std::size_t start;
  std::size_t end;
};

std::string tidy_lines(std::string_view raw, const std::function<void(const Line&)>& on_line) {
  std::string out;
  out.reserve(raw.size());
  bool is_apart = false;  // after an empty line
  for (std::size_t at = 0; at <= raw.size();) {
    const std::size_t raw_end = std::min(raw.find('\n', at), raw.size());
    const std::size_t before = out.size();
    if (!out.empty()) out += is_apart ? "\n\n" : "\n";
    const std::size_t start = out.size();
    append_normal_form(raw.substr(at, raw_end - at), out);
    trim_end(out, start);
    if (out.size() == start) {
      out.resize(before);
      is_apart = true;
    } else {
      on_line({raw_end, start, out.size()});
      is_apart = false;
    }
    at = raw_end + 1;
  }
  return out;
}

std::string title_of(std::string_view raw) {
  std::string title = tidy(raw);
  std::ranges::replace(title, '\n', ' ');
  return text::shorten(text::trim(title), kTitleLength);
}

// From bytes to code points; headings are in the order of the text.
void count_in_code_points(std::string_view text, std::vector<Heading>& headings) {
  std::size_t bytes = 0;
  std::int64_t count = 0;
  const auto counted = [&](std::int64_t place) {
    const auto upto = static_cast<std::size_t>(place);
    count += static_cast<std::int64_t>(text::count_code_points(text.substr(bytes, upto - bytes)));
    bytes = upto;
    return count;
  };
  for (Heading& heading : headings) {
    heading.start = counted(heading.start);
    heading.end = counted(heading.end);
  }
}

}  // namespace

std::string tidy(std::string_view raw) {
  return tidy_lines(raw, [](const Line&) {});
}

std::string tidy(std::string_view raw, std::vector<Heading>& headings) {
  for (Heading& heading : headings) {
    const std::string_view words =
        text::trim(raw.substr(static_cast<std::size_t>(heading.start),
                              static_cast<std::size_t>(heading.end - heading.start)));
    heading.start = words.data() - raw.data();
    heading.end = heading.start + std::ssize(words);
    heading.title = title_of(words);
  }
  std::erase_if(headings, [](const Heading& heading) { return heading.title.empty(); });
  std::ranges::sort(headings, {}, [](const Heading& h) { return std::pair(h.start, h.end); });
  std::vector<Heading> placed;
  std::size_t starting = 0;  // the first heading whose first line has not been read
  std::size_t ending = 0;    // the first one whose last line has not been read
  std::string out = tidy_lines(raw, [&](const Line& line) {
    const auto raw_end = static_cast<std::int64_t>(line.raw_end);
    for (; starting < headings.size() && headings[starting].start <= raw_end; ++starting) {
      placed.push_back(headings[starting]);
      placed.back().start = static_cast<std::int64_t>(line.start);
    }
    for (; ending < placed.size() && headings[ending].end <= raw_end; ++ending)
      placed[ending].end = static_cast<std::int64_t>(line.end);
  });
  placed.resize(ending);
  headings = std::move(placed);
  // Headings on the same line (in a list or table) must not overlap.
  for (std::size_t i = 1; i < headings.size(); ++i) {
    headings[i].start = std::max(headings[i].start, headings[i - 1].end);
    headings[i].end = std::max(headings[i].end, headings[i].start);
  }
  count_in_code_points(out, headings);
  return out;
}

}  // namespace tg::document
