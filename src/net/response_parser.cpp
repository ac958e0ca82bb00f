#include "net/response_parser.hpp"

namespace tg::net {

ResponseParser::ResponseParser(ResponseLimits limits) : limits_(limits) {
  llhttp_settings_init(&settings_);
  settings_.on_header_field = on_field;
  settings_.on_header_value = on_value;
  settings_.on_header_value_complete = on_value_complete;
  settings_.on_headers_complete = on_headers_complete;
  settings_.on_body = on_body;
  settings_.on_message_complete = on_message_complete;
}

void ResponseParser::start(bool answers_head) {
  llhttp_init(&parser_, HTTP_RESPONSE, &settings_);
  parser_.data = this;
  answers_head_ = answers_head;
  has_head_ = complete_ = keep_alive_ = extra_ = false;
  status_ = interim_ = 0;
  head_bytes_ = 0;
  name_.clear();
  value_.clear();
  headers_.clear();
  body_.clear();
  failure_.reset();
}

void ResponseParser::refuse(std::string what) {
  failure_ = Error{.code = Code::bad_gateway,
                   .reason = "upstream.malformed",
                   .message = "the other server gave a malformed answer",
                   .detail = std::move(what)};
}

void ResponseParser::append(std::string_view bytes) {
  while (!bytes.empty() && !failure_) {
    if (complete_) {
      extra_ = true;  // never matched to the next request
      return;
    }
    const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
    if (error == HPE_OK) return;
    if (error != HPE_PAUSED) {
      if (!failure_) refuse(llhttp_get_error_reason(&parser_));
      return;
    }
    const char* position = llhttp_get_error_pos(&parser_);
    bytes.remove_prefix(static_cast<std::size_t>(position - bytes.data()));
    llhttp_resume(&parser_);
    if (complete_) extra_ = !bytes.empty();
    if (complete_) return;
  }
}

void ResponseParser::end_of_stream() {
  if (complete_ || failure_) return;
  const bool has_end = has_head_ && llhttp_message_needs_eof(&parser_) != 0;
  if (!has_end) return refuse("the connection was closed in the middle");
  complete_ = true;
  keep_alive_ = false;
}

int ResponseParser::on_field(llhttp_t* parser, const char* at, std::size_t size) {
  ResponseParser& me = self(parser);
  me.name_.append(at, size);
  me.head_bytes_ += size;
  if (me.has_head_) return -1;  // trailers: nothing that we use
  return me.head_bytes_ > me.limits_.head ? -1 : 0;
}

int ResponseParser::on_value(llhttp_t* parser, const char* at, std::size_t size) {
  ResponseParser& me = self(parser);
  me.value_.append(at, size);
  me.head_bytes_ += size;
  return me.head_bytes_ > me.limits_.head ? -1 : 0;
}

int ResponseParser::on_value_complete(llhttp_t* parser) {
  ResponseParser& me = self(parser);
  me.headers_.add(me.name_, me.value_);
  me.name_.clear();
  me.value_.clear();
  return me.headers_.size() > me.limits_.fields ? -1 : 0;
}

int ResponseParser::on_headers_complete(llhttp_t* parser) {
  ResponseParser& me = self(parser);
  me.status_ = parser->status_code;
  const bool is_interim = me.status_ >= 100 && me.status_ < 200 && me.status_ != 101;
  if (is_interim) {
    me.headers_.clear();
    return ++me.interim_ > me.limits_.interim_responses ? -1 : 0;
  }
  if (me.status_ < 200 || me.status_ > 599) return -1;
  if (me.headers_.count("Content-Length") > 1 ||
      (me.headers_.has("Content-Length") && me.headers_.has("Transfer-Encoding")))
    return -1;
  parser->upgrade = 0;
  me.has_head_ = true;
  me.keep_alive_ = llhttp_should_keep_alive(parser) != 0;
  return me.answers_head_ ? 1 : 0;  // 1: no body follows
}

int ResponseParser::on_body(llhttp_t* parser, const char* at, std::size_t size) {
  self(parser).body_.append(at, size);
  return 0;
}

int ResponseParser::on_message_complete(llhttp_t* parser) {
  ResponseParser& me = self(parser);
  if (me.has_head_) {
    me.complete_ = true;
    me.keep_alive_ = me.keep_alive_ && llhttp_should_keep_alive(parser) != 0;
  }
  return HPE_PAUSED;
}

}  // namespace tg::net
