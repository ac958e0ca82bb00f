#include "service/telegram/link.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::telegram {
namespace {

constexpr std::string_view kForms =
    "must be a public channel: @name, t.me/name or tg://resolve?domain=name";

std::unexpected<Error> refuse(std::string reason, std::string_view why) {
  auto error = invalid("channel", why);
  error.error().reason = std::move(reason);
  return error;
}

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         text::equals_ignoring_ascii_case(text.substr(0, start.size()), start);
}

bool drop_start(std::string_view& text, std::string_view start) {
  if (!starts_with_ignoring_case(text, start)) return false;
  text.remove_prefix(start.size());
  return true;
}

class Query {
 public:
  explicit Query(std::string_view text) {
    for (const std::string_view pair : text::split(text, '&')) {
      const std::size_t equals = std::min(pair.find('='), pair.size());
      const auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
      fields_.emplace_back(std::string(pair.substr(0, equals)), value.value_or(""));
    }
  }
  std::optional<std::string> get(std::string_view name) const {
    const auto found =
        std::ranges::find(fields_, name, &std::pair<std::string, std::string>::first);
    return found == fields_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::int64_t> number(std::string_view name) const {
    const auto value = get(name);
    return value ? number_of(*value) : std::nullopt;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

Link with_options(Link link, const Query& query) {
  if (!link.thread) link.thread = query.number("thread");
  link.comment = query.number("comment");
  link.single = query.get("single").has_value();
  return link;
}

Result<Link> public_link(std::string_view name, std::optional<std::int64_t> post) {
  if (!is_channel_name(name)) return refuse("link.unreadable", kForms);
  return Link{.name = std::string(name), .private_id = {}, .post = post};
}

Result<Link> app_link(std::string_view rest) {
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  std::string_view verb = rest.substr(0, mark);
  while (verb.ends_with('/')) verb.remove_suffix(1);
  const Query query(rest.substr(std::min(mark + 1, rest.size())));
  if (text::equals_ignoring_ascii_case(verb, "resolve")) {
    TG_TRY(Link link, public_link(query.get("domain").value_or(""), query.number("post")));
    return with_options(std::move(link), query);
  }
  if (text::equals_ignoring_ascii_case(verb, "privatepost")) {
    const auto channel = query.number("channel");
    if (!channel) return refuse("link.unreadable", kForms);
    return with_options({.name = {}, .private_id = channel, .post = query.number("post")}, query);
  }
  if (text::equals_ignoring_ascii_case(verb, "join"))
    return refuse("link.invitation", "must be a public channel, not an invitation link");
  return refuse("link.unreadable", kForms);
}

// The path segments: name[/thread]/post, s/name[/post], c/id[/thread]/post.
Result<Link> web_link(std::vector<std::string_view> segments, const Query& query) {
  std::erase_if(segments, [](std::string_view segment) { return segment.empty(); });
  if (segments.empty()) return refuse("link.unreadable", kForms);
  if (segments[0].starts_with('+') || text::equals_ignoring_ascii_case(segments[0], "joinchat"))
    return refuse("link.invitation", "must be a public channel, not an invitation link");
  if (segments[0] == "s" && segments.size() > 1) segments.erase(segments.begin());
  const bool is_private = segments[0] == "c" && segments.size() > 1;
  if (is_private) segments.erase(segments.begin());
  if (segments.size() > 3) return refuse("link.unreadable", kForms);
  std::vector<std::int64_t> numbers;
  for (const std::string_view segment : std::span(segments).subspan(1)) {
    const auto number = number_of(segment);
    if (!number) return refuse("link.unreadable", kForms);
    numbers.push_back(*number);
  }
  const auto post = numbers.empty() ? std::nullopt : std::optional(numbers.back());
  Link link;
  if (is_private) {
    link.private_id = number_of(segments[0]);
    link.post = post;
    if (!link.private_id) return refuse("link.unreadable", kForms);
  } else {
    TG_TRY(link, public_link(segments[0], post));
  }
  if (numbers.size() == 2) link.thread = numbers[0];
  return with_options(std::move(link), query);
}

}  // namespace

bool is_channel_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  // A page of Telegram itself, never a channel.
  if (text::equals_ignoring_ascii_case(name, "joinchat")) return false;
  return name.size() >= 4 && name.size() <= 32 && is_letter(name[0]) &&
         std::ranges::all_of(
             name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

Result<Link> parse_link(std::string_view raw) {
  std::string_view text = text::trim(raw);
  if (drop_start(text, "@")) return public_link(text, std::nullopt);
  if (drop_start(text, "tg://") || drop_start(text, "tg:")) return app_link(text);
  const bool has_scheme = drop_start(text, "https://") || drop_start(text, "http://");
  static_cast<void>(drop_start(text, "www."));
  text = text.substr(0, text.find('#'));
  const std::size_t mark = std::min(text.find('?'), text.size());
  const Query query(text.substr(std::min(mark + 1, text.size())));
  text = text.substr(0, mark);
  for (const std::string_view host : {"t.me", "telegram.me", "telegram.dog"}) {
    if (std::string_view rest = text; drop_start(rest, host) && (rest.empty() || rest[0] == '/'))
      return web_link(text::split(rest, '/'), query);
    // name.t.me/5
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) continue;
    if (std::string_view rest = text.substr(dot + 1);
        drop_start(rest, host) && (rest.empty() || rest[0] == '/')) {
      auto segments = text::split(rest, '/');
      segments[0] = text.substr(0, dot);
      return web_link(std::move(segments), query);
    }
  }
  if (has_scheme) return refuse("link.unreadable", kForms);
  return public_link(text, std::nullopt);
}

Result<std::string> public_name(std::string_view text) {
  TG_TRY(Link link, parse_link(text));
  if (link.is_private()) {
    return refuse("link.private",
                  "must be a public channel: export a private one with Telegram Desktop and import "
                  "the file");
  }
  return std::move(link.name);
}

}  // namespace tg::telegram
