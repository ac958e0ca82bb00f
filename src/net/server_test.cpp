// The life of connections: order, pace, time limits on a fake clock, ends.
#include <thread>

#include "net/connection_limits.hpp"
#include "net/gzip.hpp"
#include "net/server_fixture.hpp"
#include "runtime/notifier.hpp"

namespace tg::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
std::string post(std::string_view fields, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n" + std::string(body);
}
std::string body_of(std::string_view answer) {
  return std::string(answer.substr(answer.find("\r\n\r\n") + 4));
}
// Of one whole chunked body.
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

// What handlers did, and what they wait for.
struct Seen {
  int calls = 0;
  std::size_t written = 0;
  bool gone = false;
  std::string last_error;
  Notifier go_on;
};

Task<void> echo(Request& request, ResponseWriter& out) {
  const auto body = co_await read_all(*request.body, 1 << 20);
  if (!body) co_return;  // the connection answers for a broken body
  co_await out.send({.body = *body});
}
Task<void> plain(ResponseWriter& out, Seen* seen, std::size_t size) {
  ++seen->calls;
  co_await out.send({.headers = {{"Content-Type", "text/plain"}}, .body = std::string(size, 'x')});
}
Task<void> wait_then_answer(ResponseWriter& out, Seen* seen) {
  ++seen->calls;
  co_await seen->go_on.wait_after(0, seconds(60));
  co_await out.send({.body = "waited"});
}
Task<void> stream_until_gone(ResponseWriter& out, Seen* seen) {
  ++seen->calls;
  out.watch_client([seen] {
    seen->gone = true;
    seen->go_on.notify();
  });
  if (!co_await out.begin(200, {{"Content-Type", "text/event-stream"}}, std::nullopt)) co_return;
  co_await out.write(format_event("hello", "you"));
  while (!seen->gone) {
    const auto version = seen->go_on.version();
    if (version > 0 && !seen->gone) break;
    co_await seen->go_on.wait_after(version, seconds(60));
  }
  co_await out.finish();
}
Task<void> stream_much(ResponseWriter& out, Seen* seen) {
  auto went = co_await out.begin(200, {}, std::nullopt);
  while (went) {
    went = co_await out.write(std::string(16 << 10, 'x'));
    if (went) seen->written += 16 << 10;
  }
  seen->last_error = went.error().reason;
}
Task<void> stream_text(ResponseWriter& out, Seen*) {
  co_await out.begin(200, {{"Content-Type", "application/x-ndjson"}}, std::nullopt);
  for (int i = 0; i < 100; ++i) co_await out.write("{\"line\":" + std::to_string(i) + "}\n");
  co_await out.finish();
}
Task<void> stop_short(ResponseWriter& out, Seen*) {
  co_await out.begin(200, {}, std::nullopt);
  co_await out.write("half");
}
Task<void> fail_loudly(ResponseWriter&, Seen*) {
  throw std::runtime_error("secret detail");
  co_return;
}
Task<void> answer_twice(ResponseWriter& out, Seen* seen) {
  co_await out.send({.body = "one"});
  const auto second = co_await out.send({.body = "two"});
  if (!second) seen->last_error = second.error().detail;
}
Task<void> answer_nothing(ResponseWriter&, Seen*) {
  co_return;
}
Task<void> show_headers(Request& request, ResponseWriter& out) {
  std::string body;
  for (const auto& [name, value] : request.headers)
    body.append(name).append("=").append(value).append(";");
  co_await out.send(
      {.headers = {{"X-Bad", "a\r\nSet-Cookie: b"}, {"Content-Length", "3"}}, .body = body});
}

Task<void> note_on_answer(Request& request, ResponseWriter& out) {
  request.answer->set("X-Note", "of the request");
  request.answer->set("X-Own", "of the request");
  request.answer->add("Vary", "Origin");
  co_await out.send({.headers = {{"X-Own", "of the answer"}, {"Vary", "Accept"}}, .body = "noted"});
}

class Serving : public ::testing::Test {
 protected:
  void start(ServerSettings settings = {}, ErrorRenderer on_error = render_error) {
    auto router = std::make_shared<Router>();
    const auto add = [&](Verb verb, const char* path, Handler handler, std::size_t limit = 1000) {
      router->add({.verb = verb,
                   .pattern = path,
                   .options = {.body_limit = limit},
                   .handler = std::move(handler)});
    };
    const auto with_seen = [this](Task<void> (*handler)(ResponseWriter&, Seen*)) {
      return [this, handler](Request&, ResponseWriter& out) { return handler(out, &seen_); };
    };
    add(Verb::post, "/", echo);
    add(Verb::get, "/x", [this](Request&, ResponseWriter& out) { return plain(out, &seen_, 1); });
    add(Verb::get, "/10k",
        [this](Request&, ResponseWriter& out) { return plain(out, &seen_, 10'000); });
    add(Verb::get, "/1023",
        [this](Request&, ResponseWriter& out) { return plain(out, &seen_, 1023); });
    add(
        Verb::post, "/unread",
        [this](Request&, ResponseWriter& out) { return plain(out, &seen_, 5); }, 10 << 20);
    add(Verb::get, "/wait", with_seen(wait_then_answer));
    add(Verb::get, "/events", with_seen(stream_until_gone));
    add(Verb::get, "/much", with_seen(stream_much));
    add(Verb::get, "/lines", with_seen(stream_text));
    add(Verb::get, "/short", with_seen(stop_short));
    add(Verb::get, "/throw", with_seen(fail_loudly));
    add(Verb::get, "/twice", with_seen(answer_twice));
    add(Verb::get, "/nothing", with_seen(answer_nothing));
    add(Verb::get, "/headers", show_headers);
    add(Verb::get, "/noted", note_on_answer);
    server_ = std::make_unique<DrivenServer>(router, std::move(settings), std::move(on_error));
  }
  void SetUp() override { start(); }

  RawClient client() { return RawClient(server_->server().port()); }
  void send(RawClient& client, std::string_view bytes) {
    client.send(bytes);
    server_->pump();
    client.receive();
  }
  std::vector<int> answers(RawClient& client) { return statuses(client.receive()); }

  Seen seen_;
  std::unique_ptr<DrivenServer> server_;
};

// Order and pace

TEST_F(Serving, TenThousandPipelinedRequestsAreAnsweredInOrder) {
  start({.requests_per_connection = 20'000});
  auto raw = client();
  std::string all;
  for (int i = 0; i < 10'000; ++i) {
    const std::string body = std::to_string(i) + ";";
    all += post("Content-Length: " + std::to_string(body.size()), body);
  }
  std::string_view rest = all;
  while (!rest.empty()) {
    rest.remove_prefix(raw.send_some(rest));
    server_->pump();
    raw.receive();
  }
  const std::string& answers = raw.receive();
  std::size_t at = 0;
  for (int i = 0; i < 10'000; ++i) {
    at = answers.find("\r\n\r\n" + std::to_string(i) + ";", at);
    ASSERT_NE(at, std::string::npos) << i;
    ++at;
  }
}

TEST_F(Serving, AClientThatDoesNotReadIsNotReadFromEither) {
  auto raw = client();
  std::string all;
  for (int i = 0; i < 20'000; ++i) all += get("/10k");
  std::string_view rest = all;
  std::size_t sent = 1;
  for (int quiet = 0; quiet < 3; quiet = sent == 0 ? quiet + 1 : 0) {
    sent = raw.send_some(rest);
    rest.remove_prefix(sent);
    server_->pump();
  }
  EXPECT_LT(seen_.calls, 2000);
  const int before = seen_.calls;
  raw.receive();
  server_->pump();
  EXPECT_GT(seen_.calls, before) << "reading sets it going again";
}

TEST_F(Serving, AnAnswerDoesNotWaitForTheHandlerOfTheNextRequest) {
  auto raw = client();
  send(raw, get("/x") + get("/wait") + get("/x"));
  EXPECT_EQ(answers(raw), std::vector{200}) << "the first is out, the second still runs";
  seen_.go_on.notify();
  server_->pump();
  EXPECT_EQ(answers(raw), (std::vector{200, 200, 200}));
}

TEST_F(Serving, AHalfClosedConnectionIsStillAnswered) {
  auto raw = client();
  raw.send(get("/x"));
  raw.finish_sending();
  server_->pump();
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_TRUE(raw.closed());
}

TEST_F(Serving, OneRequestHasOneAnswer) {
  auto raw = client();
  send(raw, get("/twice") + get("/nothing"));
  EXPECT_EQ(answers(raw), (std::vector{200, 500}));
  EXPECT_EQ(raw.receive().find("two"), std::string::npos);
  EXPECT_FALSE(seen_.last_error.empty());
}

TEST_F(Serving, AStreamThatStopsShortDoesNotLookWhole) {
  auto raw = client();
  send(raw, get("/short") + get("/x"));
  EXPECT_TRUE(raw.closed());
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_FALSE(raw.receive().ends_with("0\r\n\r\n"));
}

TEST_F(Serving, WhatAHandlerThrowsIsNotShown) {
  auto raw = client();
  send(raw, get("/throw"));
  EXPECT_EQ(answers(raw), std::vector{500});
  EXPECT_EQ(raw.receive().find("secret"), std::string::npos);
}

// Heads

TEST_F(Serving, HeadAnswersHaveLengthAndNoBody) {
  auto raw = client();
  send(raw, "HEAD /10k HTTP/1.1\r\nHost: a\r\n\r\n" + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_NE(raw.receive().find("Content-Length: 10000\r\n"), std::string::npos);
  EXPECT_LT(raw.receive().size(), 1000u);
}

TEST_F(Serving, VerbsThatAPathDoesNotKnowAreNamedInAllow) {
  auto raw = client();
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answers(raw), std::vector{405});
  EXPECT_NE(raw.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  auto other = client();
  send(other, "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answers(other), (std::vector{204, 404}));
  EXPECT_NE(other.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
}

TEST_F(Serving, ErrorsAreWrittenInTheFormThatTheRequestTakes) {
  start({}, [](const Error& error, const std::string&, std::string_view accept) {
    return Response{.status = http_status(error.code), .body = "<" + std::string(accept) + ">"};
  });
  auto raw = client();
  send(raw, get("/none", "Accept: a/b\r\n"));
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\nAccept: c/d\r\n\r\n");
  EXPECT_EQ(answers(raw), (std::vector{404, 405}));
  EXPECT_NE(raw.receive().find("<a/b>"), std::string::npos);
  EXPECT_NE(raw.receive().find("<c/d>"), std::string::npos);
  EXPECT_NE(raw.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  send(raw, "nonsense\r\n\r\n");
  EXPECT_EQ(answers(raw), (std::vector{404, 405, 400}));
  EXPECT_TRUE(raw.receive().ends_with("<>")) << "not what the request before it took";
  auto other = client();
  send(other, get("/throw", "Accept: e/f\r\n"));
  EXPECT_EQ(answers(other), std::vector{500});
  EXPECT_TRUE(other.receive().ends_with("<e/f>"));
}

TEST_F(Serving, FieldsThatClaimToBeOursNeverReachAHandler) {
  auto raw = client();
  send(raw, get("/headers",
                "X-User-Id: 1\r\nx-internal-role: admin\r\nConnection: close, authorization\r\n"
                "Authorization: Bearer t\r\n"));
  EXPECT_EQ(body_of(raw.receive()),
            "Host=a;Connection=close, authorization;Authorization=Bearer t;")
      << "what Connection names is not taken away either";
}

TEST_F(Serving, AnAnswersFieldsCannotBreakItsHead) {
  auto raw = client();
  send(raw, get("/headers") + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_EQ(raw.receive().find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(raw.receive().find("Content-Length: 3\r\n"), std::string::npos);
}

TEST_F(Serving, RequestIdsAreTakenOverOrMade) {
  auto raw = client();
  send(raw, get("/x", "X-Request-Id: abc-1\r\n") + get("/x", "X-Request-Id: a b\r\n"));
  EXPECT_NE(raw.receive().find("X-Request-Id: abc-1\r\n"), std::string::npos);
  EXPECT_EQ(raw.receive().find("X-Request-Id: a b"), std::string::npos);
}

// Bodies

TEST_F(Serving, ContinueComesOnlyWhenTheBodyIsWanted) {
  auto raw = client();
  send(raw, post("Expect: 100-continue\r\nContent-Length: 2", ""));
  EXPECT_EQ(raw.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  send(raw, "hi");
  EXPECT_TRUE(raw.receive().ends_with("\r\n\r\nhi"));
  auto unwanted = client();
  send(unwanted,
       "POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
       "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(answers(unwanted), std::vector{200}) << "no 100";
  EXPECT_NE(unwanted.receive().find("Connection: close"), std::string::npos);
}

TEST_F(Serving, AChunkedBodyBeyondTheRoutesLimitIs413) {
  auto raw = client();
  send(raw, post("Transfer-Encoding: chunked", "3e9\r\n" + std::string(1001, 'x') + "\r\n"));
  EXPECT_EQ(answers(raw), std::vector{413});
  EXPECT_NE(raw.receive().find("Connection: close"), std::string::npos);
}

TEST_F(Serving, AnEarlyAnswerReachesAClientThatStillSends) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_NE(raw.receive().find("Connection: close"), std::string::npos);
  send(raw, std::string(100'000, 'x'));
  send(raw, get("/x"));
  EXPECT_EQ(answers(raw), std::vector{200}) << "what follows is no request";
  EXPECT_EQ(server_->server().open_connections(), 1u)
      << "drained, so that no reset eats the answer";
  server_->pass(seconds(3));
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, DrainingEndsAfter256kB) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
  for (int i = 0; i < 10; ++i) send(raw, std::string(60'000, 'x'));
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, AnUnreadBodyThatHasComeDoesNotEndTheConnection) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
}

// Time

TEST_F(Serving, SlowHeadersAreAnsweredWith408) {
  auto raw = client();
  send(raw, "GET /x HTTP/1.1\r\nHost:");
  server_->pass(milliseconds(9'500));
  EXPECT_TRUE(raw.receive().empty());
  server_->pass(milliseconds(600));
  EXPECT_EQ(answers(raw), std::vector{408});
}

TEST_F(Serving, AByteASecondDoesNotProlongTheHeadersTime) {
  auto raw = client();
  const std::string request = get("/x");
  for (std::size_t i = 0; i < 10; ++i) {
    send(raw, request.substr(i, 1));
    EXPECT_TRUE(raw.receive().empty()) << i;
    server_->pass(seconds(1));
  }
  server_->pass(milliseconds(100));
  EXPECT_EQ(answers(raw), std::vector{408});
}

TEST_F(Serving, IdleConnectionsAreClosedWithoutAnAnswer) {
  auto raw = client();
  send(raw, get("/x"));
  const std::size_t first = raw.receive().size();
  server_->pass(seconds(74));
  EXPECT_EQ(server_->server().open_connections(), 1u);
  server_->pass(seconds(2));
  EXPECT_EQ(raw.receive().size(), first);
  EXPECT_TRUE(raw.closed());
}

TEST_F(Serving, ABodyThatStopsIsAnsweredWith408) {
  auto raw = client();
  send(raw, post("Content-Length: 10", "half"));
  server_->pass(seconds(4));
  EXPECT_TRUE(raw.receive().empty());
  server_->pass(seconds(7));
  EXPECT_EQ(answers(raw), std::vector{408});
  EXPECT_NE(raw.receive().find("Connection: close"), std::string::npos);
}

TEST_F(Serving, ABodyMustComeAtAThousandBytesASecond) {
  start({.body_bytes_per_second = 100});
  auto fast = client();
  send(fast, post("Content-Length: 1000", ""));
  for (int i = 0; i < 10; ++i) {
    server_->pass(milliseconds(900));
    send(fast, std::string(100, 'x'));
  }
  EXPECT_EQ(answers(fast), std::vector{200});
  auto slow = client();
  send(slow, post("Content-Length: 1000", ""));
  for (int i = 0; i < 4; ++i) {
    server_->pass(seconds(1));
    send(slow, "x");
    EXPECT_TRUE(slow.receive().empty()) << i;
  }
  server_->pass(milliseconds(1100));
  EXPECT_EQ(answers(slow), std::vector{408}) << "a byte a second is too slow after five";
}

TEST_F(Serving, ABodyThatEndsEarlyEndsTheConnection) {
  auto raw = client();
  raw.send(post("Content-Length: 10", "half"));
  raw.finish_sending();
  server_->pump();
  EXPECT_TRUE(answers(raw).empty());
  EXPECT_TRUE(raw.closed());
}

TEST_F(Serving, AStalledReaderIsCut) {
  auto raw = client();
  raw.send(get("/much"));
  server_->pump();
  EXPECT_GT(seen_.written, 0u);
  const std::size_t before = seen_.written;
  server_->pass(seconds(19));
  EXPECT_EQ(seen_.written, before) << "who does not read sets the pace";
  EXPECT_EQ(server_->server().open_connections(), 1u);
  server_->pass(seconds(2));
  EXPECT_EQ(seen_.last_error, "http.gone");
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, AResetWhileWeWriteEndsTheHandler) {
  auto raw = client();
  raw.send(get("/much"));
  server_->pump();
  raw.reset();
  server_->pump();
  EXPECT_EQ(seen_.last_error, "http.gone");
  EXPECT_EQ(server_->server().open_connections(), 0u);
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

// Limits and the end

TEST_F(Serving, ConnectionsAreLimitedInAllAndByAddress) {
  start({.connections = 3, .connections_per_address = 2, .count_loopback_connections = true});
  auto first = client();
  auto second = client();
  auto third = client();
  send(first, get("/x"));
  send(second, get("/x"));
  send(third, get("/x"));
  EXPECT_EQ(answers(first), std::vector{200});
  EXPECT_EQ(answers(second), std::vector{200});
  EXPECT_TRUE(answers(third).empty());
  EXPECT_EQ(server_->server().open_connections(), 2u);
  first.reset();
  server_->pump();
  auto fourth = client();
  send(fourth, get("/x"));
  EXPECT_EQ(answers(fourth), std::vector{200});
}

// Fields beside the answer's own

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

TEST_F(Serving, TheStrongestFieldOfANameIsWritten) {
  start({.always = {{"X-Note", "of the server"}, {"X-Own", "of the server"}, {"X-All", "yes"}}});
  auto raw = client();
  send(raw, get("/noted"));
  const std::string first = raw.receive();
  EXPECT_EQ(count_of(first, "X-Own: of the answer\r\n"), 1u) << first;
  EXPECT_EQ(count_of(first, "X-Own:"), 1u);
  EXPECT_EQ(count_of(first, "X-Note: of the request\r\n"), 1u);
  EXPECT_EQ(count_of(first, "X-Note:"), 1u);
  EXPECT_EQ(count_of(first, "X-All: yes\r\n"), 1u);
  EXPECT_EQ(count_of(first, "Vary:"), 2u) << "a list that each may add to";
  send(raw, get("/x"));
  const std::string second = raw.receive().substr(first.size());
  EXPECT_EQ(count_of(second, "X-Note: of the server"), 1u)
      << "nothing is left of the request before";
}

TEST_F(Serving, FieldsForAllAreOnRefusalsToo) {
  start({.always = {{"X-Content-Type-Options", "nosniff"}}});
  auto raw = client();
  send(raw, get("/absent"));
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  send(raw, get("/events"));
  seen_.gone = true;
  auto broken = client();
  send(broken, "NONSENSE\r\n\r\n");
  EXPECT_EQ(count_of(raw.receive(), "X-Content-Type-Options: nosniff"), 3u);
  EXPECT_EQ(count_of(broken.receive(), "X-Content-Type-Options: nosniff"), 1u);
}

TEST_F(Serving, TheDoorkeeperAnswersBeforeAnyRoute) {
  start({.doorkeeper = [](const Request& request) -> std::optional<Response> {
    request.answer->set("X-Seen", request.path);
    if (request.verb != Verb::options) return std::nullopt;
    return Response{.status = 204, .headers = {{"X-Door", "closed"}}, .body = {}};
  }});
  auto raw = client();
  send(raw, "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(seen_.calls, 0);
  send(raw, get("/x"));
  EXPECT_EQ(seen_.calls, 1);
  send(raw, get("/absent"));
  EXPECT_EQ(answers(raw), (std::vector<int>{204, 200, 404}));
  EXPECT_EQ(count_of(raw.receive(), "X-Door: closed"), 1u);
  EXPECT_EQ(count_of(raw.receive(), "X-Seen: /x\r\n"), 2u);
  EXPECT_EQ(count_of(raw.receive(), "X-Seen: /absent\r\n"), 1u);
}

TEST(ConnectionLimits, CountAddressesAsSubscribersHaveThem) {
  namespace ip = boost::asio::ip;
  ConnectionLimits limits(100, 1, false);
  const auto a = limits.enter(ip::make_address("2a00:1:2:3::1"));
  EXPECT_TRUE(a);
  EXPECT_FALSE(limits.enter(ip::make_address("2a00:1:2:3:ffff::9"))) << "the same /64";
  EXPECT_TRUE(limits.enter(ip::make_address("2a00:1:2:4::1")));
  const auto b = limits.enter(ip::make_address("93.184.216.34"));
  EXPECT_FALSE(limits.enter(ip::make_address("::ffff:93.184.216.34"))) << "the same, mapped";
  std::vector<ConnectionLimits::Place> local;
  for (int i = 0; i < 5; ++i) local.push_back(*limits.enter(ip::make_address("127.0.0.1")));
  EXPECT_EQ(limits.open(), 7u);
}

TEST_F(Serving, AConnectionEndsAfterItsRequests) {
  start({.requests_per_connection = 2});
  auto raw = client();
  send(raw, get("/x") + get("/x") + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_NE(raw.receive().rfind("Connection: close"), std::string::npos);
}

// Drains from another thread, as a signal's handler does.
class Drain {
 public:
  Drain(Server& server, milliseconds at_most)
      : thread_([this, &server, at_most] {
          server.drain(at_most);
          done_ = true;
        }) {}
  ~Drain() { thread_.join(); }
  bool done() const { return done_; }

 private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

TEST_F(Serving, DrainingFinishesWhatRunsAndClosesWhatWaits) {
  auto idle = client();
  auto busy = client();
  auto late = client();
  send(idle, get("/x"));
  send(busy, get("/wait") + get("/x"));
  send(late, get("/x").substr(0, 20));
  const Drain drain(server_->server(), seconds(30));
  server_->run_until([&] { return idle.receive(), idle.closed(); });
  EXPECT_FALSE(busy.closed());
  seen_.go_on.notify();
  server_->run_until([&] { return busy.receive(), busy.closed(); });
  EXPECT_EQ(answers(busy), std::vector{200}) << "the one that ran, not the one behind it";
  EXPECT_NE(busy.receive().find("Connection: close"), std::string::npos);
  late.send(get("/x").substr(20));
  server_->run_until([&] { return late.receive(), late.closed(); });
  EXPECT_EQ(answers(late), std::vector{200});
  busy.finish_sending();
  server_->run_until([&] { return drain.done(); });
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, DrainingCutsWhatDoesNotEnd) {
  auto busy = client();
  send(busy, get("/wait"));
  const Drain drain(server_->server(), milliseconds(1));
  server_->run_until([&] { return drain.done(); });
  busy.receive();
  EXPECT_TRUE(busy.closed());
  EXPECT_TRUE(answers(busy).empty());
}

}  // namespace
}  // namespace tg::net
