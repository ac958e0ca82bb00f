#include "service/telegram/export_message.hpp"

#include <charconv>

#include <fmt/core.h>

#include "base/text.hpp"
#include "service/telegram/export_reader.hpp"

namespace tg::telegram {
namespace {

using json::Array;
using json::Object;
using json::Value;

const Value* find(const Object& object, std::string_view key) {
  return object.if_contains(key);
}

std::optional<std::string> string_of(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr || !value->is_string() || value->get_string().empty()) return std::nullopt;
  return std::string(value->get_string());
}

// Numbers stand as numbers or, for times, as strings.
std::optional<std::int64_t> integer_of(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_int64()) return value->get_int64();
  if (!value->is_string()) return std::nullopt;
  const auto& text = value->get_string();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A string, or an array of strings and {type, text} objects.
std::string plain_text(const Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  std::string out;
  if (const Array* array = value.if_array()) {
    for (const Value& part : *array) out += plain_text(part);
  } else if (const Object* object = value.if_object()) {
    if (const Value* text = find(*object, "text")) out = plain_text(*text);
  }
  return out;
}

const Array* entities_of(const Object& message) {
  const Value* entities = find(message, "text_entities");
  return entities == nullptr ? nullptr : entities->if_array();
}

// "(File not included. ...)" stands in place of a path when the file was not exported.
bool is_file(const Object& message, std::string_view key) {
  return find(message, key) != nullptr;
}

std::optional<std::string> media_type_of(const Object& message) {
  if (const auto kind = string_of(message, "media_type")) {
    if (*kind == "video_file") return "video";
    if (*kind == "audio_file") return "audio";
    if (*kind == "voice_message") return "voice";
    return *kind;  // sticker, video_message, animation
  }
  if (is_file(message, "photo")) return "photo";
  if (is_file(message, "file")) return "document";
  if (is_file(message, "poll")) return "poll";
  if (is_file(message, "location_information")) return "location";
  if (is_file(message, "contact_information")) return "contact";
  if (is_file(message, "todo_list")) return "todo";
  return std::nullopt;
}

// What people search for in media: a poll's question and options, a place's name, a file's name.
std::string media_text(const Object& message) {
  std::string out;
  const auto line = [&out](const std::string& text) {
    if (!text.empty()) out += (out.empty() ? "" : "\n") + text;
  };
  if (const Value* poll = find(message, "poll"); poll != nullptr && poll->is_object()) {
    const Object& object = poll->get_object();
    if (const Value* question = find(object, "question")) line(plain_text(*question));
    if (const Value* answers = find(object, "answers"); answers != nullptr && answers->is_array()) {
      for (const Value& answer : answers->get_array()) line("– " + plain_text(answer));
    }
  }
  if (const auto place = string_of(message, "place_name")) line(*place);
  if (const auto address = string_of(message, "address")) line(*address);
  const auto kind = media_type_of(message);
  if (kind != "document" && kind != "audio") return out;
  // A film's file name says nothing; a document's is what people look for.
  auto name = string_of(message, "file_name");
  if (name && name->starts_with("(File ")) name.reset();
  const auto performer = string_of(message, "performer");
  if (const auto title = string_of(message, "title")) {
    line(performer ? *performer + " – " + *title : *title);
  } else if (name) {
    line(*name);
  }
  return out;
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

std::optional<std::int64_t> sender_of(const Object& message) {
  const auto from = string_of(message, "from_id");
  if (!from) return std::nullopt;
  const std::size_t digits = from->find_first_of("0123456789");
  if (digits == std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  std::from_chars(from->data() + digits, from->data() + from->size(), number);
  if (from->starts_with("channel")) return -1'000'000'000'000 - number;
  return from->starts_with("chat") ? -number : number;
}

std::optional<UnixMillis> time_of(const Object& message, std::string_view unix_key,
                                  std::string_view local_key) {
  if (const auto seconds = integer_of(message, unix_key))
    return UnixMillis(std::chrono::seconds(*seconds));
  // Files of old versions have the local time only: the best that can be known of it.
  const auto local = string_of(message, local_key);
  if (!local) return std::nullopt;
  const auto parsed = parse_iso8601(*local);
  return parsed ? std::optional(*parsed) : std::nullopt;
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
    // After a colon comes a value; letters that begin none are an unquoted text up to the line's
    // end.
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

Result<std::optional<Post>> post_of_message(const Object& message) {
  const auto id = integer_of(message, "id");
  if (!id) return fail(Code::validation, "export.message", "a message without id");
  const auto type = string_of(message, "type");
  if (type != "message") return std::optional<Post>();
  const auto date = time_of(message, "date_unixtime", "date");
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
  const std::string media = media_text(message);
  if (!media.empty()) text += (text.empty() ? "" : "\n") + media;
  post.text = canonical_text(text);
  post.edited = time_of(message, "edited_unixtime", "edited");
  if (post.edited && post.edited->time_since_epoch().count() == 0) post.edited.reset();
  post.author = string_of(message, "author");
  if (!post.author) post.author = string_of(message, "from");
  post.sender_id = sender_of(message);
  post.reply_to = integer_of(message, "reply_to_message_id");
  post.forwarded_from = string_of(message, "forwarded_from");
  post.media_type = media_type_of(message);
  post.title = bold_title(message, post.text);
  return std::optional<Post>(std::move(post));
}

Result<PostsFilePost> post_of_posts_file(const Object& object) {
  const auto id = integer_of(object, "message_id");
  const auto channel = integer_of(object, "channel_id");
  const auto date = string_of(object, "date");
  if (!id || !channel || !date) {
    return fail(Code::validation, "posts_file.post",
                "a post without message_id, channel_id or date");
  }
  const auto time = parse_iso8601(*date);
  if (!time)
    return fail(Code::validation, "posts_file.post",
                fmt::format("post {}: date: {}", *id, time.error().message));
  PostsFilePost out;
  std::int64_t bare = *channel;
  if (bare < -1'000'000'000'000) bare = -1'000'000'000'000 - bare;
  out.channel.bare_id = bare;
  out.channel.title = string_of(object, "channel_title").value_or(std::to_string(bare));
  out.channel.username = string_of(object, "channel_username");
  out.post.message_id = *id;
  out.post.text = canonical_text(string_of(object, "text").value_or(""));
  out.post.date = *time;
  out.post.sender_id = integer_of(object, "sender_id");
  out.post.views = integer_of(object, "views");
  out.post.forwards = integer_of(object, "forwards");
  out.post.reply_to = integer_of(object, "reply_to_msg_id");
  out.post.media_type = string_of(object, "media_type");
  return out;
}

}  // namespace tg::telegram
