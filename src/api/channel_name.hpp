// The three ways in which callers name a channel: its bare id, the -100... form of Telegram's own
// clients, its name (with or without '@') or its exact title.
#pragma once

#include <string_view>

#include "api/telegram_types.hpp"

namespace tg::api {

bool is_named(const ChannelView& channel, std::string_view name);

// The id of the channel that is named so among these; Code::validation with field "filters.channel"
// where there is none.
Result<std::int64_t> channel_of_filter(const ChannelList& visible, std::string_view name);

}  // namespace tg::api
