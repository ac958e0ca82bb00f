#include "net/multipart.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {
namespace {

constexpr std::size_t kHeadLimit = 8 << 10;
constexpr int kPartsLimit = 100;

std::unexpected<Error> malformed(const char* what) {
  return fail(Code::validation, "multipart", std::string("the multipart body ") + what);
}

// RFC 2046, 5.1.1.
bool is_boundary(std::string_view text) {
  return !text.empty() && text.size() <= 70 && text.back() != ' ' &&
         std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
         });
}

bool is_plain_encoding(std::string_view value) {
  return std::ranges::any_of(std::array{"7bit", "8bit", "binary"}, [value](const char* plain) {
    return text::equals_ignoring_ascii_case(value, plain);
  });
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
  if (!boundary || !is_boundary(*boundary))
    return malformed("has no proper boundary in its Content-Type");
  return *std::move(boundary);
}

MultipartParser::MultipartParser(std::string_view boundary)
    : delimiter_("\r\n--" + std::string(boundary)), buffer_("\r\n") {}

Result<std::optional<MultipartEvent>> MultipartParser::next() {
  while (true) {
    switch (expects_) {
      case Expects::first_boundary:
        // Only an empty preamble: no client sends another, and it could hide something.
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
  if (std::min(end, buffer_.size()) > kHeadLimit)
    return malformed("has a part whose header is too large");
  if (end == std::string::npos) return std::nullopt;
  TG_TRY(PartHead head, read_head(std::string_view(buffer_).substr(0, end + 2)));
  buffer_.erase(0, end + 2);  // the empty line's CRLF stays: it may begin the boundary
  expects_ = Expects::data;
  skip_ = 2;
  return head;
}

// `fields`: each with a CRLF before it, and one at the end.
Result<PartHead> MultipartParser::read_head(std::string_view fields) {
  PartHead head;
  int dispositions = 0;
  for (std::string_view rest = fields.substr(2); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    const auto field = parse_field(line);
    if (!field) return malformed("has a part with a malformed header");
    const auto& [name, value] = *field;
    if (text::equals_ignoring_ascii_case(name, "Content-Type")) {
      head.content_type = value;
    } else if (text::equals_ignoring_ascii_case(name, "Content-Transfer-Encoding")) {
      if (!is_plain_encoding(value)) return malformed("has a part in a transfer encoding");
    } else if (text::equals_ignoring_ascii_case(name, "Content-Disposition")) {
      ++dispositions;
      if (!text::equals_ignoring_ascii_case(trim_blanks(value.substr(0, value.find(';'))),
                                            "form-data"))
        return malformed("has a part that is no form-data");
      head.name = text::make_valid_utf8(parameter(value, "name").value_or(""));
      if (auto filename = parameter(value, "filename"))
        head.filename = display_name(*std::move(filename));
    }
  }
  if (dispositions != 1 || head.name.empty()) return malformed("has a part without a name");
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
  // A possible beginning of the boundary stays in the buffer.
  const std::size_t kept = delimiter_.size() - 1;
  if (buffer_.size() <= kept + skip_) return std::nullopt;
  PartData data{buffer_.substr(skip_, buffer_.size() - kept - skip_)};
  buffer_.erase(0, buffer_.size() - kept);
  skip_ = 0;
  return data;
}

}  // namespace tg::net
