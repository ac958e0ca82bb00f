#include "net/event_reader.hpp"

#include <charconv>

#include "base/text.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string valid(std::string_view bytes) {
  return text::is_valid_utf8(bytes) ? std::string(bytes) : text::make_valid_utf8(bytes);
}

}  // namespace

void EventReader::append(std::string_view bytes) {
  if (failed_) return;
  buffer_.erase(0, std::exchange(at_, 0));
  buffer_ += bytes;
}

std::optional<std::string_view> EventReader::next_line() {
  std::string_view rest = std::string_view(buffer_).substr(at_);
  if (at_start_) {
    const std::size_t size = std::min(rest.size(), kByteOrderMark.size());
    if (rest.substr(0, size) == kByteOrderMark.substr(0, size)) {
      if (size < kByteOrderMark.size()) return std::nullopt;
      at_ += kByteOrderMark.size();
      rest.remove_prefix(kByteOrderMark.size());
    }
    at_start_ = false;
  }
  if (skips_lf_ && !rest.empty()) {
    skips_lf_ = false;
    if (rest.front() == '\n') {
      ++at_;
      rest.remove_prefix(1);
    }
  }
  const std::size_t end = rest.find_first_of("\r\n", searched_);
  if (end == std::string_view::npos) {
    searched_ = rest.size();
    return std::nullopt;
  }
  searched_ = 0;
  skips_lf_ = rest[end] == '\r';
  at_ += end + 1;
  return rest.substr(0, end);
}

// False: the event has become too large.
bool EventReader::take_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == 0) return true;  // a comment, sent as a keep-alive
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) event_.data += '\n';
    has_data_ = true;
    event_.data += value;
    return event_.data.size() <= limits_.data;
  }
  if (name == "event") {
    event_.name = valid(value);
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    event_.id = valid(value);
  } else if (std::int64_t wait = 0;
             name == "retry" && is_digits(value) &&
             std::from_chars(value.data(), value.data() + value.size(), wait).ec == std::errc()) {
    retry_ = std::chrono::milliseconds(wait);
  }
  return true;
}

// An event without data is not dispatched; its name is reset.
std::optional<ServerEvent> EventReader::finish_event() {
  ServerEvent event = event_;
  event_.name.clear();
  event_.data.clear();
  if (!std::exchange(has_data_, false)) return std::nullopt;
  event.data = valid(event.data);
  return event;
}

Result<std::optional<ServerEvent>> EventReader::next() {
  const auto too_large = [this](const char* what) {
    failed_ = true;
    return fail(Code::bad_gateway, "upstream.too_large", what);
  };
  if (failed_) return too_large("the stream of events has failed");
  while (const auto line = next_line()) {
    if (line->size() > limits_.line) return too_large("a line of an event is too large");
    if (line->empty()) {
      if (auto event = finish_event()) return event;
    } else if (!take_line(*line)) {
      return too_large("an event is too large");
    }
  }
  if (buffer_.size() - at_ > limits_.line) return too_large("a line of an event is too large");
  return std::nullopt;
}

}  // namespace tg::net
