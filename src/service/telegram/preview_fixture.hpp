// Pages in the form of t.me/s/<name>, made for tests.
#pragma once

#include <string>
#include <vector>

#include <fmt/core.h>

#include "base/clock.hpp"
#include "base/encoding.hpp"

namespace tg::telegram::fixture {

struct PostSpec {
  std::int64_t id = 1;
  std::string text;  // HTML
  UnixMillis date = UnixMillis(std::chrono::seconds(1'735'800'000));
  std::string views = "1.2K";
  bool edited = false;
  std::string media = {};                // HTML between author and text
  std::int64_t made_at = 1'750'000'000;  // of the page
  std::string signature = {};            // the author of a signed post
};

inline std::string data_view(std::int64_t channel, const std::string& post,
                             std::int64_t made_at = 1'750'000'000) {
  return encode_base64url(
      fmt::format(R"({{"c":-{},"p":{},"t":{},"h":"5a"}})", channel, post, made_at));
}

// As t.me writes it: the word follows the author of a signed post.
inline std::string meta_html(const PostSpec& post) {
  const std::string author =
      post.signature.empty()
          ? ""
          : fmt::format(
                R"(<span class="tgme_widget_message_from_author" dir="auto">{}</span>,&nbsp;)",
                post.signature);
  return author + (post.edited ? "edited &nbsp;" : "");
}

inline std::string post_html(const std::string& name, std::int64_t channel, const PostSpec& post) {
  return fmt::format(
      R"(<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{0}/{1}" data-view="{2}">
<div class="tgme_widget_message_bubble">
<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" href="https://t.me/{0}"><span dir="auto">Станция «Полюс»</span></a></div>
{3}{4}<div class="tgme_widget_message_footer compact js-message_footer">
<div class="tgme_widget_message_info short js-message_info">
<span class="tgme_widget_message_views">{5}</span><span class="copyonly"> views</span><span class="tgme_widget_message_meta">{6}<a class="tgme_widget_message_date" href="https://t.me/{0}/{1}"><time datetime="{7}" class="time">10:00</time></a></span>
</div></div></div></div></div>
)",
      name, post.id, data_view(channel, std::to_string(post.id), post.made_at), post.media,
      post.text.empty() ? ""
                        : "<div class=\"tgme_widget_message_text js-message_text\" dir=\"auto\">" +
                              post.text + "</div>",
      post.views, meta_html(post), format_iso8601_offset(post.date));
}

inline std::string page_html(const std::string& name, std::int64_t channel,
                             const std::vector<PostSpec>& posts, std::int64_t before = 0) {
  std::string body;
  for (const PostSpec& post : posts) body += post_html(name, channel, post);
  const std::string more = before == 0 ? ""
                                       : fmt::format(
                                             "<div class=\"tgme_widget_message_centered\"><a "
                                             "href=\"/s/{0}?before={1}\" class=\"tme_messages_more "
                                             "js-messages_more\" data-before=\"{1}\"></a></div>",
                                             name, before);
  return fmt::format(
      R"(<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Станция «Полюс» – Telegram</title></head>
<body class="widget_frame_base tgme_webpreview"><header class="tgme_header"><div class="tgme_header_right_column"><section class="tgme_right_column"><div class="tgme_channel_info">
<div class="tgme_channel_info_header"><i class="tgme_page_photo_image bgcolor4"><img src="https://cdn.example/photo.jpg"></i>
<div class="tgme_channel_info_header_title"><span dir="auto">Станция «Полюс»</span><i class="verified-icon"> </i></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{0}">@{0}</a></div></div>
<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter"><span class="counter_value">4.2K</span> <span class="counter_type">subscribers</span></div><div class="tgme_channel_info_counter"><span class="counter_value">12</span> <span class="counter_type">photos</span></div></div>
<div class="tgme_channel_info_description">Дневник зимовки<br/>у полюса</div></div></section></div></header>
<main class="tgme_main" data-url="/{0}"><section class="tgme_channel_history js-message_history">{1}{2}</section></main></body></html>
)",
      name, more, body);
}

// The profile page at /name of a taken and of a free name.
inline std::string profile_html(bool exists) {
  return exists ? "<html><body><div class=\"tgme_page\"><div class=\"tgme_page_title\"><span>A "
                  "group</span></div><div class=\"tgme_page_extra\">12 members</div></div></body>"
                : "<html><body><div class=\"tgme_page\"><div class=\"tgme_page_icon\"></div><div "
                  "class=\"tgme_page_description\">If you have Telegram, you can contact "
                  "them</div></div></body>";
}

}  // namespace tg::telegram::fixture
