#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/network.hpp"
#include "base/text.hpp"

namespace tg {
namespace {

TEST(Error, EveryCodeHasAStatusAndAName) {
  EXPECT_EQ(http_status(Code::validation), 400);
  EXPECT_EQ(wire_name(Code::unavailable), "SERVICE_UNAVAILABLE");
  EXPECT_EQ(code_of_status(409), Code::conflict);
  EXPECT_EQ(code_of_status(418), Code::validation);
  EXPECT_EQ(code_of_status(599), Code::bad_gateway);
}

Result<int> half(int value) {
  if (value % 2 != 0) return invalid("value", "must be even");
  return value / 2;
}

Result<int> quarter(int value) {
  TG_TRY(const int first, half(value));
  TG_TRY(const int second, half(first));
  return second;
}

TEST(Error, TryPassesErrorsOn) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error().field, "value");
}

TEST(Time, Iso8601RoundTrips) {
  EXPECT_EQ(format_iso8601(parse_iso8601("2026-01-31T20:05:13Z").value()), "2026-01-31T20:05:13Z");
  EXPECT_EQ(format_iso8601(parse_iso8601("2026-01-31T20:05:13.250+03:00").value()),
            "2026-01-31T17:05:13.250Z");
  EXPECT_EQ(format_iso8601_offset(parse_iso8601("2026-01-31").value()),
            "2026-01-31T00:00:00+00:00");
  for (const char* bad :
       {"", "2026", "2026-02-30", "2026-01-01T25:00", "2026-01-01T10:00:00+99:00", "2026-01-01x"}) {
    EXPECT_FALSE(parse_iso8601(bad)) << bad;
  }
}

TEST(Uuid, Version5IsTheRfcExample) {
  const Uuid dns = Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8").value();
  EXPECT_EQ(Uuid::from_name(dns, "www.example.com").text(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_FALSE(Uuid::parse("6ba7b810-9dad-11d1-80b4-00c04fd430cZ"));
  EXPECT_NE(Uuid::random(), Uuid::random());
}

TEST(Encoding, Base64UrlIsStrict) {
  EXPECT_EQ(encode_base64url("\xff\xfe"), "__4");
  EXPECT_EQ(decode_base64url("__4").value(), "\xff\xfe");
  for (const char* bad : {"__5", "__4=", "_", "a b=", "++++ "})
    EXPECT_FALSE(decode_base64url(bad)) << bad;
}

TEST(Encoding, PercentDecodingRefusesBadEscapes) {
  EXPECT_EQ(percent_decode("%D0%B0b").value(), "аb");
  for (const char* bad : {"%", "%0", "%zz", "%00"}) EXPECT_FALSE(percent_decode(bad)) << bad;
}

TEST(Text, PositionsCountCodePoints) {
  const std::string_view text = "Ёж 🦔 ok";
  EXPECT_EQ(text::count_code_points(text), 7U);
  EXPECT_EQ(text::substr(text, 3, 1), "🦔");
  EXPECT_EQ(text::trim("\u00a0 a b\n"), "a b");
  EXPECT_EQ(text::to_lower("ПРИВЕТ World"), "привет world");
  EXPECT_EQ(text::to_nfc("и\u0306"), "й");
  EXPECT_EQ(text::make_valid_utf8("a\xff"), "a\uFFFD");
  EXPECT_EQ(text::shorten("абвг", 3), "аб…");
}

TEST(Network, AddressesAreGroupedByWhoHoldsThem) {
  EXPECT_EQ(address_group("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(address_group("2001:db8:1:2::9"), address_group("2001:0db8:0001:0002:ffff::1"));
  EXPECT_NE(address_group("2001:db8:1:2::9"), address_group("2001:db8:1:3::9"));
  EXPECT_EQ(address_group("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(address_group("unix"), "unix");
}

}  // namespace
}  // namespace tg
