// How callers name a channel, in paths and in filters: by its id, by the -100... form of Telegram's
// own clients, by its username (with or without '@') or by its exact title. Where several channels
// fit, an id wins over a username and a username over a title.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "api/telegram_types.hpp"

namespace tg::api {

// The id in `name`, if it is a number; the -100... form becomes the channel's id.
std::optional<std::int64_t> channel_number(std::string_view name);

// Null if none fits.
const ChannelView* find_named(std::span<const ChannelView> channels, std::string_view name);

// The id of the channel named so among those visible to the caller; Code::validation with field
// "filters.channel" if there is none.
Result<std::int64_t> channel_of_filter(const ChannelList& visible, std::string_view name);

}  // namespace tg::api
