// Parses links to channels and posts in every form that people paste: @name, name, t.me/name/5,
// https://t.me/s/name, t.me/c/123/5, tg://resolve?domain=name&post=5, tg://privatepost?...
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tg::telegram {

struct Link {
  // Exactly one of the two is set: a public name (as written, without @), or the bare id of a
  // private channel.
  std::string name;
  std::optional<std::int64_t> private_id;
  std::optional<std::int64_t> post;
  std::optional<std::int64_t> thread;
  std::optional<std::int64_t> comment;
  bool single = false;  // this item of an album alone

  bool is_private() const { return private_id.has_value(); }
};

// Errors name the field "channel". Invitations (t.me/+...,
// t.me/joinchat/...) are refused with reason "link.invitation".
Result<Link> parse_link(std::string_view text);
// The same for public channels only: a private link is refused with "link.private".
Result<std::string> public_name(std::string_view text);
// 4 to 32 of [A-Za-z0-9_], beginning with a letter.
bool is_channel_name(std::string_view name);

}  // namespace tg::telegram
