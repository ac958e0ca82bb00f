#include "service/telegram/export_reader.hpp"

#include <charconv>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "service/telegram/export_message.hpp"

namespace tg::telegram {
namespace {

constexpr std::size_t kMessageLimit = 8 << 20;
constexpr std::size_t kDepthLimit = 64;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Chats of the first three types have no name; others lose theirs when the account is deleted.
std::string title_of_chat(std::string_view type) {
  if (type == "saved_messages") return "Saved Messages";
  if (type == "replies") return "Replies";
  if (type == "verification_codes") return "Verification Codes";
  return "Deleted Account";
}

bool has_suffix(const std::string& text, std::string_view suffix) {
  return text.ends_with(suffix);
}

}  // namespace

ExportReader::ExportReader(ExportEvents events) : events_(std::move(events)) {}

Result<void> ExportReader::feed(std::string_view bytes) {
  for (const char c : bytes) {
    TG_TRY_VOID(take(c));
    ++offset_;
  }
  return {};
}

bool ExportReader::in_messages() const {
  if (levels_.size() < 2 || levels_.back().is_object) return false;
  const std::string& key = levels_[levels_.size() - 2].key;
  return levels_[levels_.size() - 2].is_object && (key == "messages" || key == "posts");
}

Result<void> ExportReader::take(char c) {
  if (collecting_) {
    raw_ += c;
    if (raw_.size() > kMessageLimit) {
      return fail(Code::validation, "export.broken",
                  fmt::format("a message longer than {} MB ends the readable part at byte {}",
                              kMessageLimit >> 20, offset_));
    }
  }
  if (in_string_) return take_in_string(c);
  switch (c) {
    case '"':
      in_string_ = true;
      scalar_.clear();
      return {};
    case '{':
    case '[':
      if (levels_.empty() && offset_ > 64)
        return fail(Code::validation, "export.unknown",
                    "not a Telegram export: the file does not begin with {");
      if (levels_.size() >= kDepthLimit)
        return fail(Code::validation, "export.broken",
                    fmt::format("nested too deeply at byte {}", offset_));
      open(c == '{');
      return {};
    case '}':
    case ']':
      end_scalar();
      return close(c == '}');
    case ',':
      end_scalar();
      if (!levels_.empty()) levels_.back().expects_key = levels_.back().is_object;
      return {};
    case ':':
      if (!levels_.empty() && levels_.back().is_object && levels_.back().expects_key) {
        levels_.back().key = std::exchange(scalar_, {});
        levels_.back().expects_key = false;
        return {};
      }
      break;
    default:
      break;
  }
  if (is_blank(c) || ended_) return {};
  // Skip a byte order mark.
  if (levels_.empty() && (c == '\xEF' || c == '\xBB' || c == '\xBF')) return {};
  if (levels_.empty())
    return fail(Code::validation, "export.unknown",
                "this is no Telegram export: it does not begin with {");
  if (!collecting_ && scalar_.size() < 4096) scalar_ += c;
  return {};
}

Result<void> ExportReader::take_in_string(char c) {
  if (escaped_) {
    escaped_ = false;
    if (!collecting_ && scalar_.size() < 65536) scalar_ += c;
    return {};
  }
  if (c == '\\') {
    escaped_ = true;
    if (!collecting_ && scalar_.size() < 65536) scalar_ += c;
    return {};
  }
  if (c == '"') {
    in_string_ = false;
    end_string();
    return {};
  }
  if (!collecting_ && scalar_.size() < 65536) scalar_ += c;
  return {};
}

void ExportReader::end_string() {
  if (levels_.empty() || collecting_) return;
  // The values that are used are words and titles; the JSON parser decodes their escapes.
  const auto decoded = json::parse(repair_message("\"" + scalar_ + "\""));
  scalar_ = decoded && decoded->is_string() ? std::string(decoded->as_string()) : scalar_;
  if (levels_.back().expects_key) return;  // ':' takes it
}

void ExportReader::end_scalar() {
  if (levels_.empty() || collecting_ || scalar_.empty()) {
    scalar_.clear();
    return;
  }
  const Level& level = levels_.back();
  if (level.is_object && !level.expects_key) note_field(level.key, scalar_);
  scalar_.clear();
}

void ExportReader::open(bool is_object) {
  if (!collecting_ && is_object && in_messages()) {
    seen_messages_ = true;
    is_posts_file_ = levels_[levels_.size() - 2].key == "posts";
    collecting_ = true;
    message_level_ = levels_.size();
    raw_ = "{";
  } else if (!collecting_ && is_object) {
    // This may be a chat, whose own fields precede its messages.
    channel_ = {};
    chat_type_.clear();
    has_channel_ = announced_ = refused_channel_ = false;
  }
  scalar_.clear();
  levels_.push_back({.is_object = is_object, .key = {}, .expects_key = is_object});
}

Result<void> ExportReader::close(bool is_object) {
  if (levels_.empty() || levels_.back().is_object != is_object) {
    return fail(Code::validation, "export.broken",
                fmt::format("the file is broken at byte {}", offset_));
  }
  levels_.pop_back();
  if (collecting_ && levels_.size() == message_level_) {
    collecting_ = false;
    take_message(std::exchange(raw_, {}));
  } else if (!collecting_ && !is_object && !levels_.empty() && levels_.back().key == "messages") {
    seen_messages_ = true;
    announce();  // a chat without messages counts, too
  } else if (!collecting_ && !is_object && levels_.size() == 1 && levels_.back().key == "posts") {
    seen_messages_ = is_posts_file_ = true;  // a valid file, also without posts
  }
  if (!levels_.empty()) levels_.back().expects_key = false;
  ended_ = levels_.empty();
  return {};
}

void ExportReader::note_field(const std::string& key, const std::string& value) {
  if (key == "name") channel_.title = value == "null" ? "" : value;
  if (key == "type") chat_type_ = value;
  if (key == "id") channel_.bare_id = number_of(value);
  if (key == "parsed_at" && levels_.size() == 1) {
    const auto time = parse_iso8601(value);
    if (time && is_post_time(*time)) {
      parsed_at_ = *time;
    } else {
      events_.on_refused("parsed_at: must be a time from 2013 to 2100", 0);
    }
  }
  has_channel_ = channel_.bare_id != 0;
}

void ExportReader::announce() {
  if (announced_) return;
  announced_ = true;
  if (!has_channel_ || chat_type_.empty()) {
    refused_channel_ = true;
    events_.on_refused("a chat without id or type", 0);
    return;
  }
  if (!is_peer_id(channel_.bare_id)) {
    refused_channel_ = true;
    events_.on_refused(
        fmt::format("a chat with id {}: id: must be from 1 to 2^52", channel_.bare_id), 0);
    return;
  }
  const bool is_channel =
      has_suffix(chat_type_, "_channel") || has_suffix(chat_type_, "_supergroup");
  channel_.kind = is_channel                      ? PeerKind::channel
                  : chat_type_ == "private_group" ? PeerKind::group
                                                  : PeerKind::user;
  channel_.is_private = !chat_type_.starts_with("public_") && !has_suffix(chat_type_, "_channel");
  if (channel_.title.empty()) channel_.title = title_of_chat(chat_type_);
  events_.on_channel(channel_);
}

void ExportReader::take_message(std::string raw) {
  auto parsed = json::parse(raw);
  if (!parsed) parsed = json::parse(repair_message(raw));
  if (!parsed || !parsed->is_object()) {
    events_.on_refused(fmt::format("a message that is not valid JSON, before byte {}", offset_), 0);
    return;
  }
  const json::Object& object = parsed->get_object();
  if (is_posts_file_) return take_posts_file_post(object);
  announce();
  if (refused_channel_) return;
  auto post = post_of_message(object, channel_);
  if (!post) {
    const json::Value* id = object.if_contains("id");
    events_.on_refused(post.error().message, id != nullptr && id->is_int64() ? id->get_int64() : 0);
  } else if (*post) {
    events_.on_post(*std::move(*post));
  } else {
    events_.on_service();
  }
}

void ExportReader::take_posts_file_post(const json::Object& object) {
  auto post = post_of_posts_file(object);
  if (!post) {
    events_.on_refused(post.error().message, 0);
    return;
  }
  if (!announced_ || channel_.id() != post->channel.id()) {
    channel_ = post->channel;
    announced_ = true;
    events_.on_channel(channel_);
  }
  post->post.seen_at = parsed_at_;
  events_.on_post(std::move(post->post));
}

Result<void> ExportReader::finish() {
  if (!seen_messages_ && levels_.empty()) {
    return fail(Code::validation, "export.unknown",
                "not a Telegram export: the file contains no \"messages\"");
  }
  if (!ended_) {
    return fail(Code::validation, "export.cut",
                fmt::format("the file is cut at byte {}; everything before it was read", offset_));
  }
  return {};
}

}  // namespace tg::telegram
