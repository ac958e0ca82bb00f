#include "service/telegram/preview_page.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "service/telegram/post.hpp"
#include "service/telegram/preview_post.hpp"

namespace tg::telegram {
namespace {

using html::Node;

std::string text_at(Node node, std::string_view class_name) {
  return node.find(class_name).trimmed_text();
}

PageChannel read_channel(Node root) {
  PageChannel channel;
  const Node info = root.find("tgme_channel_info");
  channel.title = text_at(info, "tgme_channel_info_header_title");
  if (channel.title.empty()) channel.title = text_at(root, "tgme_header_title");
  channel.username = text_at(info, "tgme_channel_info_header_username");
  if (channel.username.starts_with('@')) channel.username.erase(0, 1);
  channel.description = text_at(info, "tgme_channel_info_description");
  const Node photo = root.find("tgme_page_photo_image");
  if (const auto url = photo.find_tag("img").attribute("src"))
    channel.photo_url = std::string(*url);
  channel.is_verified = static_cast<bool>(root.find("verified-icon"));
  info.each("tgme_channel_info_counter", [&channel](Node counter) {
    const std::string type = text_at(counter, "counter_type");
    if (type.starts_with("subscriber") || type.starts_with("member"))
      channel.subscribers = parse_count(text_at(counter, "counter_value"));
    return true;
  });
  return channel;
}

std::optional<std::int64_t> number_after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  const std::string_view digits = text.substr(at + mark.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && number > 0 && is_message_id(number) ? std::optional(number)
                                                                     : std::nullopt;
}

// The cursor of the link to older posts. The link to newer ones differs only by its data-after.
std::optional<std::int64_t> cursor_of(Node root, Node history) {
  std::optional<std::int64_t> before;
  history.each("tme_messages_more", [&before](Node link) {
    before = number_after(link.attribute("data-before").value_or(""), "");
    return !before;
  });
  if (before) return before;
  root.each_tag("link", [&before](Node link) {
    if (link.attribute("rel") == "prev")
      before = number_after(link.attribute("href").value_or(""), "before=");
    return !before;
  });
  return before;
}

}  // namespace

std::string_view media_word(PageMedia media) {
  constexpr std::array<std::string_view, 13> kWords = {
      "",         "photo",    "video",   "video_message", "animation", "voice",      "audio",
      "document", "location", "sticker", "poll",          "webpage",   "unsupported"};
  return kWords.at(static_cast<std::size_t>(media));
}

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::string digits;
  double factor = 1;
  for (const char c : text::trim(text)) {
    if ((c >= '0' && c <= '9') || (c == '.' && factor == 1)) {
      if (factor != 1) return std::nullopt;
      digits += c;
    } else if (c == 'K' || c == 'k') {
      factor *= 1e3;
    } else if (c == 'M' || c == 'm') {
      factor *= 1e6;
    } else if (c == 'B' || c == 'b') {
      factor *= 1e9;
    } else if (c != ' ' && c != ',') {
      return std::nullopt;
    }
  }
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() ||
      factor > 1e9 || number * factor > 1e15) {
    return std::nullopt;
  }
  return std::llround(number * factor);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::int64_t seconds = 0;
  const auto parts = text::split(text::trim(text), ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  for (const std::string_view part : parts) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size() || number < 0 || number > 999)
      return std::nullopt;
    seconds = seconds * 60 + number;
  }
  return seconds;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  constexpr auto kUnits = std::to_array<std::string_view>({"B", "KB", "MB", "GB"});
  const std::string_view trimmed = text::trim(text);
  const std::size_t space = trimmed.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto unit = std::ranges::find(kUnits, trimmed.substr(space + 1));
  double number = 0;
  const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + space, number);
  if (unit == kUnits.end() || error != std::errc() || end != trimmed.data() + space ||
      !(number >= 0 && number < 1e6))
    return std::nullopt;
  return std::llround(std::ldexp(number, static_cast<int>(10 * (unit - kUnits.begin()))));
}

Result<PreviewPage> parse_preview_page(std::string_view bytes) {
  TG_TRY(const html::Page parsed, html::Page::parse(bytes));
  const Node root = parsed.root();
  const Node history = root.find("tgme_channel_history");
  if (!history) return not_previewable();
  PreviewPage page{.channel = read_channel(root),
                   .posts = {},
                   .refused = {},
                   .before = cursor_of(root, history)};
  history.each("tgme_widget_message", [&page](Node message) {
    auto post = parse_page_post(message);
    if (!post) {
      page.refused.push_back(std::move(post).error().message);
      return true;
    }
    const PageView view = parse_view(message.attribute("data-view").value_or(""));
    if (!page.channel.bare_id) page.channel.bare_id = view.bare_channel_id;
    page.posts.push_back(*std::move(post));
    return true;
  });
  std::ranges::sort(page.posts, {}, &PagePost::message_id);
  if (page.channel.username.empty() && !page.posts.empty())
    page.channel.username = page.posts.front().name;
  return page;
}

std::unexpected<Error> not_previewable() {
  return fail(Code::conflict, "not_previewable",
              "this channel has no public preview (it may be private, a group, a person, or "
              "restricted): export it with Telegram Desktop and import the file");
}

bool names_somebody(std::string_view bytes) {
  const auto page = html::Page::parse(bytes);
  return page && static_cast<bool>(page->root().find("tgme_page_title"));
}

}  // namespace tg::telegram
