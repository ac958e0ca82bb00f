// The client against scripted servers: malformed responses, stale connections, redirects, proxies.
#include "net/client.hpp"
#include "net/client_fixture.hpp"
#include "net/gzip.hpp"
#include "net/scripted_server.hpp"

namespace tg::net {
namespace {

using namespace fixture;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::string gzip(const std::string& text) {
  Gzip gzip;
  std::string out;
  gzip.add(text, Gzip::End::finish, out);
  return out;
}

// The outcome of a scripted response.
std::string outcome_of(const std::string& answer, Verb verb = Verb::get) {
  ScriptedServer server({{answer}});
  Client client;
  return outcome(send(client, {.verb = verb, .url = server.url()}));
}

TEST(ClientStrictness, MalformedAnswersAreRefused) {
  const std::string malformed = "upstream.malformed";
  const std::string head = "HTTP/1.1 200 OK\r\n";
  std::string flood;
  for (int i = 0; i < 17; ++i) flood += "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n";
  std::string fields;
  for (int i = 0; i < 201; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  const std::pair<const char*, std::string> cases[] = {
      {"length and chunked",
       head + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"two lengths", head + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi"},
      {"signed length", head + "Content-Length: +2\r\n\r\nhi"},
      {"unknown coding", head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
      {"chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"bad chunk size", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n0\r\n\r\n"},
      {"trailers", head + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n\r\n"},
      {"no status line", "hello\r\n\r\n"},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n"},
      {"two digits", "HTTP/1.1 20 OK\r\n\r\n"},
      {"status 999", "HTTP/1.1 999 OK\r\n\r\n"},
      {"status 099", "HTTP/1.1 099 OK\r\n\r\n"},
      {"control character", "HTTP/1.1 200 O\x01K\r\n\r\n"},
      {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"},
      {"bare CR in a field", head + "X: a\rb\r\n\r\n"},
      {"folded field", head + "X: a\r\n b\r\n\r\n"},
      {"space before colon", head + "Content-Length : 0\r\n\r\n"},
      {"flood of 1xx", flood + ok("hi")},
      {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"},
      {"header bomb", head + "X: " + std::string(70'000, 'a') + "\r\n\r\n"},
      {"an endless head", head + std::string(70'000, 'a')},
      {"201 fields", head + fields + "\r\n"},
      {"body shorter than its length", head + "Content-Length: 10\r\n\r\nhi"},
      {"chunked body that is cut", head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel"},
      {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
      {"broken gzip", head + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"},
      {"garbage after gzip",
       head + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip("hi") + "garbage"},
      {"gzip that is cut",
       head + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip("hello").substr(0, 15)},
  };
  for (const auto& [name, answer] : cases) EXPECT_EQ(outcome_of(answer), malformed) << name;
}

TEST(ClientStrictness, ValidResponsesAreAccepted) {
  EXPECT_EQ(outcome_of("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "200");
  EXPECT_EQ(outcome_of("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"), "204");
  EXPECT_EQ(outcome_of("HTTP/1.0 404 Not Found\r\n\r\nuntil the end"), "404");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", Verb::head), "200");
  EXPECT_EQ(outcome_of("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"), "304");
  EXPECT_EQ(outcome_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"),
            "200");
}

TEST(ClientStrictness, SurplusBytesAreNeverTheNextResponse) {
  ScriptedServer server({{ok("one") + ok("smuggled")}, {ok("two")}});
  Client client;
  EXPECT_EQ(get(client, server.url())->body, "one");
  EXPECT_EQ(get(client, server.url())->body, "two");
  EXPECT_EQ(server.accepted(), 2);
}

TEST(ClientStrictness, AnUnreadBodyClosesItsConnection) {
  ScriptedServer server({{ok(std::string(1'000'000, 'x')), ok("late")}, {ok("two")}});
  Client client;
  {
    const auto opened =
        run_blocking(client.open({.url = server.url(), .deadline = in(seconds(9))}));
    ASSERT_TRUE(opened);
  }
  EXPECT_EQ(get(client, server.url())->body, "two");
}

TEST(ClientStrictness, BodiesAreBounded) {
  ScriptedServer server({{ok(std::string(2000, 'x'))},
                         {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" +
                          gzip(std::string(50 << 20, '\0'))}});
  Client client({.body_limit = 1999});
  EXPECT_EQ(outcome(get(client, server.url())), "upstream.too_large");
  EXPECT_EQ(outcome(get(client, server.url())), "upstream.too_large") << "a bomb";
}

TEST(ClientStrictness, StreamedGzipComesInBoundedPieces) {
  const std::string text(10 << 20, 'z');
  ScriptedServer server({{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n" +
                          gzip(text) + gzip("tail")}});
  Client client;
  auto opened = run_blocking(client.open({.url = server.url(), .deadline = in(seconds(9))}));
  ASSERT_TRUE(opened);
  std::string all;
  while (true) {
    const auto piece = run_blocking((*opened)->read(in(seconds(9))));
    ASSERT_TRUE(piece) << piece.error().detail;
    if (!*piece) break;
    EXPECT_LE((*piece)->size(), 64u << 10);
    all += **piece;
  }
  EXPECT_EQ(all, text + "tail") << "members are joined";
}

// Connections closed by the server meanwhile

TEST(ClientRetry, IdempotentRequestsAreRetriedOnceOnAStaleConnection) {
  // The second request arrives; the server closes instead of answering, as at an idle limit.
  const auto script = [] {
    return std::vector<ScriptedServer::Connection>{{ok("one"), ""}, {ok("two")}};
  };
  ScriptedServer safe(script());
  Client client;
  EXPECT_EQ(get(client, safe.url())->body, "one");
  EXPECT_EQ(get(client, safe.url())->body, "two");
  ScriptedServer unsafe(script());
  EXPECT_EQ(get(client, unsafe.url())->body, "one");
  EXPECT_EQ(outcome(send(client, {.verb = Verb::post, .url = unsafe.url(), .body = "x"})),
            "upstream.closed");
  ScriptedServer declared(script());
  EXPECT_EQ(get(client, declared.url())->body, "one");
  EXPECT_EQ(
      outcome(send(client,
                   {.verb = Verb::post, .url = declared.url(), .body = "x", .repeatable = true})),
      "200");
  EXPECT_EQ(declared.requests().size(), 3u);
}

TEST(ClientRetry, AFreshConnectionThatFailsIsNotRepeated) {
  ScriptedServer server({{""}, {ok("second")}});
  Client client;
  EXPECT_EQ(outcome(get(client, server.url())), "upstream.closed");
  EXPECT_EQ(server.accepted(), 1);
}

TEST(ClientRetry, ARequestIsNotRetriedOnceItsResponseHasBegun) {
  ScriptedServer server({{ok("one"), "HTTP/1.1 200 OK\r\nContent-Le"}, {ok("two")}});
  Client client;
  EXPECT_EQ(get(client, server.url())->body, "one");
  EXPECT_EQ(outcome(get(client, server.url())), "upstream.malformed");
}

TEST(ClientRetry, IdleConnectionsCloseThemselves) {
  ScriptedServer server({{ok("one"), ok("late")}, {ok("two")}});
  Client client({.idle_time = milliseconds(0)});
  EXPECT_EQ(get(client, server.url())->body, "one");
  EXPECT_EQ(get(client, server.url())->body, "two");
}

TEST(Client, AnUnreachableServerIsUnavailable) {
  std::string url;
  {
    ScriptedServer server({});
    url = server.url();
  }
  Client client;
  const auto answer = get(client, url);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
}

TEST(Client, HeadersCannotInjectLines) {
  ScriptedServer server({{ok("")}});
  Client client;
  EXPECT_EQ(outcome(send(client, {.url = server.url(), .headers = {{"X", "a\r\nY: b"}}})),
            "invalid.headers");
  EXPECT_EQ(outcome(send(client, {.url = server.url(),
                                  .headers = {{"Host", "other"}, {"Content-Length", "7"}}})),
            "200");
  EXPECT_NE(server.requests().at(0).find("Host: 127.0.0.1:"), std::string::npos);
  EXPECT_EQ(server.requests().at(0).find("Content-Length"), std::string::npos);
}

// Redirects

std::string to(const std::string& location, int status = 302) {
  return "HTTP/1.1 " + std::to_string(status) + " Found\r\nLocation: " + location +
         "\r\nContent-Length: 0\r\n\r\n";
}

TEST(ClientRedirects, AreFollowedWhenAskedFor) {
  ScriptedServer server({{to("/b?x=1#part"), to("c"), ok("here")}});
  Client client;
  EXPECT_EQ(send(client, {.url = server.url("/a"), .redirects = 2})->body, "here");
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_TRUE(requests[1].starts_with("GET /b?x=1 HTTP/1.1\r\n"));
  EXPECT_TRUE(requests[2].starts_with("GET /c HTTP/1.1\r\n"));
  ScriptedServer other({{to("/b")}});
  EXPECT_EQ(outcome(get(client, other.url())), "302") << "nobody asked";
}

TEST(ClientRedirects, AreAtMostThree) {
  ScriptedServer server({{to("/1"), to("/2"), to("/3"), to("/4"), ok("never")}});
  Client client;
  EXPECT_EQ(outcome(send(client, {.url = server.url(), .redirects = 10})), "upstream.redirects");
  EXPECT_EQ(server.requests().size(), 4u);
}

TEST(ClientRedirects, CredentialsStayWithTheirOrigin) {
  ScriptedServer other({{ok("there")}});
  ScriptedServer server({{to("/same"), to(other.url("/x"))}});
  Client client;
  const Headers headers{{"Authorization", "Bearer secret"},
                        {"Cookie", "a=b"},
                        {"X-Telegnosis-Principal", "me"},
                        {"Accept", "text/html"}};
  EXPECT_EQ(send(client, {.url = server.url(), .headers = headers, .redirects = 3})->body, "there");
  EXPECT_NE(server.requests().at(1).find("Bearer secret"), std::string::npos);
  const std::string seen = other.requests().at(0);
  for (const char* secret : {"secret", "Cookie", "Principal"})
    EXPECT_EQ(seen.find(secret), std::string::npos) << seen;
  EXPECT_NE(seen.find("Accept: text/html"), std::string::npos);
}

TEST(ClientRedirects, APostBecomesAGetExceptFor307) {
  ScriptedServer server({{to("/see", 303), ok(""), to("/again", 307), ok("")}});
  Client client;
  const auto post = [&] {
    return outcome(
        send(client, {.verb = Verb::post, .url = server.url(), .body = "abc", .redirects = 1}));
  };
  EXPECT_EQ(post(), "200");
  EXPECT_EQ(post(), "200");
  EXPECT_TRUE(server.requests().at(1).starts_with("GET /see"));
  EXPECT_TRUE(server.requests().at(3).starts_with("POST /again"));
  EXPECT_TRUE(server.requests().at(3).ends_with("abc"));
}

TEST(ClientRedirects, NeverLeadToOtherSchemes) {
  for (const char* location :
       {"ftp://a/", "file:///etc/passwd", "http://", "//user@host/", "http://[::"}) {
    ScriptedServer server({{to(location)}});
    Client client;
    EXPECT_EQ(outcome(send(client, {.url = server.url(), .redirects = 3})), "upstream.redirect")
        << location;
  }
}

// Proxies

TEST(ClientProxy, EverythingGoesThroughConnect) {
  ScriptedServer proxy({{"HTTP/1.1 200 Connection established\r\n\r\n", ok("tunnelled"), ok("2")}});
  Client client({.proxy = proxy.url(), .proxy_authorization = "Basic cHJveHk="});
  EXPECT_EQ(get(client, "http://example.test:8080/a")->body, "tunnelled");
  EXPECT_EQ(get(client, "http://example.test:8080/b")->body, "2");
  const auto requests = proxy.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_TRUE(requests[0].starts_with("CONNECT example.test:8080 HTTP/1.1\r\n"));
  EXPECT_NE(requests[0].find("Proxy-Authorization: Basic cHJveHk="), std::string::npos);
  EXPECT_TRUE(requests[1].starts_with("GET /a HTTP/1.1\r\nHost: example.test:8080\r\n"));
  EXPECT_EQ(requests[1].find("Proxy-Authorization"), std::string::npos) << "for the proxy alone";
}

TEST(ClientProxy, TlsToTheProxyIsNotSupported) {
  Client client({.proxy = "https://127.0.0.1:1"});
  EXPECT_EQ(get(client, "http://example.test/").error().field, "proxy");
}

TEST(ClientProxy, RefusalsAndExtraBytesEndIt) {
  ScriptedServer proxy({{"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"},
                        {"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}});
  Client client({.proxy = proxy.url()});
  EXPECT_EQ(outcome(get(client, "http://example.test/")), "proxy.refused");
  EXPECT_EQ(outcome(get(client, "http://example.test/")), "proxy.refused");
}

}  // namespace
}  // namespace tg::net
