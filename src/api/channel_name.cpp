#include "api/channel_name.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace tg::api {

std::optional<std::int64_t> channel_number(std::string_view name) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  const bool is_long_form = number < -1'000'000'000'000 && number > -2'000'000'000'000;
  return is_long_form ? -1'000'000'000'000 - number : number;
}

const ChannelView* find_named(std::span<const ChannelView> channels, std::string_view name) {
  const auto number = channel_number(name);
  const std::string_view bare = name.starts_with('@') ? name.substr(1) : name;
  const auto first = [channels](auto fits) {
    const auto found = std::ranges::find_if(channels, fits);
    return found == channels.end() ? nullptr : &*found;
  };
  const ChannelView* found = first([&](const ChannelView& c) { return number == c.id; });
  if (found == nullptr) {
    found = first([&](const ChannelView& c) {
      return c.username && text::equals_ignoring_ascii_case(*c.username, bare);
    });
  }
  if (found == nullptr) found = first([&](const ChannelView& c) { return c.title == name; });
  return found;
}

Result<std::int64_t> channel_of_filter(const ChannelList& visible, std::string_view name) {
  if (const ChannelView* channel = find_named(visible.channels, name)) return channel->id;
  return invalid("filters.channel", "must be the id, username or title of a channel you can see");
}

}  // namespace tg::api
