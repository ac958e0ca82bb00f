#include "service/telegram/preview_post.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "service/telegram/post.hpp"
#include "service/telegram/post_merge.hpp"

namespace tg::telegram {
namespace {

using html::Node;

constexpr std::string_view kReply = "tgme_widget_message_reply";

std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> text_at(Node node, std::string_view class_name) {
  const Node found = node.find(class_name);
  if (!found) return std::nullopt;
  std::string text = found.trimmed_text();
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> attribute_of(Node node, std::string_view name) {
  const auto value = node.attribute(name);
  return value && !value->empty() ? std::optional(std::string(*value)) : std::nullopt;
}

// The post id at the end of a link: .../name/15?single. Ids in channels start at 1.
std::optional<std::int64_t> post_of_link(std::string_view link) {
  link = link.substr(0, link.find_first_of("?#"));
  const auto number = number_of(link.substr(link.rfind('/') + 1));
  return number && *number > 0 && is_message_id(*number) ? number : std::nullopt;
}

// The channel's name in such a link.
std::string_view name_of_link(std::string_view link) {
  link = link.substr(0, link.find_first_of("?#"));
  link = link.substr(0, link.rfind('/'));
  return link.substr(link.rfind('/') + 1);
}

// background-image:url('...')
std::optional<std::string> background_of(Node node) {
  const std::string_view style = node.attribute("style").value_or("");
  std::size_t start = style.find("url(");
  if (start == std::string_view::npos) return std::nullopt;
  start += 4;
  const std::size_t end = style.find(')', start);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view url = style.substr(start, end - start);
  while (!url.empty() && (url.front() == '\'' || url.front() == '"')) url.remove_prefix(1);
  while (!url.empty() && (url.back() == '\'' || url.back() == '"')) url.remove_suffix(1);
  return url.empty() ? std::nullopt : std::optional(std::string(url));
}

// The first element of that class outside of the quoted post above the text.
Node find_own(Node message, std::string_view class_name) {
  Node found;
  message.each(class_name, [&](Node node) {
    if (node.is_inside(kReply, message)) return true;
    found = node;
    return false;
  });
  return found;
}

// Links behind words, without links whose text is the URL itself, mentions and hashtags.
void read_links(Node text, PagePost& post) {
  text.each_tag("a", [&post](Node link) {
    const std::string_view url = link.attribute("href").value_or("");
    const std::string words = link.trimmed_text();
    const bool is_address = url.starts_with("http://") || url.starts_with("https://");
    if (is_address && !words.starts_with('@') && !same_text(words, url))
      post.extra.links.emplace_back(url);
    return true;
  });
}

void read_text(Node message, PagePost& post) {
  const Node node = find_own(message, "tgme_widget_message_text");
  if (!node) return;
  post.text = node.trimmed_text();
  read_links(node, post);
  Node first = node.first_child();
  while (first && first.tag() == "div") first = first.first_child();
  if (first.tag() != "b" && first.tag() != "strong") return;
  std::string title = first.trimmed_text();
  if (!title.empty() && title.find('\n') == std::string::npos && post.text.starts_with(title))
    post.title = std::move(title);
}

// Telegram converts GIFs to videos that play automatically or in a loop.
PageMedia video_kind(Node player) {
  const Node video = player.find_tag("video");
  return video && (video.attribute("loop") || video.attribute("autoplay")) ? PageMedia::animation
                                                                           : PageMedia::video;
}

void read_album(Node message, PagePost& post) {
  const Node album = message.find("tgme_widget_message_grouped_wrap");
  if (!album) return;
  album.each("grouped_media_wrap", [&post](Node item) {
    const auto id = post_of_link(item.attribute("href").value_or(""));
    if (!id) return true;
    AlbumItem out{.message_id = *id, .media = PageMedia::photo, .url = background_of(item)};
    if (item.has_class("tgme_widget_message_video_player")) {
      out.media = PageMedia::video;
      out.url = attribute_of(item.find_tag("video"), "src");
    }
    post.album.push_back(std::move(out));
    return true;
  });
  std::ranges::sort(post.album, {}, [&post](const AlbumItem& item) {
    return std::pair(item.message_id != post.message_id, item.message_id);
  });
}

void read_poll(Node node, Node message, PagePost& post) {
  api::Poll poll{.question = text_at(node, "tgme_widget_message_poll_question").value_or(""),
                 .kind = text_at(node, "tgme_widget_message_poll_type"),
                 .closed = {},
                 .voters = {},
                 .options = {}};
  node.each("tgme_widget_message_poll_option", [&poll](Node option) {
    api::PollOption out{
        .text = text_at(option, "tgme_widget_message_poll_option_text").value_or(""),
        .voters = {},
        .percent = {}};
    std::string percent = text_at(option, "tgme_widget_message_poll_option_percent").value_or("");
    if (percent.ends_with('%')) percent.pop_back();
    if (const auto number = number_of(percent); number && *number >= 0 && *number <= 100)
      out.percent = *number;
    poll.options.push_back(std::move(out));
    return true;
  });
  if (const auto voters = text_at(message, "tgme_widget_message_voters"))
    poll.voters = parse_count(*voters);
  post.extra.poll = std::move(poll);
}

void read_link_preview(Node message, PagePost& post) {
  const Node node = message.find("tgme_widget_message_link_preview");
  if (!node) return;
  post.extra.link_preview = api::LinkPreview{
      .url = attribute_of(node, "href").value_or(""),
      .site_name = text_at(node, "link_preview_site_name").value_or(""),
      .title = text_at(node, "link_preview_title").value_or(""),
      .description = text_at(node, "link_preview_description").value_or(""),
  };
}

bool has_unsupported_media(Node message) {
  bool found = false;
  message.each("message_media_not_supported", [&](Node node) {
    // Players contain the same text for browsers that cannot play them.
    found = !node.is_inside("tgme_widget_message_video_player", message) &&
            !node.is_inside("tgme_widget_message_roundvideo_player", message);
    return !found;
  });
  return found;
}

void read_duration(Node node, std::string_view class_name, PagePost& post) {
  const auto seconds = parse_duration(text_at(node, class_name).value_or(""));
  if (seconds) post.extra.file.emplace().duration_seconds = seconds;
}

// .../?q=59.9,30.3&...
void read_place(std::string_view link, PagePost& post) {
  const std::size_t at = link.find("q=");
  if (at == std::string_view::npos) return;
  const auto parts = text::split(link.substr(at + 2, link.find('&', at) - at - 2), ',');
  if (parts.size() != 2) return;
  api::PostPlace place;
  for (const auto& [part, field] :
       {std::pair(parts[0], &place.latitude), std::pair(parts[1], &place.longitude)}) {
    double number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size() || !(std::abs(number) <= 180))
      return;
    *field = number;
  }
  post.extra.place = std::move(place);
}

void read_document(Node message, PagePost& post) {
  const auto title = text_at(message, "tgme_widget_message_document_title");
  const auto beside = text_at(message, "tgme_widget_message_document_extra");
  const Node icon = message.find("tgme_widget_message_document_icon");
  post.media = icon && icon.has_class("audio") ? PageMedia::audio : PageMedia::document;
  api::PostFile& file = post.extra.file.emplace();
  if (post.media == PageMedia::audio) {
    file.title = title;
    file.performer = beside;
  } else {
    file.name = title;
    file.size = parse_size(beside.value_or(""));
  }
}

// The order matters: elements of later kinds also occur inside earlier ones.
void read_media(Node message, PagePost& post) {
  const auto found = [message](std::string_view class_name) {
    return find_own(message, class_name);
  };
  read_album(message, post);
  read_link_preview(message, post);
  if (!post.album.empty()) {
    post.media = post.album.front().media;
    post.media_url = post.album.front().url;
  } else if (const Node poll = found("tgme_widget_message_poll")) {
    post.media = PageMedia::poll;
    read_poll(poll, message, post);
  } else if (const Node round = found("tgme_widget_message_roundvideo")) {
    post.media = PageMedia::video_message;
    post.media_url = attribute_of(round, "src");
    read_duration(message, "tgme_widget_message_roundvideo_duration", post);
  } else if (const Node voice = found("tgme_widget_message_voice")) {
    post.media = PageMedia::voice;
    post.media_url = attribute_of(voice, "src");
    read_duration(message, "tgme_widget_message_voice_duration", post);
  } else if (const Node player = found("tgme_widget_message_video_player")) {
    post.media = video_kind(player);
    post.media_url = attribute_of(player.find_tag("video"), "src");
    read_duration(player, "message_video_duration", post);
  } else if (found("tgme_widget_message_document_title")) {
    read_document(message, post);
  } else if (const Node photo = found("tgme_widget_message_photo_wrap")) {
    post.media = PageMedia::photo;
    post.media_url = background_of(photo);
  } else if (const Node place = found("tgme_widget_message_location_wrap")) {
    post.media = PageMedia::location;
    post.media_url = attribute_of(place, "href");
    read_place(post.media_url.value_or(""), post);
  } else if (const Node sticker = found("tgme_widget_message_sticker_wrap")) {
    post.media = PageMedia::sticker;
    post.media_url = background_of(sticker.find("tgme_widget_message_sticker"));
  } else if (found("tgme_widget_message_sticker")) {
    post.media = PageMedia::sticker;
  } else if (has_unsupported_media(message)) {
    post.media = PageMedia::unsupported;
  } else if (post.extra.link_preview) {
    post.media = PageMedia::webpage;
    post.media_url = post.extra.link_preview->url;
  }
}

void read_reactions(Node message, PagePost& post) {
  message.each("tgme_reaction", [&post](Node node) {
    api::Reaction reaction;
    std::string text = node.trimmed_text();
    const std::size_t digits = text.find_first_of("0123456789");
    const auto count =
        parse_count(digits == std::string::npos ? "" : std::string_view(text).substr(digits));
    if (!count) return true;
    reaction.count = *count;
    if (node.has_class("tgme_reaction_paid")) {
      reaction.reaction = "paid";
    } else if (const auto custom = node.find_tag("tg-emoji").attribute("emoji-id")) {
      reaction.reaction = "custom:" + std::string(*custom);
    } else {
      reaction.reaction = std::string(text::trim(std::string_view(text).substr(0, digits)));
    }
    post.extra.reactions.push_back(std::move(reaction));
    return true;
  });
}

void read_relations(Node message, PagePost& post) {
  if (const Node from = message.find("tgme_widget_message_forwarded_from_name")) {
    post.forwarded_from = from.trimmed_text();
    post.extra.forwarded_url = attribute_of(from, "href");
  } else {
    // The author of a forward may hide the account: a name without a link.
    post.forwarded_from = text_at(message, "tgme_widget_message_forwarded_from_author");
  }
  if (const Node reply = message.find(kReply)) {
    const std::string_view link = reply.attribute("href").value_or("");
    const auto parent = post_of_link(link);
    if (text::equals_ignoring_ascii_case(name_of_link(link), post.name)) {
      post.reply_to = parent;
    } else if (parent) {
      post.extra.reply_to_url = std::string(link.substr(0, link.find_first_of("?#")));
    }
  }
  if (const auto bot = text_at(message, "tgme_widget_message_via_bot"))
    post.extra.via_bot = bot->starts_with('@') ? bot->substr(1) : *bot;
}

void read_footer(Node message, PagePost& post) {
  if (const auto views = text_at(message, "tgme_widget_message_views"))
    post.views = parse_count(*views);
  const Node date = message.find("tgme_widget_message_date").find_tag("time");
  if (const auto time = date.attribute("datetime")) {
    if (const auto parsed = parse_iso8601(*time); parsed && is_post_time(*parsed))
      post.date = *parsed;
  }
  post.signature = text_at(message, "tgme_widget_message_from_author");
  post.owner = text_at(message, "tgme_widget_message_owner_name");
  // The author's name is an element inside: a person may be called "edited".
  const std::string meta = message.find("tgme_widget_message_meta").own_text();
  post.is_edited = meta.find("edited") != std::string::npos;
}

}  // namespace

PageView parse_view(std::string_view data_view) {
  PageView view;
  const auto bytes = decode_base64url(data_view);
  const auto value = bytes ? json::parse(*bytes) : Result<json::Value>(not_found("data-view"));
  if (!value || !value->is_object()) return view;
  const json::Object& object = value->get_object();
  const json::Value* channel = object.if_contains("c");
  if (channel != nullptr && channel->is_int64() && channel->get_int64() < 0 &&
      is_peer_id(-std::max(channel->get_int64(), -std::numeric_limits<std::int64_t>::max())))
    view.bare_channel_id = -channel->get_int64();
  if (const json::Value* time = object.if_contains("t"); time != nullptr && time->is_int64() &&
                                                         time->get_int64() > 0 &&
                                                         time->get_int64() < 100'000'000'000) {
    const UnixMillis made(std::chrono::seconds(time->get_int64()));
    if (is_post_time(made)) view.made_at = made;
  }
  const json::Value* post = object.if_contains("p");
  view.is_album = post != nullptr && post->is_string() && post->get_string().ends_with('g');
  return view;
}

Result<PagePost> parse_page_post(Node message) {
  const std::string_view place = message.attribute("data-post").value_or("");
  const auto id = post_of_link(place);
  if (!id || place.find('/') == std::string_view::npos) {
    return fail(Code::validation, "preview.post",
                fmt::format("a post {}: data-post: must be a name and a number from 1 to 2^52",
                            text::make_valid_utf8(place.substr(0, 80))));
  }
  PagePost post;
  post.message_id = *id;
  post.name = std::string(place.substr(0, place.find('/')));
  post.seen_at = parse_view(message.attribute("data-view").value_or("")).made_at;
  post.is_service = message.has_class("service_message");
  read_footer(message, post);
  read_text(message, post);
  if (post.is_service) return post;
  read_relations(message, post);
  read_media(message, post);
  read_reactions(message, post);
  return post;
}

}  // namespace tg::telegram
