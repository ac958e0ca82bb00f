#include "service/telegram/post.hpp"

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::telegram {
namespace {

constexpr std::int64_t kChannelRange = 1'000'000'000'000;
constexpr std::int64_t kAccountRange = 2'000'000'000'000;  // derived ids lie beyond all -100... ids
constexpr std::int64_t kOldUserRange = 1LL << 60;          // of users, in older versions
constexpr std::int64_t kLargestId = 1LL << 52;

bool is_dropped(char32_t c) {
  return c == 0x200B || c == 0xFEFF || c == 0x2060 || c == 0xAD || c == '\r' ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         (c >= 0xE0000 && c <= 0xE007F) || (c < 0x20 && c != '\n' && c != '\t');
}

bool is_space(char32_t c) {
  return c == ' ' || c == '\t' || c == 0xA0 || c == 0x202F || c == 0x2007 ||
         (c >= 0x2000 && c <= 0x200A);
}

const char* word_of(PeerKind kind) {
  return kind == PeerKind::channel ? "channel" : kind == PeerKind::group ? "group" : "user";
}

// 1 to 2^52.
std::int64_t hash_of_account_chat(const Channel& chat) {
  const std::string digest =
      sha256(fmt::format("telegram:{}:{}:{}", word_of(chat.kind), chat.bare_id, chat.account));
  std::int64_t hash = 0;
  for (std::size_t i = 0; i < 7; ++i)
    hash = hash << 8 | static_cast<std::int64_t>(static_cast<unsigned char>(digest[i]));
  return (hash & (kLargestId - 1)) + 1;
}

}  // namespace

std::int64_t Channel::id() const {
  if (stored_id) return *stored_id;
  if (kind == PeerKind::channel) return bare_id;
  return -kAccountRange - hash_of_account_chat(*this);
}

std::int64_t Channel::telegram_id() const {
  switch (kind) {
    case PeerKind::channel:
      return -kChannelRange - bare_id;
    case PeerKind::group:
      return -bare_id;
    case PeerKind::user:
      return bare_id;
  }
  return bare_id;
}

Result<Channel> channel_of_id(std::int64_t id) {
  Channel channel{.bare_id = id};
  if (id < -kOldUserRange) {
    channel.kind = PeerKind::user;
    channel.bare_id = -kOldUserRange - id;
  } else if (id < -kAccountRange && id >= -kAccountRange - kLargestId) {
    return Channel{.kind = PeerKind::user, .bare_id = 0, .stored_id = id};
  } else if (id < -kChannelRange) {
    channel.bare_id = -kChannelRange - id;
  } else if (id < 0) {
    channel.kind = PeerKind::group;
    channel.bare_id = -id;
  }
  if (!is_peer_id(channel.bare_id))
    return invalid("channel_id", "must be the id of a channel, group or user");
  return channel;
}

bool is_peer_id(std::int64_t bare_id) {
  return bare_id > 0 && bare_id <= kLargestId;
}

bool is_message_id(std::int64_t message_id) {
  return message_id != 0 && message_id >= -kLargestId && message_id <= kLargestId;
}

bool is_post_time(UnixMillis time) {
  using namespace std::chrono;
  return time >= sys_days(year(2013) / 1 / 1) && time < sys_days(year(2101) / 1 / 1);
}

std::string canonical_text(std::string_view raw) {
  const std::string valid = text::to_nfc(text::make_valid_utf8(raw));
  std::string out;
  out.reserve(valid.size());
  std::size_t newlines = 0;
  std::size_t offset = 0;
  while (offset < valid.size()) {
    const char32_t c = text::next_code_point(valid, offset);
    if (is_dropped(c)) continue;
    if (c == '\n') {
      while (out.ends_with(' ')) out.pop_back();
      if (!out.empty() && ++newlines <= 2) out += '\n';
    } else if (is_space(c)) {
      if (!out.empty() && !out.ends_with('\n') && !out.ends_with(' ')) out += ' ';
    } else {
      newlines = 0;
      text::append_code_point(out, c);
    }
  }
  while (out.ends_with(' ') || out.ends_with('\n')) out.pop_back();
  return out;
}

Uuid document_id_of(const Channel& channel, std::int64_t message_id) {
  const std::string account = channel.account.empty() ? "" : channel.account + ":";
  return Uuid::from_name(kDocumentNamespace,
                         fmt::format("telegram:{}:{}:{}{}", word_of(channel.kind), channel.bare_id,
                                     account, message_id));
}

std::string post_url(const Channel& channel, std::int64_t message_id) {
  if (channel.kind != PeerKind::channel || message_id <= 0) return {};
  if (channel.username) return fmt::format("https://t.me/{}/{}", *channel.username, message_id);
  return fmt::format("https://t.me/c/{}/{}", channel.bare_id, message_id);
}

}  // namespace tg::telegram
