// Query strings, response heads, gzip.
#include "net/http.hpp"

#include <gtest/gtest.h>

#include "net/gzip.hpp"
#include "net/response_head.hpp"

namespace tg::net {
namespace {

std::string query(std::string_view text) {
  const auto pairs = parse_query(text);
  if (!pairs) return "!";
  std::string said;
  for (const auto& [name, value] : *pairs) said.append(name).append("=").append(value).append(";");
  return said;
}

TEST(Query, IsDecoded) {
  EXPECT_EQ(query(""), "");
  EXPECT_EQ(query("a=1&b=2&a=3"), "a=1;b=2;a=3;");
  EXPECT_EQ(query("a+b=c%20d&%D1%8F=%2B"), "a b=c d;\xD1\x8F=+;");
  EXPECT_EQ(query("a&b=&=c&&"), "a=;b=;=c;");
  EXPECT_EQ(query("a=b=c"), "a=b=c;");
  for (const char* broken : {"a=%", "a=%zz", "%2=b", "a=%00", "a=%ff", "a=1&b=%c0%af"})
    EXPECT_EQ(query(broken), "!") << broken;
  EXPECT_EQ(query(std::string_view("a=\0", 3)), "!") << "as %00 is";
}

TEST(ResponseHead, FramesTheBody) {
  const UnixMillis now = from_millis(784'887'151'000);
  const auto head = [now](const Headers& headers, const ResponseEnds& ends) {
    std::string out;
    append_response_head(out, 200, headers, ends, "id", now);
    return out;
  };
  const std::string start =
      "HTTP/1.1 200 OK\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\nX-Request-Id: id\r\n";
  EXPECT_EQ(head({}, {.length = 5}), start + "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(head({}, {.is_chunked = true}), start + "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(head({}, {.length = 0, .closes = true}),
            start + "Content-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head({}, {.length = 0, .minor_version = 0}),
            start + "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(head({{"A", "b"},
                  {"B\n", "c"},
                  {"C", "d\r\nE: f"},
                  {"transfer-encoding", "chunked"},
                  {"connection", "upgrade"},
                  {"date", "now"},
                  {"Content-Length", "9"}},
                 {.length = 5}),
            start + "A: b\r\nContent-Length: 5\r\n\r\n");
}

TEST(ResponseHead, TextIsWorthCompressing) {
  for (const char* type : {"text/html", "text/plain; charset=utf-8", "application/json",
                           "application/problem+json", "image/svg+xml", "text/javascript"})
    EXPECT_TRUE(is_compressible(type)) << type;
  for (const char* type : {"", "image/png", "application/zip", "text/event-stream"})
    EXPECT_FALSE(is_compressible(type)) << type;
}

TEST(Gzip, RoundTrips) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919);
  Gzip gzip;
  std::string packed;
  for (std::size_t at = 0; at < text.size(); at += 1000)
    gzip.add(std::string_view(text).substr(at, 1000), Gzip::End::none, packed);
  gzip.add("", Gzip::End::finish, packed);
  EXPECT_LT(packed.size(), text.size() / 2);
  Gunzip gunzip;
  std::string out;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    EXPECT_EQ(gunzip.is_whole(), at == 0);
    std::string_view byte = std::string_view(packed).substr(at, 1);
    ASSERT_TRUE(gunzip.take(byte, out, 1 << 20));
  }
  EXPECT_TRUE(gunzip.is_whole());
  EXPECT_EQ(out, text);
}

TEST(Gzip, AFlushedPieceCanBeReadAtOnce) {
  Gzip gzip;
  Gunzip gunzip;
  std::string out;
  for (const char* line : {"one", "two", "three"}) {
    std::string packed;
    gzip.add(line, Gzip::End::flush, packed);
    std::string_view bytes = packed;
    ASSERT_TRUE(gunzip.take(bytes, out, 1000));
    EXPECT_TRUE(out.ends_with(line));
  }
}

TEST(Gzip, ABombUsesBoundedMemory) {
  Gzip gzip;
  std::string packed;
  gzip.add(std::string(10 << 20, '\0'), Gzip::End::finish, packed);
  Gunzip gunzip;
  std::string_view bytes = packed;
  std::size_t size = 0;
  while (true) {
    std::string out;
    ASSERT_TRUE(gunzip.take(bytes, out, 50'000));
    ASSERT_LE(out.size(), 50'000u);
    if (out.empty()) break;
    size += out.size();
  }
  EXPECT_EQ(size, 10u << 20);
}

TEST(Gzip, CorruptDataIsRejected) {
  Gunzip gunzip;
  std::string out;
  std::string_view bytes = "this is no gzip";
  EXPECT_FALSE(gunzip.take(bytes, out, 1000));
}

}  // namespace
}  // namespace tg::net
