#include "net/framing.hpp"

#include <array>

namespace tg::net {
namespace {

// A chunk needs about six bytes of overhead: chunks of one byte pass, 16 kB of extensions do not.
constexpr std::uint64_t kOverhead = 16 << 10;
constexpr std::uint64_t kOverheadPerByte = 8;

}  // namespace

const llhttp_settings_t& Framing::settings() {
  static const llhttp_settings_t made = [] {
    llhttp_settings_t empty;
    llhttp_settings_init(&empty);
    empty.on_body = on_body;
    empty.on_headers_complete = on_headers_complete;
    empty.on_message_complete = on_message_complete;
    return empty;
  }();
  return made;
}

// The first line is parsed by us alone (llhttp knows neither HTTP/1.2 nor a limit); llhttp gets a
// substitute that does not affect the body.
bool Framing::start_request(std::string_view fields, const Plan& plan) {
  return start(HTTP_REQUEST, "POST / HTTP/1.1\r\n", fields, plan);
}

bool Framing::start_response(int status, std::string_view fields, const Plan& plan) {
  std::array<char, 17> line{"HTTP/1.1 xxx \r\n"};
  line[9] = static_cast<char>('0' + status / 100 % 10);
  line[10] = static_cast<char>('0' + status / 10 % 10);
  line[11] = static_cast<char>('0' + status % 10);
  return start(HTTP_RESPONSE, std::string_view(line.data()), fields, plan);
}

bool Framing::start(llhttp_type_t type, std::string_view first_line, std::string_view fields,
                    const Plan& plan) {
  llhttp_init(&parser_, type, &settings());
  parser_.data = this;
  plan_ = plan;
  chunks_ = {};
  data_ = nullptr;
  problem_ = "";
  data_bytes_ = other_bytes_ = 0;
  head_done_ = complete_ = false;
  if (!feed(first_line) || !feed(fields)) return false;
  if (!head_done_) problem_ = "the head has no end";
  return head_done_;
}

bool Framing::feed(std::string_view bytes) {
  const llhttp_errno_t error = llhttp_execute(&parser_, bytes.data(), bytes.size());
  if (error == HPE_OK || (error == HPE_PAUSED && complete_)) return true;
  problem_ = llhttp_get_error_reason(&parser_);
  return false;
}

bool Framing::take(std::string_view& bytes, std::string& data) {
  if (complete_ || bytes.empty()) return true;
  if (plan_.is_chunked && !chunks_.accept(bytes)) {
    problem_ = "the chunks are malformed";
    return false;
  }
  const std::size_t before = data.size();
  data_ = &data;
  const bool is_sound = feed(bytes);
  data_ = nullptr;
  if (!is_sound) return false;
  std::size_t used = bytes.size();
  if (complete_) used = static_cast<std::size_t>(llhttp_get_error_pos(&parser_) - bytes.data());
  bytes.remove_prefix(used);
  const std::size_t got = data.size() - before;
  data_bytes_ += got;
  other_bytes_ += used - got;
  if (other_bytes_ <= kOverhead + data_bytes_ * kOverheadPerByte) return true;
  problem_ = "the chunks have too much beside their data";
  return false;
}

bool Framing::end_of_stream() {
  const bool is_end = head_done_ && !complete_ && llhttp_message_needs_eof(&parser_) != 0;
  complete_ = complete_ || is_end;
  return is_end;
}

int Framing::on_body(llhttp_t* parser, const char* at, std::size_t size) {
  auto& self = *static_cast<Framing*>(parser->data);
  if (self.data_ == nullptr) return -1;
  self.data_->append(at, size);
  return 0;
}

int Framing::on_headers_complete(llhttp_t* parser) {
  auto& self = *static_cast<Framing*>(parser->data);
  const Plan& plan = self.plan_;
  self.head_done_ = true;
  parser->upgrade = 0;
  const bool is_chunked = (parser->flags & F_CHUNKED) != 0;
  const bool has_length = (parser->flags & F_CONTENT_LENGTH) != 0;
  const bool agrees = is_chunked == plan.is_chunked && has_length == plan.length.has_value() &&
                      (!has_length || parser->content_length == *plan.length);
  if (!agrees) {
    llhttp_set_error_reason(parser, "two readings of the head differ");
    return -1;
  }
  return plan.never_has_body ? 1 : 0;
}

int Framing::on_message_complete(llhttp_t* parser) {
  static_cast<Framing*>(parser->data)->complete_ = true;
  return HPE_PAUSED;
}

}  // namespace tg::net
