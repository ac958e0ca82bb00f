#include "service/telegram/post.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace tg::telegram {
namespace {

constexpr std::int64_t kUserRange = 1LL << 60;

bool is_dropped(char32_t c) {
  return c == 0x200B || c == 0xFEFF || c == 0x2060 || c == 0xAD || c == '\r' ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         (c >= 0xE0000 && c <= 0xE007F) || (c < 0x20 && c != '\n' && c != '\t');
}

bool is_space(char32_t c) {
  return c == ' ' || c == '\t' || c == 0xA0 || c == 0x202F || c == 0x2007 ||
         (c >= 0x2000 && c <= 0x200A);
}

}  // namespace

std::string_view source_word(Source source) {
  switch (source) {
    case Source::export_file:
      return "export";
    case Source::preview:
      return "preview";
    case Source::posts_file:
      return "posts_file";
  }
  return "export";
}

std::int64_t Channel::id() const {
  switch (kind) {
    case PeerKind::channel:
      return bare_id;
    case PeerKind::group:
      return -bare_id;
    case PeerKind::user:
      return -kUserRange - bare_id;
  }
  return bare_id;
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
  const char* kind = channel.kind == PeerKind::channel ? "channel"
                     : channel.kind == PeerKind::group ? "group"
                                                       : "user";
  return Uuid::from_name(kDocumentNamespace,
                         fmt::format("telegram:{}:{}:{}", kind, channel.bare_id, message_id));
}

std::string post_url(const Channel& channel, std::int64_t message_id) {
  if (channel.kind != PeerKind::channel || message_id <= 0) return {};
  if (channel.username) return fmt::format("https://t.me/{}/{}", *channel.username, message_id);
  return fmt::format("https://t.me/c/{}/{}", channel.bare_id, message_id);
}

}  // namespace tg::telegram
