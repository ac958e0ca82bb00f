#include "net/multipart.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tg::net {
namespace {

constexpr std::size_t kHeadLimit = 8 << 10;
constexpr int kPartsLimit = 100;

std::unexpected<Error> malformed(const char* what) {
  return fail(Code::validation, "multipart", std::string("the multipart body ") + what);
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A parameter of `form-data; name="a"; filename="b"`; quoted pairs as browsers write them: %22 for
// a quote, and \" as older clients do.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
  std::size_t at = value.find(';');
  while (at != std::string_view::npos) {
    std::string_view rest = trim_blanks(value.substr(at + 1));
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trim_blanks(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::string found;
    std::size_t used = 0;
    if (rest.starts_with('"')) {
      for (used = 1; used < rest.size() && rest[used] != '"'; ++used) {
        if (rest[used] == '\\' && used + 1 < rest.size() && rest[used + 1] == '"') ++used;
        found += rest[used];
      }
      if (used >= rest.size()) return std::nullopt;
      ++used;
    } else {
      used = std::min(rest.find(';'), rest.size());
      found = trim_blanks(rest.substr(0, used));
    }
    if (text::equals_ignoring_ascii_case(name, wanted)) return found;
    rest.remove_prefix(used);
    const std::size_t next = rest.find(';');
    at = next == std::string_view::npos
             ? next
             : static_cast<std::size_t>(rest.data() - value.data()) + next;
  }
  return std::nullopt;
}

std::string display_name(std::string name) {
  if (const std::size_t slash = name.find_last_of("/\\"); slash != std::string::npos)
    name.erase(0, slash + 1);
  for (std::size_t at = 0; (at = name.find("%22", at)) != std::string::npos;)
    name.replace(at, 3, "\"");
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (name.size() > 255) name.resize(255);
  return text::make_valid_utf8(name);
}

}  // namespace

Result<std::string> multipart_boundary(std::string_view content_type) {
  const std::string_view type = trim_blanks(content_type.substr(0, content_type.find(';')));
  if (!text::equals_ignoring_ascii_case(type, "multipart/form-data")) {
    return fail(Code::unsupported_media_type, "content_type",
                "multipart/form-data is expected here");
  }
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70)
    return malformed("has no proper boundary in its Content-Type");
  return *std::move(boundary);
}

MultipartParser::MultipartParser(std::string_view boundary)
    : delimiter_("\r\n--" + std::string(boundary)), buffer_("\r\n") {}

Result<std::optional<MultipartEvent>> MultipartParser::next() {
  while (true) {
    switch (expects_) {
      case Expects::first_boundary:
        // Only an empty preamble: nobody sends another, and it could hide something.
        if (buffer_.size() < delimiter_.size()) return std::nullopt;
        if (!buffer_.starts_with(delimiter_)) return malformed("does not begin with its boundary");
        buffer_.erase(0, delimiter_.size());
        expects_ = Expects::after_boundary;
        break;
      case Expects::after_boundary:
        if (buffer_.size() < 2) return std::nullopt;
        if (buffer_.starts_with("--")) {
          expects_ = Expects::nothing;
          return MultipartEnd();
        }
        if (!buffer_.starts_with("\r\n")) return malformed("has bytes after a boundary");
        if (++parts_ > kPartsLimit) return malformed("has more than 100 parts");
        expects_ = Expects::head;
        break;
      case Expects::head:
        return next_head();
      case Expects::data:
        return next_data();
      case Expects::nothing:
        buffer_.clear();
        return std::nullopt;
    }
  }
}

// The buffer begins with the CRLF before the first field.
Result<std::optional<MultipartEvent>> MultipartParser::next_head() {
  const std::size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (buffer_.size() > kHeadLimit) return malformed("has a part whose header is too large");
    return std::nullopt;
  }
  PartHead head;
  bool is_form_data = false;
  for (std::size_t at = 2; at < end + 2;) {
    const std::size_t line_end = buffer_.find("\r\n", at);
    const std::string_view line = std::string_view(buffer_).substr(at, line_end - at);
    at = line_end + 2;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("has a part with a malformed header");
    const std::string_view value = trim_blanks(line.substr(colon + 1));
    if (text::equals_ignoring_ascii_case(line.substr(0, colon), "Content-Type")) {
      head.content_type = value;
    } else if (text::equals_ignoring_ascii_case(line.substr(0, colon), "Content-Disposition")) {
      is_form_data = text::equals_ignoring_ascii_case(trim_blanks(value.substr(0, value.find(';'))),
                                                      "form-data");
      head.name = parameter(value, "name").value_or("");
      if (auto filename = parameter(value, "filename"))
        head.filename = display_name(*std::move(filename));
    }
  }
  if (!is_form_data || head.name.empty()) return malformed("has a part without a name");
  buffer_.erase(0, end + 2);  // the empty line's CRLF stays: it may begin the boundary
  expects_ = Expects::data;
  skip_ = 2;
  return head;
}

Result<std::optional<MultipartEvent>> MultipartParser::next_data() {
  const std::size_t found = buffer_.find(delimiter_);
  if (found != std::string::npos) {
    if (found > skip_) {
      PartData data{buffer_.substr(skip_, found - skip_)};
      buffer_.erase(0, found);
      skip_ = 0;
      return data;
    }
    buffer_.erase(0, found + delimiter_.size());
    skip_ = 0;
    expects_ = Expects::after_boundary;
    return PartEnd();
  }
  // What may be the beginning of the boundary stays.
  const std::size_t kept = delimiter_.size() - 1;
  if (buffer_.size() <= kept + skip_) return std::nullopt;
  PartData data{buffer_.substr(skip_, buffer_.size() - kept - skip_)};
  buffer_.erase(0, buffer_.size() - kept);
  skip_ = 0;
  return data;
}

}  // namespace tg::net
