#include "runtime/setting.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsReadWithItsUnits) {
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("7d"), 168h);
  EXPECT_EQ(parse_duration("0"), 0s);
  for (const char* bad : {"", "30", "s", "30 s", "1.5h", "-1s", "1x", "1s2", "99999999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, IsWrittenAsItIsRead) {
  for (const char* text : {"0", "30s", "5m", "1h30m", "7d", "1d1ms"}) {
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  }
}

TEST(ByteSize, IsReadWithItsUnit) {
  EXPECT_EQ(parse_byte_size("50MB")->bytes, 50U << 20);
  EXPECT_EQ(parse_byte_size("1.5kb")->bytes, 1536U);
  EXPECT_EQ(parse_byte_size("17")->bytes, 17U);
  EXPECT_EQ(format_byte_size({50U << 20}), "50MB");
  EXPECT_EQ(format_byte_size({1025}), "1025B");
  EXPECT_EQ(format_byte_size({0}), "0B");
  for (const char* bad : {"", "MB", "-1MB", "1.3B", "1 MB", "1PB", "9999TB", "1e3MB", "nanKB"}) {
    EXPECT_FALSE(parse_byte_size(bad)) << bad;
  }
}

TEST(Setting, BoundsAreKept) {
  const Setting whole = Setting("n").range(1, 10);
  EXPECT_EQ(setting::read<int>(whole, "10"), 10);
  for (const char* bad : {"0", "11", "", "1.0", " 1", "1x", "99999999999999999999"}) {
    EXPECT_FALSE(setting::read<int>(whole, bad)) << bad;
  }
  EXPECT_EQ(setting::allowed<int>(whole), "a whole number from 1 to 10");
  const Setting time = Setting("t").between("1s", "1d");
  EXPECT_EQ(setting::read<std::chrono::seconds>(time, "1m"), 60s);
  EXPECT_FALSE(setting::read<std::chrono::seconds>(time, "1500ms")) << "no whole second";
  EXPECT_FALSE(setting::read<std::chrono::seconds>(time, "25h"));
  const Setting size = Setting("s").between("1KB", "1MB");
  EXPECT_FALSE(setting::read<ByteSize>(size, "1B"));
  EXPECT_EQ(setting::read<ByteSize>(size, "1024")->bytes, 1024U);
}

TEST(Setting, WordsListsAndForms) {
  const Setting any("x");
  EXPECT_EQ(setting::read<bool>(any, "Yes"), true);
  EXPECT_EQ(setting::read<bool>(any, "off"), false);
  EXPECT_FALSE(setting::read<bool>(any, "2"));
  using List = std::vector<std::string>;
  EXPECT_EQ(setting::read<List>(any, " a, b ,,c"), (List{"a", "b", "c"}));
  const Setting address = Setting("x").like("an address", is_ip_address);
  EXPECT_EQ(setting::read<std::string>(address, "::1"), "::1");
  EXPECT_FALSE(setting::read<std::string>(address, "localhost"));
  EXPECT_FALSE(setting::read<List>(address, "10.0.0.1,x"));
}

TEST(Setting, UrlsAreHttpWithAHost) {
  EXPECT_TRUE(is_http_url("http://auth:8001"));
  EXPECT_TRUE(is_http_url("https://t.me/s"));
  for (const char* bad : {"auth:8001", "http://", "http:///x", "ftp://a", "http://a b",
                          "http://user@host", "http://a?b", ""}) {
    EXPECT_FALSE(is_http_url(bad)) << bad;
  }
  EXPECT_TRUE(is_empty_or_http_url(""));
}

TEST(Setting, TheKeyIsTheFieldInUpperCase) {
  EXPECT_EQ(key_of(Setting("rate_limit")), "RATE_LIMIT");
  EXPECT_EQ(key_of(Setting("default_")), "DEFAULT");
  EXPECT_EQ(key_of(Setting("idle").env("GATEWAY_IDLE")), "GATEWAY_IDLE");
}

}  // namespace
}  // namespace tg
