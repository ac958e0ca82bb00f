#include "api/channel_name.hpp"

#include <charconv>

#include "base/text.hpp"

namespace tg::api {

bool is_named(const ChannelView& channel, std::string_view name) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size()) {
    if (number < -1'000'000'000'000 && number > -2'000'000'000'000)
      number = -1'000'000'000'000 - number;
    if (channel.id == number) return true;
  }
  const std::string_view bare = name.starts_with('@') ? name.substr(1) : name;
  return (channel.username && text::equals_ignoring_ascii_case(*channel.username, bare)) ||
         channel.title == bare;
}

Result<std::int64_t> channel_of_filter(const ChannelList& visible, std::string_view name) {
  for (const ChannelView& channel : visible.channels) {
    if (is_named(channel, name)) return channel.id;
  }
  return invalid("filters.channel", "no channel of that id or name is visible to you");
}

}  // namespace tg::api
