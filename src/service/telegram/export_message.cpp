#include "service/telegram/export_message.hpp"

#include <charconv>

#include <fmt/core.h>

#include "base/text.hpp"
#include "service/telegram/export_extra.hpp"
#include "service/telegram/export_values.hpp"
#include "service/telegram/link.hpp"
#include "service/telegram/post_extra.hpp"

namespace tg::telegram {
namespace {

using json::Array;
using json::Object;
using json::Value;

const Array* entities_of(const Object& message) {
  const Value* entities = find(message, "text_entities");
  return entities == nullptr ? nullptr : entities->if_array();
}

bool has(const Object& message, std::string_view key) {
  return find(message, key) != nullptr;
}

std::unexpected<Error> refuse(std::string_view reason, std::int64_t id, std::string_view field,
                              std::string_view what_would_be_right) {
  return fail(Code::validation, std::string(reason),
              fmt::format("message {}: {}: {}", id, field, what_would_be_right));
}

constexpr std::string_view kIdBounds = "must be a number up to 2^52, not 0";
constexpr std::string_view kTimeBounds = "must be a time from 2013 to 2100";

// The id of a message or of its sender; nullopt where the field is absent.
Result<std::optional<std::int64_t>> number_of(const Object& object, std::string_view key,
                                              std::int64_t of_message) {
  const auto number = integer_of(object, key);
  if (number && !is_message_id(*number))
    return refuse("export.message", of_message, key, kIdBounds);
  return number;
}

Result<std::optional<std::int64_t>> count_of(const Object& object, std::string_view key,
                                             std::int64_t of_message) {
  const auto number = integer_of(object, key);
  if (number && (*number < 0 || *number > (1LL << 52)))
    return refuse("export.message", of_message, key, "must be a number from 0 to 2^52");
  return number;
}

// The type of the message's media, also where the file itself was not exported.
std::optional<std::string> media_type_of(const Object& message) {
  if (const auto kind = string_of(message, "media_type")) {
    if (*kind == "video_file") return "video";
    if (*kind == "audio_file") return "audio";
    if (*kind == "voice_message") return "voice";
    return *kind;  // sticker, video_message, animation
  }
  if (has(message, "photo")) return "photo";
  if (has(message, "file")) return "document";
  if (has(message, "poll")) return "poll";
  if (has(message, "location_information")) return "location";
  if (has(message, "contact_information")) return "contact";
  if (has(message, "todo_list")) return "todo";
  return std::nullopt;
}

std::optional<std::string> bold_title(const Object& message, const std::string& text) {
  const Array* entities = entities_of(message);
  if (entities == nullptr || entities->empty() || !entities->front().is_object())
    return std::nullopt;
  const Object& first = entities->front().get_object();
  if (string_of(first, "type") != "bold") return std::nullopt;
  const std::string title = canonical_text(plain_text(entities->front()));
  const std::string line = text.substr(0, text.find('\n'));
  if (title.empty() || title.find('\n') != std::string::npos || !line.starts_with(title))
    return std::nullopt;
  return title;
}

// Parses "channel77", "chat5" and "user3".
Result<std::optional<Channel>> peer_of(const Object& message, std::string_view key,
                                       std::int64_t of_message) {
  const auto from = string_of(message, key);
  const std::size_t digits = from ? from->find_first_of("0123456789") : std::string::npos;
  if (digits == std::string::npos) return std::optional<Channel>();
  Channel peer;
  std::from_chars(from->data() + digits, from->data() + from->size(), peer.bare_id);
  if (!is_peer_id(peer.bare_id))
    return refuse("export.message", of_message, key,
                  "must be channel, chat or user and a number from 1 to 2^52");
  peer.kind = from->starts_with("channel") ? PeerKind::channel
              : from->starts_with("chat")  ? PeerKind::group
                                           : PeerKind::user;
  return std::optional(std::move(peer));
}

// Bounds are checked before any arithmetic, so that seconds cannot overflow.
Result<std::optional<UnixMillis>> told_time(const Object& message, std::string_view unix_key,
                                            std::string_view local_key, std::int64_t of_message) {
  constexpr std::int64_t kFarSeconds = 100'000'000'000;
  if (const auto seconds = integer_of(message, unix_key)) {
    if (*seconds == 0) return std::optional<UnixMillis>();  // "never", of edits
    const bool is_far = *seconds < 0 || *seconds > kFarSeconds;
    const UnixMillis time(std::chrono::seconds(is_far ? 0 : *seconds));
    if (!is_post_time(time)) return refuse("export.message", of_message, unix_key, kTimeBounds);
    return std::optional(time);
  }
  // Old versions of Telegram Desktop wrote the local time only.
  const auto local = string_of(message, local_key);
  const auto parsed = parse_iso8601(local.value_or(""));
  if (!parsed) return std::optional<UnixMillis>();
  if (!is_post_time(*parsed)) return refuse("export.message", of_message, local_key, kTimeBounds);
  return std::optional(*parsed);
}

// A reply to a post of another chat does not refer to the post of the same id in this one.
Result<void> read_reply(const Object& message, const Channel& chat, Post& post) {
  TG_TRY(const auto peer, peer_of(message, "reply_to_peer_id", post.message_id));
  TG_TRY(const auto to, number_of(message, "reply_to_message_id", post.message_id));
  if (!peer || peer->telegram_id() == chat.telegram_id()) {
    post.reply_to = to;
  } else if (to) {
    const std::string url = post_url(*peer, *to);
    if (!url.empty()) post.extra.reply_to_url = url;
  }
  return {};
}

std::optional<std::int64_t> id_of(const std::optional<Channel>& peer) {
  return peer ? std::optional(peer->telegram_id()) : std::nullopt;
}

// Author, sender, replied-to message, and the source of a forward.
Result<void> read_peers(const Object& message, const Channel& chat, Post& post) {
  post.author = string_of(message, "author");
  if (!post.author) post.author = string_of(message, "from");
  TG_TRY(const auto sender, peer_of(message, "from_id", post.message_id));
  post.sender_id = id_of(sender);
  TG_TRY_VOID(read_reply(message, chat, post));
  post.forwarded_from = string_of(message, "forwarded_from");
  TG_TRY(const auto source, peer_of(message, "forwarded_from_id", post.message_id));
  post.extra.forwarded_from_id = id_of(source);
  return {};
}

// Our files keep some fields in `extra` that are members of Post.
Result<void> read_file_extra(const Object& object, Post& post) {
  const Value* value = find(object, "extra");
  if (value == nullptr || value->is_null()) return {};
  json::Warnings ignored;
  auto extra = json::read<api::PostExtra>(*value, ignored);
  if (!extra)
    return refuse("posts_file.post", post.message_id, "extra." + extra.error().field,
                  extra.error().message);
  post.extra = *std::move(extra);
  post.author = std::exchange(post.extra.author, {});
  post.forwarded_from = std::exchange(post.extra.forwarded_from, {});
  post.album_id = std::exchange(post.extra.album_id, {});
  post.edited = std::exchange(post.extra.edited_at, {});
  if (post.edited && !is_post_time(*post.edited))
    return refuse("posts_file.post", post.message_id, "extra.edited_at", kTimeBounds);
  if (post.album_id && !is_message_id(*post.album_id))
    return refuse("posts_file.post", post.message_id, "extra.album_id", kIdBounds);
  // It may have been guessed when the file was made.
  post.is_edited = post.edited_is_guess = post.edited.has_value();
  return {};
}

// Ids of private chats do not reveal their peer: our files name it beside.
Result<Channel> channel_of_file(const Object& object, std::int64_t channel_id,
                                std::int64_t of_message) {
  const Value* peer = find(object, "peer");
  const Object* named = peer == nullptr ? nullptr : peer->if_object();
  if (named == nullptr) {
    auto channel = channel_of_id(channel_id);
    if (!channel)
      return refuse("posts_file.post", of_message, "channel_id", channel.error().message);
    return channel;
  }
  const auto kind = string_of(*named, "kind");
  if (kind != "group" && kind != "user")
    return refuse("posts_file.post", of_message, "peer.kind", "must be group or user");
  const std::int64_t id = integer_of(*named, "id").value_or(0);
  if (!is_peer_id(id))
    return refuse("posts_file.post", of_message, "peer.id", "must be a number from 1 to 2^52");
  return Channel{.kind = kind == "group" ? PeerKind::group : PeerKind::user, .bare_id = id};
}

}  // namespace

std::string repair_message(std::string_view raw) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (in_string && c == '\\' && i + 1 < raw.size()) {
      if (raw[i + 1] == 'x' && i + 3 < raw.size()) {
        out += "\\u00";
        out += raw.substr(i + 2, 2);
        i += 3;
      } else {
        out += c;
        out += raw[++i];
      }
      continue;
    }
    if (in_string && static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      continue;
    }
    if (c == '"') in_string = !in_string;
    out += c;
    if (in_string || c != ':') continue;
    // After a colon, letters that start no JSON value are unquoted text up to the end of the line.
    std::size_t at = i + 1;
    while (at < raw.size() && (raw[at] == ' ' || raw[at] == '\t')) out += raw[at++];
    const std::string_view rest = raw.substr(std::min(at, raw.size()));
    const bool is_value =
        rest.empty() ||
        std::string_view("\"{[-0123456789\r\n").find(rest.front()) != std::string_view::npos ||
        rest.starts_with("true") || rest.starts_with("false") || rest.starts_with("null");
    if (!is_value) {
      std::size_t end = 0;
      while (end < rest.size() && rest[end] != '\n' && rest[end] != '}') ++end;
      std::string_view word = text::trim(rest.substr(0, end));
      const bool comma = word.ends_with(',');
      if (comma) word.remove_suffix(1);
      out += json::to_text(Value(boost::json::string(text::make_valid_utf8(word))));
      if (comma) out += ',';
      at += end;
    }
    i = at - 1;
  }
  return out;
}

Result<std::optional<Post>> post_of_message(const Object& message, const Channel& chat) {
  const auto id = integer_of(message, "id");
  if (!id) return fail(Code::validation, "export.message", "a message without id");
  const auto type = string_of(message, "type");
  if (type == "service") return std::optional<Post>();
  if (type == "unsupported") {
    return fail(Code::validation, "export.message",
                "a message that Telegram Desktop did not export (type \"unsupported\")");
  }
  if (type != "message")
    return refuse("export.message", *id, "type", "must be message, service or unsupported");
  if (!is_message_id(*id)) return refuse("export.message", *id, "id", kIdBounds);
  TG_TRY(const auto date, told_time(message, "date_unixtime", "date", *id));
  if (!date)
    return fail(Code::validation, "export.message",
                fmt::format("message {} has no readable date", *id));
  Post post{.message_id = *id, .text = {}, .date = *date};
  std::string text;
  if (const Array* entities = entities_of(message); entities != nullptr && !entities->empty()) {
    text = plain_text(*find(message, "text_entities"));
  } else if (const Value* plain = find(message, "text")) {
    text = plain_text(*plain);
  }
  post.extra = extra_of_message(message);
  post.media_type = media_type_of(message);
  const std::string media = media_words(post.extra, post.media_type.value_or(""));
  if (!media.empty()) text += (text.empty() ? "" : "\n") + media;
  post.text = canonical_text(text);
  TG_TRY(post.edited, told_time(message, "edited_unixtime", "edited", *id));
  TG_TRY_VOID(read_peers(message, chat, post));
  post.title = bold_title(message, post.text);
  return std::optional<Post>(std::move(post));
}

Result<PostsFilePost> post_of_posts_file(const Object& object) {
  const auto id = integer_of(object, "message_id");
  const auto number = integer_of(object, "channel_id");
  const auto date = string_of(object, "date");
  if (!id || !number || !date) {
    return fail(Code::validation, "posts_file.post",
                "a post without message_id, channel_id or date");
  }
  if (!is_message_id(*id)) return refuse("posts_file.post", *id, "message_id", kIdBounds);
  const auto time = parse_iso8601(*date);
  if (!time || !is_post_time(*time)) return refuse("posts_file.post", *id, "date", kTimeBounds);
  TG_TRY(const Channel channel, channel_of_file(object, *number, *id));
  PostsFilePost out{.channel = channel, .post = {.message_id = *id, .text = {}, .date = *time}};
  out.channel.title = string_of(object, "channel_title").value_or(std::to_string(*number));
  const auto name = string_of(object, "channel_username");
  if (name && is_channel_name(*name)) out.channel.username = name;
  out.channel.is_private = out.channel.kind != PeerKind::channel || !out.channel.username;
  out.post.text = canonical_text(string_of(object, "text").value_or(""));
  TG_TRY(out.post.sender_id, number_of(object, "sender_id", *id));
  TG_TRY(out.post.views, count_of(object, "views", *id));
  TG_TRY(out.post.forwards, count_of(object, "forwards", *id));
  TG_TRY(out.post.reply_to, number_of(object, "reply_to_msg_id", *id));
  out.post.media_type = string_of(object, "media_type");
  TG_TRY_VOID(read_file_extra(object, out.post));
  return out;
}

}  // namespace tg::telegram
