// Streamed and compressed responses.
#include "net/gzip.hpp"
#include "net/serving_fixture.hpp"

namespace tg::net {
namespace {

// Decodes one complete chunked body.
std::string dechunk(std::string_view bytes) {
  std::string out;
  while (true) {
    const std::size_t size = std::stoul(std::string(bytes.substr(0, 16)), nullptr, 16);
    bytes.remove_prefix(bytes.find("\r\n") + 2);
    if (size == 0) return out;
    out += bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
  }
}
std::string gunzip(std::string_view bytes) {
  Gunzip gunzip;
  std::string out;
  EXPECT_TRUE(gunzip.take(bytes, out, 100 << 20));
  EXPECT_TRUE(gunzip.is_whole());
  return out;
}

// Streams

TEST_F(Serving, AStreamLearnsThatItsClientIsGone) {
  auto raw = client();
  send(raw, get("/events"));
  EXPECT_NE(raw.receive().find("event: hello\ndata: you\n\n"), std::string::npos);
  EXPECT_FALSE(seen_.gone);
  raw.reset();
  server_->pump();
  EXPECT_TRUE(seen_.gone);
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, WhatComesDuringAStreamIsAnsweredAfterIt) {
  auto raw = client();
  send(raw, get("/events"));
  send(raw, get("/x"));
  send(raw, get("/x").substr(0, 10));
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_FALSE(seen_.gone);
  seen_.go_on.notify();
  server_->pump();
  send(raw, get("/x").substr(10));
  EXPECT_EQ(answers(raw), (std::vector{200, 200, 200}));
}

TEST_F(Serving, AStreamGoesOnOverTheSameConnection) {
  auto raw = client();
  send(raw, get("/lines") + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_NE(dechunk(body_of(raw.receive())).find("{\"line\":99}\n"), std::string::npos);
}

TEST_F(Serving, AStreamTo10EndsWithTheConnection) {
  auto raw = client();
  send(raw, "GET /lines HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(raw.closed());
  EXPECT_TRUE(raw.receive().ends_with("{\"line\":99}\n"));
}

// gzip

TEST_F(Serving, LargeAnswersAreCompressedWhenAsked) {
  auto raw = client();
  send(raw, get("/10k", "Accept-Encoding: br, gzip\r\n"));
  EXPECT_NE(raw.receive().find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_NE(raw.receive().find("Vary: Accept-Encoding\r\n"), std::string::npos);
  EXPECT_EQ(gunzip(body_of(raw.receive())), std::string(10'000, 'x'));
  for (const char* target : {"/10k", "/1023"}) {
    auto other = client();
    send(other, get(target, std::string_view(target) == "/1023" ? "Accept-Encoding: gzip\r\n"
                                                                : "Accept-Encoding: gzip;q=0\r\n"));
    EXPECT_EQ(other.receive().find("Content-Encoding"), std::string::npos) << target;
  }
}

TEST_F(Serving, FilesAreCompressedWhenAsked) {
  auto raw = client();
  send(raw, get("/file", "Accept-Encoding: gzip\r\n"));
  EXPECT_NE(raw.receive().find("Content-Encoding: gzip\r\n"), std::string::npos);
  EXPECT_EQ(raw.receive().find("Content-Length"), std::string::npos);
  EXPECT_EQ(gunzip(dechunk(body_of(raw.receive()))), std::string(10'000, 'x'));
  auto plain = client();
  send(plain, get("/file"));
  EXPECT_NE(plain.receive().find("Content-Length: 10000\r\n"), std::string::npos);
  EXPECT_EQ(body_of(plain.receive()), std::string(10'000, 'x'));
}

TEST_F(Serving, StreamsAreCompressedPieceByPiece) {
  auto raw = client();
  send(raw, get("/lines", "Accept-Encoding: gzip\r\n"));
  EXPECT_NE(raw.receive().find("Content-Encoding: gzip\r\n"), std::string::npos);
  const std::string text = gunzip(dechunk(body_of(raw.receive())));
  EXPECT_TRUE(text.starts_with("{\"line\":0}\n"));
  EXPECT_TRUE(text.ends_with("{\"line\":99}\n"));
  auto events = client();
  send(events, get("/events", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(events.receive().find("Content-Encoding"), std::string::npos);
}

}  // namespace
}  // namespace tg::net
