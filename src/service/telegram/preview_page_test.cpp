#include "service/telegram/preview_page.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "service/telegram/post.hpp"
#include "service/telegram/preview_fixture.hpp"
#include "service/telegram/preview_post.hpp"

namespace tg::telegram {
namespace {

using fixture::page_html;
using fixture::PostSpec;

PreviewPage read(const std::string& html) {
  auto page = parse_preview_page(html);
  EXPECT_TRUE(page) << page.error().message;
  return page ? *std::move(page) : PreviewPage{};
}

// The only post of a page with this text and media.
PagePost read_post(std::string text, std::string media = {}) {
  auto page = read(page_html("polar_station", 77, {{.id = 5, .text = text, .media = media}}));
  EXPECT_EQ(page.posts.size(), 1U);
  return page.posts.empty() ? PagePost{} : page.posts.front();
}

TEST(PreviewPage, ReadsTheChannel) {
  const PreviewPage page = read(page_html("polar_station", 1234567890, {{.id = 5, .text = "x"}}));
  EXPECT_EQ(page.channel.bare_id, 1234567890);
  EXPECT_EQ(page.channel.title, "Станция «Полюс»");
  EXPECT_EQ(page.channel.username, "polar_station");
  EXPECT_EQ(page.channel.description, "Дневник зимовки\nу полюса");
  EXPECT_EQ(page.channel.subscribers, 4200);
  EXPECT_EQ(page.channel.photo_url, "https://cdn.example/photo.jpg");
  EXPECT_TRUE(page.channel.is_verified);
}

TEST(PreviewPage, IgnoresIdsAndTimesOutOfBounds) {
  const auto view = [](const std::string& text) { return parse_view(encode_base64url(text)); };
  EXPECT_EQ(view(R"({"c":-77,"t":1750000000})").bare_channel_id, 77);
  EXPECT_FALSE(view(R"({"c":-9223372036854775808})").bare_channel_id);
  EXPECT_FALSE(view(R"({"c":-9223372036854775807})").bare_channel_id);
  EXPECT_FALSE(view(R"({"c":-77,"t":99999999999})").made_at);
  EXPECT_EQ(
      read_post(
          "a",
          R"html(<a class="tgme_widget_message_reply" href="https://t.me/x/9223372036854775807"></a>)html")
          .reply_to,
      std::nullopt);
}

TEST(PreviewPage, OrdersPostsAndReadsTheCursor) {
  const auto with = [](std::int64_t before) {
    return read(
        page_html("polar_station", 77, {{.id = 21, .text = "b"}, {.id = 20, .text = "a"}}, before));
  };
  const PreviewPage page = with(20);
  ASSERT_EQ(page.posts.size(), 2U);
  EXPECT_EQ(page.posts[0].message_id, 20);
  EXPECT_EQ(page.before, 20);
  EXPECT_FALSE(with(0).before);
  EXPECT_FALSE(with(std::numeric_limits<std::int64_t>::max()).before) << "no post has that number";
  std::string in_head = page_html("polar_station", 77, {});
  in_head.insert(in_head.find("</head>"), "<link rel=\"prev\" href=\"/s/polar_station?before=8\">");
  EXPECT_EQ(read(in_head).before, 8);
}

TEST(PreviewPage, RefusesAPostWithAnInvalidId) {
  std::string html =
      page_html("polar_station", 77, {{.id = 5, .text = "a"}, {.id = 6, .text = "b"}});
  html.replace(html.find("polar_station/6\""), 15, "polar_station/-6");
  const PreviewPage page = read(html);
  EXPECT_EQ(page.posts.size(), 1U);
  ASSERT_EQ(page.refused.size(), 1U);
  EXPECT_EQ(page.refused[0],
            "a post polar_station/-6: data-post: must be a name and a number from 1 to 2^52");
}

TEST(PreviewPage, WithoutHistoryIsNotPreviewableAndNoEmptyChannel) {
  const auto page = parse_preview_page(fixture::profile_html(true));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().reason, "not_previewable");
  EXPECT_TRUE(read(page_html("polar_station", 77, {})).posts.empty());
  EXPECT_TRUE(names_somebody(fixture::profile_html(true)));
  EXPECT_FALSE(names_somebody(fixture::profile_html(false)));
}

TEST(PreviewPage, ReadsDateViewsAuthorAndEdit) {
  const auto page = read(page_html(
      "polar_station", 77,
      {{.id = 5, .text = "a", .views = "2.23M", .edited = true}, {.id = 6, .text = "b"}}));
  EXPECT_EQ(format_iso8601(*page.posts[0].date), "2025-01-02T06:40:00Z");
  EXPECT_EQ(page.posts[0].views, 2'230'000);
  EXPECT_TRUE(page.posts[0].is_edited);
  EXPECT_FALSE(page.posts[1].is_edited);
  EXPECT_EQ(page.posts[0].owner, "Станция «Полюс»");
  EXPECT_FALSE(page.posts[0].signature);
  EXPECT_EQ(page.posts[0].seen_at, UnixMillis(std::chrono::seconds(1'750'000'000)));
}

TEST(PreviewPage, SignedPostsAreEditedToo) {
  const auto page = read(page_html("polar_station", 77,
                                   {{.id = 5, .text = "a", .edited = true, .signature = "Анна"},
                                    {.id = 6, .text = "b", .signature = "Анна"},
                                    {.id = 7, .text = "c", .signature = "edited by me"}}));
  EXPECT_TRUE(page.posts[0].is_edited);
  EXPECT_EQ(page.posts[0].signature, "Анна");
  EXPECT_FALSE(page.posts[1].is_edited);
  EXPECT_FALSE(page.posts[2].is_edited) << "that is a name";
}

TEST(PreviewPage, TextKeepsLinesEmojiAndEntities) {
  const PagePost post = read_post(
      "<b>Первый  свет</b><br/>Идёт\n  снег <tg-emoji emoji-id=\"5\"><i class=\"emoji\"><b>❄️"
      "</b></i></tg-emoji> и <a href=\"?q=%23лёд\">#лёд</a>, <tg-spoiler>тихо</tg-spoiler>"
      "<blockquote>цитата</blockquote>дальше &amp; ещё<span style=\"display:inline-block\"></span>"
      "<pre>a\n  b</pre>");
  EXPECT_TRUE(post.extra.links.empty()) << "hashtags are no addresses";
  EXPECT_EQ(post.text, "Первый свет\nИдёт снег ❄️ и #лёд, тихо\nцитата\nдальше & ещё\na\n  b");
  EXPECT_EQ(post.title, "Первый свет");
  EXPECT_FALSE(read_post("<i class=\"emoji\"><b>❄️</b></i> снег").title);
  EXPECT_FALSE(read_post("сначала <b>потом</b>").title);
}

TEST(PreviewPage, LinksBehindWordsAreKept) {
  const PagePost post = read_post(
      "<a href=\"https://example.org/a\">тут</a> <a "
      "href=\"https://example.org/b/\">example.org/b</a> "
      "<a href=\"https://t.me/other\">@other</a> <a href=\"mailto:a@b.c\">пишите</a>");
  EXPECT_EQ(post.extra.links, std::vector<std::string>{"https://example.org/a"});
}

TEST(PreviewPage, SizesDurationsAndPlaces) {
  EXPECT_EQ(parse_duration("0:17"), 17);
  EXPECT_EQ(parse_duration("1:02:33"), 3753);
  for (const char* bad : {"", "17", "1:-2", "a:b", "1:2:3:4", "9999:1"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
  EXPECT_EQ(parse_size("512 B"), 512);
  EXPECT_EQ(parse_size("1.5 KB"), 1536);
  for (const char* bad : {"", "3", "3 XB", "x MB", "-1 MB", "nan MB", "1e99 GB"})
    EXPECT_FALSE(parse_size(bad)) << bad;
  const auto place = [](const std::string& link) {
    return read_post("x",
                     "<a class=\"tgme_widget_message_location_wrap\" href=\"" + link + "\"></a>")
        .extra.place;
  };
  EXPECT_EQ(place("https://maps.example/?q=59.9,-30.3&z=1"), (api::PostPlace{59.9, -30.3, {}, {}}));
  for (const char* bad : {"", "https://maps.example/", "?q=1", "?q=a,b", "?q=1,999", "?q=nan,1"})
    EXPECT_FALSE(place(bad)) << bad;
}

TEST(PreviewPage, AQuotedReplyIsNotThePostsText) {
  const PagePost post = read_post(
      "ответ",
      "<a class=\"tgme_widget_message_reply\" href=\"https://t.me/polar_station/3\"><div "
      "class=\"tgme_widget_message_author\">Кто-то</div><div class=\"tgme_widget_message_text "
      "js-message_reply_text\">вопрос</div></a>");
  EXPECT_EQ(post.text, "ответ");
  EXPECT_EQ(post.reply_to, 3);
}

TEST(PreviewPage, AReplyIntoAnotherChannelHasNoParentHere) {
  const auto parent = [](const std::string& link) {
    return read_post("ответ", "<a class=\"tgme_widget_message_reply\" href=\"" + link + "\"></a>")
        .reply_to;
  };
  EXPECT_EQ(parent("https://t.me/Polar_Station/3?single"), 3);
  EXPECT_EQ(parent("https://t.me/other_station/3"), std::nullopt);
  EXPECT_EQ(read_post("ответ",
                      "<a class=\"tgme_widget_message_reply\" "
                      "href=\"https://t.me/other_station/3?single\"></a>")
                .extra.reply_to_url,
            "https://t.me/other_station/3");
  EXPECT_EQ(parent("https://t.me/polar_station/-3"), std::nullopt);
  EXPECT_EQ(parent(""), std::nullopt);
}

TEST(PreviewPage, ForwardsBotsAndSignatures) {
  PagePost post =
      read_post("x",
                "<div class=\"tgme_widget_message_forwarded_from\">Forwarded from&nbsp;<a "
                "class=\"tgme_widget_message_forwarded_from_name\" "
                "href=\"https://t.me/other/9\"><span>Другой "
                "канал</span></a></div><span class=\"tgme_widget_message_from_author\">Анна</span>"
                "<div class=\"tgme_widget_message_via_bot\">@gifs</div>");
  EXPECT_EQ(post.forwarded_from, "Другой канал");
  EXPECT_EQ(post.extra.forwarded_url, "https://t.me/other/9");
  EXPECT_EQ(post.signature, "Анна");
  EXPECT_EQ(post.extra.via_bot, "gifs");
}

TEST(PreviewPage, ReactionsAreCountedWhereTheyStand) {
  const PagePost post = read_post(
      "x",
      "<div class=\"tgme_widget_message_reactions\"><span class=\"tgme_reaction\"><i "
      "class=\"emoji\"><b>👍</b></i>1.5K</span><span class=\"tgme_reaction\"><tg-emoji "
      "emoji-id=\"54321\"></tg-emoji>7</span><span class=\"tgme_reaction tgme_reaction_paid\"><i "
      "class=\"icon\"></i>3</span></div>");
  ASSERT_EQ(post.extra.reactions.size(), 3U);
  EXPECT_EQ(post.extra.reactions[0].reaction, "👍");
  EXPECT_EQ(post.extra.reactions[0].count, 1500);
  EXPECT_EQ(post.extra.reactions[1].reaction, "custom:54321");
  EXPECT_EQ(post.extra.reactions[2].reaction, "paid");
  EXPECT_TRUE(read_post("x").extra.reactions.empty());
}

struct MediaCase {
  const char* html;
  PageMedia media;
  const char* url;
};

TEST(PreviewPage, EveryKindOfMedia) {
  constexpr std::string_view kPlayer =
      R"html(<a class="tgme_widget_message_video_player js-message_video_player" href="https://t.me/polar_station/5"><div class="tgme_widget_message_video_wrap"><video src="https://cdn.example/v.mp4" class="tgme_widget_message_video"%></video></div><time class="message_video_duration">0:17</time><div class="message_media_not_supported_wrap"><div class="message_media_not_supported">no</div></div></a>)html";
  std::string film(kPlayer);
  film.replace(film.find('%'), 1, "");
  std::string gif(kPlayer);
  gif.replace(gif.find('%'), 1, " loop autoplay muted");
  const MediaCase cases[] = {
      {"", PageMedia::none, nullptr},
      {R"html(<a class="tgme_widget_message_photo_wrap" style="width:800px;background-image:url('https://cdn.example/p.jpg')"></a>)html",
       PageMedia::photo, "https://cdn.example/p.jpg"},
      {film.c_str(), PageMedia::video, "https://cdn.example/v.mp4"},
      {gif.c_str(), PageMedia::animation, "https://cdn.example/v.mp4"},
      {R"html(<a class="tgme_widget_message_roundvideo_player"><video class="tgme_widget_message_roundvideo" src="https://cdn.example/r.mp4"></video></a>)html",
       PageMedia::video_message, "https://cdn.example/r.mp4"},
      {R"html(<a class="tgme_widget_message_voice_player"><audio class="tgme_widget_message_voice" src="https://cdn.example/v.ogg"></audio></a>)html",
       PageMedia::voice, "https://cdn.example/v.ogg"},
      {R"html(<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document_icon accent_bg audio"></div><div class="tgme_widget_message_document_title">Метель</div><div class="tgme_widget_message_document_extra">Хор</div></a>)html",
       PageMedia::audio, nullptr},
      {R"html(<a class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document_icon accent_bg"></div><div class="tgme_widget_message_document_title">отчёт.pdf</div><div class="tgme_widget_message_document_extra">3.2 MB</div></a>)html",
       PageMedia::document, nullptr},
      {R"html(<a class="tgme_widget_message_location_wrap" href="https://maps.example/?q=1,2"><div class="tgme_widget_message_location"></div></a>)html",
       PageMedia::location, "https://maps.example/?q=1,2"},
      {R"html(<div class="tgme_widget_message_sticker_wrap"><i class="tgme_widget_message_sticker" style="background-image:url('https://cdn.example/s.webp')"></i></div>)html",
       PageMedia::sticker, "https://cdn.example/s.webp"},
      {R"html(<div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div>Please open Telegram to view this post</div></div></div>)html",
       PageMedia::unsupported, nullptr},
      {R"html(<a class="tgme_widget_message_link_preview" href="https://example.org/a"><div class="link_preview_site_name">Пример</div><div class="link_preview_title">Заголовок</div><div class="link_preview_description">О чём</div></a>)html",
       PageMedia::webpage, "https://example.org/a"},
  };
  for (const MediaCase& one : cases) {
    const PagePost post = read_post("x", one.html);
    EXPECT_EQ(media_word(post.media), media_word(one.media)) << one.html;
    EXPECT_EQ(post.media_url.value_or("-"), one.url == nullptr ? "-" : one.url) << one.html;
  }
  EXPECT_EQ(read_post("x", film).extra.file->duration_seconds, 17);
  EXPECT_EQ(read_post("x", cases[6].html).extra.file->performer, "Хор");
  EXPECT_EQ(read_post("x", cases[7].html).extra.file->name, "отчёт.pdf");
  EXPECT_EQ(read_post("x", cases[7].html).extra.file->size, 3'355'443);
  EXPECT_EQ(read_post("x", cases[8].html).extra.place->longitude, 2);
  EXPECT_EQ(read_post("x", cases[11].html).extra.link_preview->title, "Заголовок");
}

TEST(PreviewPage, PollsHaveOptionsAndVoters) {
  const PagePost post = read_post(
      "",
      R"html(<div class="tgme_widget_message_poll js-poll"><div class="tgme_widget_message_poll_question">Что за окном?</div><div class="tgme_widget_message_poll_type">Anonymous Poll</div><a class="tgme_widget_message_poll_options"><div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">16%</div><div class="tgme_widget_message_poll_option_value"><div class="tgme_widget_message_poll_option_text">Метель</div></div></div><div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">?</div><div class="tgme_widget_message_poll_option_text">Ясно</div></div></a></div><span class="tgme_widget_message_voters">1.1K</span>)html");
  ASSERT_TRUE(post.extra.poll);
  EXPECT_EQ(post.extra.poll->question, "Что за окном?");
  EXPECT_EQ(post.extra.poll->kind, "Anonymous Poll");
  ASSERT_EQ(post.extra.poll->options.size(), 2U);
  EXPECT_EQ(post.extra.poll->options[0].text, "Метель");
  EXPECT_EQ(post.extra.poll->options[0].percent, 16);
  EXPECT_FALSE(post.extra.poll->options[1].percent);
  EXPECT_EQ(post.extra.poll->voters, 1100);
}

TEST(PreviewPage, AnAlbumHasAllItsItems) {
  const PagePost post = read_post(
      "<div class=\"tgme_widget_message_text js-message_text\">Подпись</div>",
      R"html(<div class="tgme_widget_message_grouped_wrap"><a class="tgme_widget_message_photo_wrap grouped_media_wrap" style="background-image:url('https://cdn.example/1.jpg')" href="https://t.me/polar_station/6?single"></a><a class="tgme_widget_message_photo_wrap grouped_media_wrap" style="background-image:url(&quot;https://cdn.example/2.jpg&quot;);" href="https://t.me/polar_station/5?single"></a><a class="tgme_widget_message_video_player grouped_media_wrap" href="https://t.me/polar_station/7?single"><video src="https://cdn.example/3.mp4"></video></a></div>)html");
  EXPECT_EQ(post.text, "Подпись");
  ASSERT_EQ(post.album.size(), 3U);
  EXPECT_EQ(post.album[0].message_id, 5);
  EXPECT_EQ(post.album[0].url, "https://cdn.example/2.jpg");
  EXPECT_EQ(post.album[2].media, PageMedia::video);
  EXPECT_EQ(post.media, PageMedia::photo);
}

TEST(PreviewPage, ServiceMessagesAreMarked) {
  std::string html = page_html("polar_station", 77, {{.id = 1, .text = "Channel created"}});
  html.replace(html.find("text_not_supported_wrap"), 23, "service_message");
  const PreviewPage page = read(html);
  ASSERT_EQ(page.posts.size(), 1U);
  EXPECT_TRUE(page.posts[0].is_service);
}

TEST(PreviewPage, DataViewIsReadStrictly) {
  const PageView album = parse_view(fixture::data_view(77, "\"70992g\"", 1'750'000'005));
  EXPECT_EQ(album.bare_channel_id, 77);
  EXPECT_TRUE(album.is_album);
  EXPECT_EQ(album.made_at, UnixMillis(std::chrono::seconds(1'750'000'005)));
  EXPECT_FALSE(parse_view("!").bare_channel_id);
  EXPECT_FALSE(parse_view("").bare_channel_id);
  EXPECT_FALSE(parse_view(encode_base64url("[1]")).bare_channel_id);
  EXPECT_FALSE(parse_view(encode_base64url(R"html({"c":5})html")).bare_channel_id);
}

TEST(PreviewPage, Counts) {
  EXPECT_EQ(parse_count("44"), 44);
  EXPECT_EQ(parse_count("4.2K"), 4200);
  EXPECT_EQ(parse_count("2.23M"), 2'230'000);
  EXPECT_EQ(parse_count("12 345"), 12'345);
  EXPECT_EQ(parse_count("0.0045K"), 5);
  EXPECT_FALSE(parse_count(""));
  EXPECT_FALSE(parse_count("K"));
  EXPECT_FALSE(parse_count("1.2.3K"));
  EXPECT_FALSE(parse_count("5MM"));
  EXPECT_FALSE(parse_count("viele"));
}

TEST(PreviewPage, HostilePagesAreRefusedOrReadWithinBounds) {
  EXPECT_FALSE(parse_preview_page(std::string(5 << 20, 'x')));
  std::string many;
  for (int i = 0; i < 50'000; ++i) many += "<b>";
  EXPECT_FALSE(parse_preview_page(many));
  std::string deep = "<section class=\"tgme_channel_history\">";
  for (int i = 0; i < 10'000; ++i) deep += "<div></span>";
  EXPECT_EQ(parse_preview_page(deep).error().reason, "page.unreadable");
  std::string wide = "<section class=\"tgme_channel_history\">";
  for (int i = 0; i < 5'000; ++i) wide += "<DIV><br><img></DIV>";
  EXPECT_TRUE(parse_preview_page(wide));
  EXPECT_FALSE(parse_preview_page(""));
  EXPECT_FALSE(parse_preview_page(std::string("\xff\xfe\0\0", 4)));
}

}  // namespace
}  // namespace tg::telegram
