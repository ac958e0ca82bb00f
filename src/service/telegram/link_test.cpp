#include "service/telegram/link.hpp"

#include <gtest/gtest.h>

namespace tg::telegram {
namespace {

std::string shown(std::string_view text) {
  const auto link = parse_link(text);
  if (!link) return link.error().reason;
  std::string out = link->is_private() ? "#" + std::to_string(*link->private_id) : link->name;
  if (link->thread) out += " thread " + std::to_string(*link->thread);
  if (link->post) out += " post " + std::to_string(*link->post);
  if (link->comment) out += " comment " + std::to_string(*link->comment);
  if (link->single) out += " single";
  return out;
}

TEST(Link, FormsThatPeoplePaste) {
  EXPECT_EQ(shown("@durov"), "durov");
  EXPECT_EQ(shown("  durov\n"), "durov");
  EXPECT_EQ(shown("t.me/durov"), "durov");
  EXPECT_EQ(shown("https://t.me/durov/"), "durov");
  EXPECT_EQ(shown("http://www.t.me/s/durov"), "durov");
  EXPECT_EQ(shown("HTTPS://T.me/s/durov/468"), "durov post 468");
  EXPECT_EQ(shown("https://telegram.me/durov?before=5"), "durov");
  EXPECT_EQ(shown("durov.t.me/5"), "durov post 5");
  EXPECT_EQ(shown("https://t.me/durov/468?single&comment=7#top"),
            "durov post 468 comment 7 single");
  EXPECT_EQ(shown("t.me/forum/12/34"), "forum thread 12 post 34");
  EXPECT_EQ(shown("t.me/forum/34?thread=12"), "forum thread 12 post 34");
  EXPECT_EQ(shown("tg://resolve?domain=durov"), "durov");
  EXPECT_EQ(shown("tg:resolve?domain=durov&post=468&single"), "durov post 468 single");
  EXPECT_EQ(shown("t.me/c/1234567890/55"), "#1234567890 post 55");
  EXPECT_EQ(shown("t.me/c/1234567890/3/55"), "#1234567890 thread 3 post 55");
  EXPECT_EQ(shown("tg://privatepost?channel=123&post=4"), "#123 post 4");
}

TEST(Link, RefusesOtherText) {
  for (const char* text :
       {"", "@", "@ab", "@1durov", "a b c d", "t.me", "t.me/", "https://example.org/durov",
        "t.me/durov/x", "t.me/durov/1/2/3", "t.me/durov/-5", "t.me/durov/99999999999999999999",
        "t.me/c/x/1", "tg://resolve", "tg://user?id=5", "dürov", "@durov/5", "s/durov"}) {
    EXPECT_EQ(shown(text), "link.unreadable") << text;
  }
  EXPECT_EQ(shown("https://t.me/+AbCdEf"), "link.invitation");
  EXPECT_EQ(shown("t.me/joinchat/AbC"), "link.invitation");
  EXPECT_EQ(shown("tg://join?invite=AbC"), "link.invitation");
}

TEST(Link, PrivateLinksAreNotPublicNames) {
  EXPECT_EQ(public_name("t.me/durov/5"), "durov");
  const auto refused = public_name("t.me/c/123/5");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "link.private");
  EXPECT_EQ(refused.error().field, "channel");
  EXPECT_EQ(refused.error().code, Code::validation);
}

}  // namespace
}  // namespace tg::telegram
