#include "net/request_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.hpp"
#include "net/head_syntax.hpp"
#include "net/path.hpp"

namespace tg::net {
namespace {

using text::equals_ignoring_ascii_case;

constexpr std::size_t kKept = 16 << 10;  // bytes of buffer kept by an idle connection

struct VerbWord {
  std::string_view word;
  Verb verb;
};
constexpr std::array kVerbs{VerbWord{"GET", Verb::get},        VerbWord{"HEAD", Verb::head},
                            VerbWord{"POST", Verb::post},      VerbWord{"PUT", Verb::put},
                            VerbWord{"PATCH", Verb::patch},    VerbWord{"DELETE", Verb::delete_},
                            VerbWord{"OPTIONS", Verb::options}};

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return equals_ignoring_ascii_case(text.substr(0, prefix.size()), prefix);
}

}  // namespace

void RequestHead::clear() {
  verb = Verb::get;
  is_asterisk = expects_continue = has_body = false;
  keep_alive = true;
  minor_version = 1;
  path.clear();
  query.clear();
  headers.clear();
  content_length.reset();
}

void RequestParser::append(std::string_view bytes) {
  const std::span<char> room = prepare(bytes.size());
  std::ranges::copy(bytes, room.begin());
  commit(bytes.size());
}

std::span<char> RequestParser::prepare(std::size_t size) {
  if (end_ + size > buffer_.size() && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + size > buffer_.size()) buffer_.resize(end_ + size);
  return {buffer_.data() + end_, size};
}

void RequestParser::release_memory() {
  if (has_bytes() || buffer_.size() <= kKept) return;
  buffer_ = {};
  begin_ = end_ = 0;
}

bool RequestParser::refuse(Code code, const char* reason, const char* message) {
  failure_ = Error{.code = code, .reason = reason, .message = message};
  return false;
}

bool RequestParser::next_head() {
  if (failure_ || in_body_) return false;
  // RFC 9112, 2.2 lets a server skip empty lines before a request line. We do not: no client of
  // today sends them.
  const std::string_view bytes = pending();
  const std::size_t from = searched_ > 3 ? searched_ - 3 : 0;
  const std::size_t end = bytes.find("\r\n\r\n", from);
  if (!check_size(bytes, end)) return false;
  const bool is_whole = end != std::string_view::npos;
  // A bare LF or CR would never end the head: reject it at once.
  if (find_bare_line_end(bytes.substr(0, is_whole ? end + 2 : end), from) != std::string_view::npos)
    return refuse(Code::validation, "http.line_end", "lines must end with CRLF");
  if (!is_whole) {
    searched_ = bytes.size();
    return false;
  }
  if (!read_head(bytes.substr(0, end + 4))) return false;
  begin_ += end + 4;
  searched_ = 0;
  in_body_ = true;
  return true;
}

bool RequestParser::check_size(std::string_view bytes, std::size_t end) {
  if (std::min(bytes.find("\r\n"), bytes.size()) > limits_.line)
    return refuse(Code::uri_too_long, "too_large.target", "the request line is too long");
  if (std::min(end, bytes.size()) > limits_.head)
    return refuse(Code::headers_too_large, "too_large.headers", "the header section is too large");
  return true;
}

// `head` with its empty line.
bool RequestParser::read_head(std::string_view head) {
  head_.clear();
  authority_.clear();
  fields_ = 0;
  const std::size_t line_end = head.find("\r\n");
  if (!read_request_line(head.substr(0, line_end))) return false;
  const std::string_view fields = head.substr(line_end + 2);
  for (std::string_view rest = fields; rest.size() > 2;) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    if (!read_field(line)) return false;
    rest.remove_prefix(line.size() + 2);
  }
  if (!check_host() || !check_framing()) return false;
  const Framing::Plan plan{.length = head_.content_length,
                           .is_chunked = head_.has_body && !head_.content_length};
  if (framing_.start_request(fields, plan)) return true;
  return refuse(Code::validation, "http.framing", "the header fields are malformed");
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
    return refuse(Code::version_not_supported, "http.version",
                  "this HTTP version is not supported");
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
  if (!normalise_path(target.substr(0, question), head_.path))
    return bad("the path has a broken escape");
  if (question != std::string_view::npos) head_.query = target.substr(question + 1);
  return true;
}

bool RequestParser::read_field(std::string_view line) {
  if (++fields_ > limits_.fields || line.size() > limits_.field) {
    return refuse(Code::headers_too_large, "too_large.headers",
                  "there are too many or too large header fields");
  }
  const auto field = parse_field(line);
  if (!field) return refuse(Code::validation, "http.header", "a header field is malformed");
  if (field->name.find('_') != std::string_view::npos) {
    return refuse(Code::validation, "http.header",
                  "header field names must not contain underscores");
  }
  if (starts_ignoring_case(field->name, "X-User-") ||
      starts_ignoring_case(field->name, "X-Internal-"))
    return true;
  head_.headers.add(field->name, field->value);
  return true;
}

bool RequestParser::check_host() {
  const std::size_t hosts = head_.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && head_.minor_version == 1)) {
    return refuse(Code::validation, "http.host", "exactly one Host header is required");
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

// Any ambiguity about where the message ends closes the connection.
bool RequestParser::check_framing() {
  const Headers& headers = head_.headers;
  if (!check_body_length()) return false;
  if (headers.has("Expect")) {
    if (!equals_ignoring_ascii_case(headers.get("Expect"), "100-continue")) {
      return refuse(Code::expectation_failed, "http.expect",
                    "the only supported expectation is 100-continue");
    }
    head_.expects_continue = head_.has_body && head_.minor_version == 1;
  }
  if (headers.count("Authorization") > 1)
    return refuse(Code::validation, "http.header", "Authorization must not be repeated");
  head_.keep_alive = head_.minor_version == 1 ? !headers.lists("Connection", "close")
                                              : headers.lists("Connection", "keep-alive");
  return true;
}

bool RequestParser::check_body_length() {
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
    head_.content_length = parse_length(headers.get("Content-Length"));
    if (!head_.content_length) return bad("Content-Length must be digits, at most 2^63-1");
    head_.has_body = *head_.content_length > 0;
  }
  return true;
}

std::optional<std::string> RequestParser::take_body() {
  if (failure_ || !in_body_ || framing_.complete() || !has_bytes()) return std::nullopt;
  std::string piece;
  std::string_view bytes = pending();
  if (!framing_.take(bytes, piece)) {
    refuse(Code::validation, "http.body", "the body's framing is broken");
    failure_->detail = framing_.problem();
    return std::nullopt;
  }
  begin_ = end_ - bytes.size();
  if (piece.empty()) return std::nullopt;
  return piece;
}

}  // namespace tg::net
