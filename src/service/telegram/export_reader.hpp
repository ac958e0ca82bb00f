// Telegram Desktop's result.json, read as it streams: one chat, or a whole account (chats.list and
// left_chats.list). Also our own telegram_posts_*.json. Memory holds one message at a time.
//
//   ExportReader reader(events);
//   while (auto piece = next()) TG_TRY_VOID(reader.feed(*piece));
//   TG_TRY_VOID(reader.finish());
//
// Tolerant where Telegram Desktop writes what is no JSON: `\xNN` escapes and unquoted values. What
// it cannot read of a single message is reported and left out; a file that is cut or broken keeps
// its good prefix, and finish() says where it broke. Format: tdesktop, export_output_json.cpp. One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/json.hpp"
#include "service/telegram/post.hpp"

namespace tg::telegram {

struct ExportEvents {
  std::function<void(const Channel&)> on_channel;
  std::function<void(Post)> on_post;  // of the channel last named
  std::function<void()> on_service;
  std::function<void(std::string reason, std::int64_t message_id)> on_refused;
};

class ExportReader {
 public:
  explicit ExportReader(ExportEvents events);
  // An error when the bytes are no such file at all; then nothing more is read.
  Result<void> feed(std::string_view bytes);
  // "export.cut" or "export.broken" with the byte where the good part ends; "export.unknown" when
  // nothing of the form was found.
  Result<void> finish();
  Source source() const { return is_posts_file_ ? Source::posts_file : Source::export_file; }

 private:
  struct Level {
    bool is_object = false;
    std::string key;  // of the value being read
    bool expects_key = false;
  };

  Result<void> take(char c);
  Result<void> take_in_string(char c);
  void open(bool is_object);
  Result<void> close(bool is_object);
  void end_string();
  void end_scalar();
  void note_field(const std::string& key, const std::string& value);
  void announce();
  void take_message(std::string raw);
  void take_posts_file_post(const json::Object& object);
  bool in_messages() const;

  ExportEvents events_;
  std::vector<Level> levels_;
  std::uint64_t offset_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool collecting_ = false;  // inside of a message: its raw text goes to `raw_`
  std::size_t message_level_ = 0;
  std::string raw_;
  std::string scalar_;
  bool has_channel_ = false;
  bool announced_ = false;
  bool refused_channel_ = false;
  bool seen_messages_ = false;
  bool is_posts_file_ = false;
  bool ended_ = false;
  Channel channel_;
  std::string chat_type_;
  std::optional<UnixMillis> parsed_at_;  // of a posts file
};

}  // namespace tg::telegram
