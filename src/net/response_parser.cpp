#include "net/response_parser.hpp"

#include <charconv>

#include "base/text.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {

using text::equals_ignoring_ascii_case;

void ResponseParser::start(bool answers_head) {
  head_.clear();
  answers_head_ = answers_head;
  has_bytes_ = has_head_ = keep_alive_ = extra_ = false;
  status_ = interim_ = 0;
  headers_.clear();
  body_.clear();
  failure_.reset();
}

bool ResponseParser::refuse(const char* what) {
  failure_ = Error{.code = Code::bad_gateway,
                   .reason = "upstream.malformed",
                   .message = "the server returned a malformed response",
                   .detail = what};
  return false;
}

void ResponseParser::append(std::string_view bytes) {
  has_bytes_ = has_bytes_ || !bytes.empty();
  if (failure_) return;
  if (has_head_) return read_body(bytes);
  const std::size_t before = head_.size();
  head_ += bytes;
  std::size_t from = before > 3 ? before - 3 : 0;
  while (!has_head_) {
    const std::size_t end = head_.find("\r\n\r\n", from);
    const bool is_whole = end != std::string::npos;
    const std::string_view so_far = std::string_view(head_).substr(0, is_whole ? end + 2 : end);
    if (so_far.size() > limits_.head) {
      refuse("the head is too large");
      return;
    }
    if (find_bare_line_end(so_far, from) != std::string_view::npos) {
      refuse("a line does not end with CRLF");
      return;
    }
    if (!is_whole) return;
    if (!read_head(std::string_view(head_).substr(0, end + 4))) return;
    head_.erase(0, end + 4);
    from = 0;
  }
  read_body(std::exchange(head_, {}));
}

// `head` includes its empty line. 1xx responses are discarded.
bool ResponseParser::read_head(std::string_view head) {
  const std::size_t line_end = head.find("\r\n");
  if (!read_status_line(head.substr(0, line_end))) return false;
  const std::string_view fields = head.substr(line_end + 2);
  headers_.clear();
  if (!read_fields(fields)) return false;
  if (status_ >= 200) return start_body(fields);
  if (status_ == 101) return refuse("an unrequested protocol switch");
  return ++interim_ <= limits_.interim_responses || refuse("too many interim responses");
}

bool ResponseParser::read_status_line(std::string_view line) {
  // HTTP/1.x SP 3DIGIT [SP reason]
  const bool is_sound = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                        is_digits(line.substr(7, 1)) && line[8] == ' ' &&
                        is_digits(line.substr(9, 3)) && (line.size() == 12 || line[12] == ' ') &&
                        is_field_value(line.substr(12));
  if (!is_sound) return refuse("the status line is malformed");
  minor_version_ = line[7] == '0' ? 0 : 1;
  std::from_chars(line.data() + 9, line.data() + 12, status_);
  if (status_ < 100 || status_ > 599) return refuse("the status is out of range");
  return true;
}

bool ResponseParser::read_fields(std::string_view fields) {
  for (std::string_view rest = fields; rest.size() > 2;) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    const auto field = parse_field(line);
    if (!field) return refuse("a header field is malformed");
    if (headers_.size() == limits_.fields) return refuse("too many header fields");
    headers_.add(field->name, field->value);
    rest.remove_prefix(line.size() + 2);
  }
  return true;
}

bool ResponseParser::start_body(std::string_view fields) {
  const std::size_t lengths = headers_.count("Content-Length");
  const std::size_t codings = headers_.count("Transfer-Encoding");
  if (lengths + codings > 1) return refuse("the body's length is given twice");
  Framing::Plan plan{.is_chunked = codings == 1,
                     .never_has_body = answers_head_ || status_ == 204 || status_ == 304};
  if (codings == 1 && (minor_version_ == 0 ||
                       !equals_ignoring_ascii_case(headers_.get("Transfer-Encoding"), "chunked")))
    return refuse("unknown transfer coding");
  if (lengths == 1) {
    plan.length = parse_length(headers_.get("Content-Length"));
    if (!plan.length) return refuse("Content-Length is malformed");
  }
  const bool has_end = plan.is_chunked || plan.length || plan.never_has_body;
  keep_alive_ = has_end && (minor_version_ == 1 ? !headers_.lists("Connection", "close")
                                                : headers_.lists("Connection", "keep-alive"));
  if (!framing_.start_response(status_, fields, plan)) return refuse(framing_.problem());
  has_head_ = true;
  return true;
}

void ResponseParser::read_body(std::string_view bytes) {
  if (!framing_.take(bytes, body_)) {
    refuse(framing_.problem());
    return;
  }
  extra_ = extra_ || !bytes.empty();
}

void ResponseParser::end_of_stream() {
  if (complete() || failure_) return;
  if (!has_head_ || !framing_.end_of_stream()) refuse("the connection was closed in the middle");
}

}  // namespace tg::net
