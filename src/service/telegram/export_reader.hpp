// Telegram Desktop's result.json, read as it streams: one chat, or a whole account (chats.list and
// left_chats.list). Also our own telegram_posts_*.json. Memory holds one message at a time.
//
//   ExportReader reader(events);
//   while (auto piece = next()) TG_TRY_VOID(reader.feed(*piece));
//   TG_TRY_VOID(reader.finish());
//
// Accepts the invalid JSON that Telegram Desktop writes: `\xNN` escapes and unquoted values. A
// message that cannot be read is reported and skipped; of a file that is cut off or broken, the
// valid prefix is kept, and finish() says where it ends. Format: tdesktop, export_output_json.cpp.
// Not thread-safe.
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
  std::function<void(Post)> on_post;  // of the last announced channel
  std::function<void()> on_service;
  std::function<void(std::string reason, std::int64_t message_id)> on_refused;
};

class ExportReader {
 public:
  explicit ExportReader(ExportEvents events);
  // An error if the bytes are not an export at all; nothing more may be fed after it.
  Result<void> feed(std::string_view bytes);
  // "export.cut" or "export.broken" with the byte at which the valid prefix ends; "export.unknown"
  // if the file is not an export.
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
  bool collecting_ = false;  // inside a message, whose raw text is collected in `raw_`
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
