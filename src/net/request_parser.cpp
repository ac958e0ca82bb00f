#include "net/request_parser.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::net {
namespace {

using text::equals_ignoring_ascii_case;

bool is_token_char(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// RFC 9112, 5.5: no control characters but tab.
bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  return is_digits(text) && text.size() <= 5 &&
         std::from_chars(text.data(), text.data() + text.size(), port).ec == std::errc() &&
         port <= 65535;
}

// uri-host [":" port] without user information (RFC 9110, 7.2).
bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    if (!std::ranges::all_of(text.substr(1, end - 1), [](char c) {
          return c == ':' || c == '.' || std::isxdigit(static_cast<unsigned char>(c)) != 0;
        }))
      return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && (rest.size() == 1 || is_port(rest.substr(1))));
  }
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (name.empty() || !std::ranges::all_of(name, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '.' || c == '_' || c == '~';
      })) {
    return false;
  }
  return colon == std::string_view::npos || colon + 1 == text.size() ||
         is_port(text.substr(colon + 1));
}

struct VerbWord {
  std::string_view word;
  Verb verb;
};
constexpr std::array kVerbs{VerbWord{"GET", Verb::get},        VerbWord{"HEAD", Verb::head},
                            VerbWord{"POST", Verb::post},      VerbWord{"PUT", Verb::put},
                            VerbWord{"PATCH", Verb::patch},    VerbWord{"DELETE", Verb::delete_},
                            VerbWord{"OPTIONS", Verb::options}};

}  // namespace

std::optional<std::string> normalise_path(std::string_view raw) {
  std::vector<std::string> kept;
  bool ends_in_folder = false;
  raw.remove_prefix(1);
  const auto segments = text::split(raw, '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::string escaped;
    for (std::size_t at = 0; at < segments[i].size(); ++at) {
      const std::string_view code = segments[i].substr(at, 3);
      if (equals_ignoring_ascii_case(code, "%2f") || equals_ignoring_ascii_case(code, "%5c")) {
        escaped += "%25" + std::string(code.substr(1));
        at += 2;
      } else {
        escaped += segments[i][at];
      }
    }
    const auto decoded = percent_decode(escaped);
    if (!decoded || !text::is_valid_utf8(*decoded)) return std::nullopt;
    ends_in_folder = decoded->empty() || *decoded == "." || *decoded == "..";
    if (*decoded == ".") continue;
    if (*decoded == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!decoded->empty() || i + 1 < segments.size()) {
      kept.push_back(*decoded);
    }
  }
  std::string path;
  for (const std::string& segment : kept) path += "/" + segment;
  if (ends_in_folder || path.empty()) path += "/";
  return path;
}

RequestParser::RequestParser(RequestLimits limits) : limits_(limits) {
  llhttp_settings_init(&settings_);
  settings_.on_body = on_body;
  settings_.on_headers_complete = on_headers_complete;
  settings_.on_message_complete = on_message_complete;
}

bool RequestParser::refuse(Code code, std::string reason, std::string message) {
  failure_ = Error{.code = code, .reason = std::move(reason), .message = std::move(message)};
  return false;
}

bool RequestParser::next_head() {
  if (failure_ || in_body_) return false;
  // RFC 9112, 2.2: empty lines before a request line may be skipped; we skip none, as nothing of
  // ours sends them.
  const std::size_t from = searched_ > 3 ? searched_ - 3 : 0;
  const std::size_t end = buffer_.find("\r\n\r\n", from);
  const std::size_t line_end = buffer_.find("\r\n");
  if (std::min(line_end, buffer_.size()) > limits_.line) {
    return refuse(Code::uri_too_long, "too_large.target", "the request line is too long");
  }
  const std::string_view so_far = std::string_view(buffer_).substr(0, end);
  // A bare LF or CR would never end the head: say so at once.
  for (std::size_t at = from; at < so_far.size(); ++at) {
    const bool last = at + 1 == buffer_.size();
    if ((so_far[at] == '\n' && (at == 0 || so_far[at - 1] != '\r')) ||
        (so_far[at] == '\r' && !last && buffer_[at + 1] != '\n')) {
      return refuse(Code::validation, "http.line_end", "lines must end with CRLF");
    }
  }
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    if (buffer_.size() > limits_.head)
      return refuse(Code::headers_too_large, "too_large.headers",
                    "the header section is too large");
    return false;
  }
  if (end > limits_.head)
    return refuse(Code::headers_too_large, "too_large.headers", "the header section is too large");
  head_ = {};
  authority_.clear();
  std::string_view rest = so_far;
  std::string_view line = rest.substr(0, rest.find("\r\n"));
  if (!read_request_line(line)) return false;
  while (line.size() < rest.size()) {
    rest.remove_prefix(line.size() + 2);
    line = rest.substr(0, rest.find("\r\n"));
    if (!read_field(line)) return false;
  }
  if (!check_host() || !check_framing()) return false;
  buffer_.erase(0, end + 4);
  searched_ = 0;
  return start_framing();
}

bool RequestParser::read_request_line(std::string_view line) {
  const auto bad = [this] {
    return refuse(Code::validation, "http.request_line", "the request line is malformed");
  };
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first == std::string_view::npos ? first : first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return bad();
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method) || target.empty()) return bad();
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digits(version.substr(5, 1)) ||
      version[6] != '.' || !is_digits(version.substr(7))) {
    return bad();
  }
  if (version[5] != '1')
    return refuse(Code::version_not_supported, "http.version", "HTTP/1.1 is spoken here");
  head_.minor_version = version[7] == '0' ? 0 : 1;
  if (method == "CONNECT" || method == "TRACE")
    return refuse(Code::method_not_allowed, "http.method", "this method is not allowed");
  const auto known = std::ranges::find(kVerbs, method, &VerbWord::word);
  if (known == kVerbs.end())
    return refuse(Code::not_implemented, "http.method", "this method is not known");
  head_.verb = known->verb;
  return read_target(target);
}

bool RequestParser::read_target(std::string_view target) {
  const auto bad = [this](const char* why) { return refuse(Code::validation, "http.target", why); };
  for (const char c : target) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F || c == '#')
      return bad("the target has a character that must be escaped");
  }
  if (target == "*") {
    if (head_.verb != Verb::options) return bad("* goes with OPTIONS only");
    head_.is_asterisk = true;
    head_.path = "*";
    return true;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equals_ignoring_ascii_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = target.find_first_of("/?");
    authority_ = target.substr(0, end);
    if (!is_host(authority_)) return bad("the target's host is malformed");
    target = end == std::string_view::npos ? "/" : target.substr(end);
    break;
  }
  if (!target.starts_with('/')) return bad("the target must begin with /");
  const std::size_t question = target.find('?');
  auto path = normalise_path(target.substr(0, question));
  if (!path) return bad("the path has a broken escape");
  head_.path = *std::move(path);
  if (question != std::string_view::npos) head_.query = target.substr(question + 1);
  return true;
}

bool RequestParser::read_field(std::string_view line) {
  const auto bad = [this](const char* why) { return refuse(Code::validation, "http.header", why); };
  if (head_.headers.size() >= limits_.fields || line.size() > limits_.field) {
    return refuse(Code::headers_too_large, "too_large.headers",
                  "there are too many or too large header fields");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return bad("a header field's name is malformed");
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_field_value(line.substr(colon + 1)))
    return bad("a header field's value has a control character");
  head_.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return true;
}

bool RequestParser::check_host() {
  const std::size_t hosts = head_.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && head_.minor_version == 1)) {
    return refuse(Code::validation, "http.host", "exactly one Host is required");
  }
  const std::string_view host = head_.headers.get("Host");
  if (hosts == 1 && !host.empty() && !is_host(host))
    return refuse(Code::validation, "http.host", "Host is malformed");
  if (hosts == 1 && host.empty() && authority_.empty())
    return refuse(Code::validation, "http.host", "Host is empty");
  if (!authority_.empty() && hosts == 1 && !equals_ignoring_ascii_case(host, authority_)) {
    return refuse(Code::validation, "http.host", "Host and the target's host differ");
  }
  return true;
}

// Any doubt about where the message ends is the end of the connection.
bool RequestParser::check_framing() {
  const auto bad = [this](const char* why) {
    return refuse(Code::validation, "http.framing", why);
  };
  const Headers& headers = head_.headers;
  const std::size_t lengths = headers.count("Content-Length");
  const std::size_t codings = headers.count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return bad("Content-Length and Transfer-Encoding together");
  if (lengths > 1) return bad("Content-Length twice");
  if (codings > 1) return bad("Transfer-Encoding twice");
  if (codings == 1) {
    if (head_.minor_version == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (!equals_ignoring_ascii_case(headers.get("Transfer-Encoding"), "chunked")) {
      return refuse(Code::not_implemented, "http.transfer_encoding",
                    "only the transfer coding chunked is known");
    }
    head_.has_body = true;
  }
  if (lengths == 1) {
    const std::string_view text = headers.get("Content-Length");
    std::int64_t length = 0;
    if (!is_digits(text)) return bad("Content-Length must be digits");
    if (std::from_chars(text.data(), text.data() + text.size(), length).ec != std::errc())
      return bad("Content-Length is too large");
    head_.content_length = static_cast<std::uint64_t>(length);
    head_.has_body = length > 0;
  }
  if (headers.has("Expect")) {
    if (!equals_ignoring_ascii_case(headers.get("Expect"), "100-continue")) {
      return refuse(Code::expectation_failed, "http.expect", "only 100-continue can be expected");
    }
    head_.expects_continue = head_.has_body && head_.minor_version == 1;
  }
  if (headers.count("Authorization") > 1) return bad("Authorization twice");
  head_.keep_alive = head_.minor_version == 1 ? !headers.lists("Connection", "close")
                                              : headers.lists("Connection", "keep-alive");
  return true;
}

// llhttp sees the head as we understood it, so that it can only agree about the framing.
bool RequestParser::start_framing() {
  llhttp_init(&parser_, HTTP_REQUEST, &settings_);
  parser_.data = this;
  complete_ = false;
  chunks_ = {};
  body_bytes_ = 0;
  framing_bytes_ = 0;
  piece_.clear();
  in_body_ = true;
  std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  if (head_.content_length) {
    head += fmt::format("Content-Length: {}\r\n", *head_.content_length);
  } else if (head_.has_body) {
    head += "Transfer-Encoding: chunked\r\n";
  } else {
    head += "Content-Length: 0\r\n";
  }
  return feed(head + "\r\n");
}

bool RequestParser::feed(std::string_view bytes) {
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (error == HPE_OK || error == HPE_PAUSED) return true;
  return refuse(
      Code::validation, "http.body",
      fmt::format("the body's framing is broken ({})", llhttp_get_error_reason(&parser_)));
}

std::optional<std::string> RequestParser::take_body() {
  if (failure_ || !in_body_ || complete_ || buffer_.empty()) return std::nullopt;
  const std::uint64_t before = body_bytes_;
  if (!head_.content_length && !chunks_.accept(buffer_)) {
    refuse(Code::validation, "http.body", "the body's chunks are malformed");
    return std::nullopt;
  }
  if (!feed(buffer_)) return std::nullopt;
  std::size_t used = buffer_.size();
  if (complete_) {
    used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - buffer_.data());
  }
  framing_bytes_ += used - std::min<std::uint64_t>(used, body_bytes_ - before);
  buffer_.erase(0, used);
  // A chunk needs about six bytes of framing; one byte a chunk is still let through.
  if (framing_bytes_ > limits_.chunk_overhead + body_bytes_ * 8) {
    refuse(Code::validation, "http.body", "the chunks have too much beside their data");
    return std::nullopt;
  }
  if (piece_.empty()) return std::nullopt;
  return std::exchange(piece_, {});
}

void RequestParser::next_request() {
  in_body_ = false;
  complete_ = false;
}

int RequestParser::on_body(llhttp_t* parser, const char* at, std::size_t size) {
  auto& self = *static_cast<RequestParser*>(parser->data);
  self.piece_.append(at, size);
  self.body_bytes_ += size;
  return 0;
}

int RequestParser::on_headers_complete(llhttp_t* parser) {
  parser->upgrade = 0;
  return 0;
}

int RequestParser::on_message_complete(llhttp_t* parser) {
  static_cast<RequestParser*>(parser->data)->complete_ = true;
  return HPE_PAUSED;
}

}  // namespace tg::net
