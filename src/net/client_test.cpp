// The client against our own server and against misbehaving ones.
#include "net/client.hpp"

#include <atomic>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "net/gzip.hpp"
#include "net/scripted_server.hpp"
#include "net/server.hpp"
#include "runtime/notifier.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

SteadyTime in(milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

Result<Response> send(Client& client, ClientRequest request) {
  if (request.deadline == SteadyTime::max()) request.deadline = in(seconds(20));
  return run_blocking(client.send(std::move(request)));
}
Result<Response> get(Client& client, const std::string& url) {
  return send(client, {.url = url});
}
// The error's reason, or the status.
std::string outcome(const Result<Response>& answer) {
  return answer ? std::to_string(answer->status) : answer.error().reason;
}
std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
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

// Against our own server

class TenPieces final : public BodyReader {
 public:
  Task<Result<std::optional<std::string>>> read() override {
    if (left_-- == 0) co_return std::optional<std::string>();
    co_return std::optional(std::string(100'000, static_cast<char>('0' + left_)));
  }

 private:
  int left_ = 10;
};

struct Load {
  int now = 0;
  int most = 0;
  int arrived = 0;
  std::atomic<bool> gone = false;
  Notifier one_more;
};

Task<void> echo(Request* request, ResponseWriter* out) {
  if (!co_await out->begin(200, {{"X-Peer", request->peer}}, std::nullopt)) co_return;
  while (true) {
    auto piece = co_await request->body->read();
    if (!piece || !*piece) break;
    if (!co_await out->write(**std::move(piece))) co_return;
  }
  co_await out->finish();
}
Task<void> show_request(Request* request, ResponseWriter* out) {
  std::string body = request->path + "?" + request->query + "\n";
  for (const auto& [name, value] : request->headers)
    body.append(name).append(": ").append(value).append("\n");
  body += std::string(5000, ' ');  // worth compressing
  co_await out->send({.headers = {{"Content-Type", "text/plain"}}, .body = body});
}
// Responds once three requests are in progress: fewer would wait forever, more would be noticed.
Task<void> count_load(ResponseWriter* out, Load* load) {
  const int wanted = load->arrived / 3 * 3 + 3;
  ++load->arrived;
  load->most = std::max(load->most, ++load->now);
  load->one_more.notify();
  while (load->arrived < wanted) {
    const auto seen = load->one_more.version();
    if (load->arrived < wanted) co_await load->one_more.wait_after(seen, seconds(10));
  }
  --load->now;
  co_await out->send({});
}
Task<void> never(ResponseWriter* out) {
  Notifier nothing;
  co_await nothing.wait_after(nothing.version(), seconds(100));
  co_await out->send({});
}
Task<void> wait_until_gone(ResponseWriter* out, Load* load) {
  out->watch_client(
      [load] {
        load->gone = true;
        load->one_more.notify();
      },
      ResponseWriter::GoneWhen::reset);
  while (!load->gone) {
    const auto seen = load->one_more.version();
    if (!load->gone) co_await load->one_more.wait_after(seen, seconds(100));
  }
}
// A resolver that times out.
Task<Result<std::vector<asio::ip::address>>> resolve_never(SteadyTime until) {
  Notifier nothing;
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  co_await nothing.wait_after(nothing.version(), left);
  co_return fail(Code::gateway_timeout, "upstream.timeout", "the other server took too long");
}
Task<void> refuse_early(ResponseWriter* out) {
  co_await out->send({.status = 403});
}

class OwnServer : public ::testing::Test {
 protected:
  void start(ServerSettings settings = {}) {
    auto router = std::make_shared<Router>();
    const auto add = [&](Verb verb, const char* path, Handler handler) {
      router->add({.verb = verb,
                   .pattern = path,
                   .options = {.body_limit = 10 << 20},
                   .handler = std::move(handler)});
    };
    add(Verb::post, "/echo", echo);
    add(Verb::get, "/show", show_request);
    add(Verb::get, "/load",
        [this](Request*, ResponseWriter* out) { return count_load(out, &load_); });
    add(Verb::get, "/gone",
        [this](Request*, ResponseWriter* out) { return wait_until_gone(out, &load_); });
    add(Verb::get, "/never", [](Request*, ResponseWriter* out) { return never(out); });
    add(Verb::post, "/refuse", [](Request*, ResponseWriter* out) { return refuse_early(out); });
    server_ = std::make_unique<Server>(loops_, std::move(settings), router, clock_);
    ASSERT_TRUE(server_->start());
    loops_.start();
  }
  std::string url(const std::string& target, const char* scheme = "http") const {
    return std::string(scheme) + "://localhost:" + std::to_string(server_->port()) + target;
  }
  Load load_;
  SystemClock clock_;
  Loops loops_{1};
  std::unique_ptr<Server> server_;
};

TEST_F(OwnServer, ConnectionsAreUsedAgain) {
  start();
  Client client;
  for (int i = 0; i < 50; ++i) {
    const auto answer = get(client, url("/show?a=b%20c"));
    ASSERT_EQ(outcome(answer), "200");
    EXPECT_TRUE(answer->body.starts_with("/show?a=b%20c\n")) << answer->body;
    EXPECT_NE(answer->body.find("Accept-Encoding: gzip\n"), std::string::npos);
    EXPECT_FALSE(answer->headers.has("Content-Encoding")) << "decoded, and said so";
  }
  EXPECT_EQ(server_->open_connections(), 1u);
  client.close_idle();
  EXPECT_EQ(outcome(get(client, url("/show"))), "200");
}

TEST_F(OwnServer, BodiesAreStreamedBothWays) {
  start();
  Client client;
  TenPieces pieces;
  const auto answer = send(client, {.verb = Verb::post, .url = url("/echo"), .stream = &pieces});
  ASSERT_EQ(outcome(answer), "200");
  EXPECT_EQ(answer->body.size(), 1'000'000u);
  EXPECT_TRUE(answer->body.starts_with("999"));
  EXPECT_TRUE(answer->body.ends_with("000"));
}

TEST_F(OwnServer, AnEarlyRefusalIsRead) {
  start();
  Client client;
  TenPieces pieces;
  EXPECT_EQ(outcome(send(client, {.verb = Verb::post, .url = url("/refuse"), .stream = &pieces})),
            "403");
  EXPECT_EQ(outcome(get(client, url("/show"))), "200") << "over another connection";
}

TEST_F(OwnServer, ADeadlineEndsTheWaiting) {
  start();
  Client client;
  const auto late = send(client, {.url = url("/never"), .deadline = in(milliseconds(30))});
  EXPECT_EQ(outcome(late), "upstream.timeout");
  EXPECT_EQ(late.error().code, Code::gateway_timeout);
  EXPECT_EQ(outcome(get(client, url("/show"))), "200");
}

Task<void> ask_at_once(Client* client, std::string url, int count, int* right) {
  Notifier one_less;
  int left = count;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(co_await asio::this_coro::executor, client->send({.url = url}),
                   [&left, &one_less, right](std::exception_ptr, Result<Response> answer) {
                     if (answer && answer->status == 200) ++*right;
                     --left;
                     one_less.notify();
                   });
  }
  while (left > 0) {
    const auto seen = one_less.version();
    if (left > 0) co_await one_less.wait_after(seen, seconds(10));
  }
}

TEST_F(OwnServer, AHostHasItsBoundOfRequestsAtOnce) {
  start();
  Client client({.per_host = 3});
  int right = 0;
  run_blocking(ask_at_once(&client, url("/load"), 39, &right));
  EXPECT_EQ(right, 39);
  EXPECT_EQ(load_.most, 3);
  EXPECT_LE(server_->open_connections(), 3u);
}

TEST_F(OwnServer, WaitingForAPermitEndsAtTheDeadline) {
  start();
  Client client({.per_host = 1});
  auto first = run_blocking(client.open({.url = url("/show"), .deadline = in(seconds(20))}));
  ASSERT_TRUE(first);
  EXPECT_EQ(outcome(send(client, {.url = url("/show"), .deadline = in(milliseconds(20))})),
            "upstream.busy");
  first->reset();
  EXPECT_EQ(outcome(get(client, url("/show"))), "200");
}

TEST_F(OwnServer, StreamsDoNotCountAsRequests) {
  start();
  Client client({.per_host = 1, .streams_per_host = 2});
  const auto open = [&] {
    return run_blocking(client.open({.url = url("/show"), .deadline = in(seconds(20))}));
  };
  auto first = open();
  ASSERT_TRUE(first);
  ASSERT_TRUE((*first)->as_stream());
  auto second = open();
  ASSERT_TRUE(second);
  ASSERT_TRUE((*second)->as_stream());
  ASSERT_TRUE((*second)->as_stream()) << "declaring it again changes nothing";
  EXPECT_EQ(outcome(get(client, url("/show"))), "200");
  auto third = open();
  ASSERT_TRUE(third);
  EXPECT_EQ((*third)->as_stream().error().reason, "upstream.busy");
  first->reset();
  EXPECT_TRUE((*third)->as_stream());
}

TEST_F(OwnServer, AnAbandonedRequestIsReset) {
  start();
  Client client;
  EXPECT_EQ(outcome(send(client, {.url = url("/gone"), .deadline = in(milliseconds(30))})),
            "upstream.timeout");
  while (!load_.gone) {
    const auto seen = load_.one_more.version();
    if (!load_.gone) run_blocking(load_.one_more.wait_after(seen, seconds(10)));
  }
}

TEST_F(OwnServer, AServerThatDoesNotAcceptInTimeIsUnreachable) {
  Client client({.connect_time = milliseconds(20),
                 .resolver = [](std::string, SteadyTime until) { return resolve_never(until); }});
  const auto patient = send(client, {.url = "http://example.test/"});
  EXPECT_EQ(outcome(patient), "upstream.unreachable");
  EXPECT_EQ(patient.error().code, Code::unavailable);
  const auto hurried =
      send(client, {.url = "http://example.test/", .deadline = in(milliseconds(5))});
  EXPECT_EQ(outcome(hurried), "upstream.timeout");
}

// With a certificate for localhost.
class Tls : public OwnServer {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("tg-tls-" + std::to_string(::getpid()) + "-" + std::to_string(counter_++));
    std::filesystem::create_directories(folder_);
    authority("ca");
    authority("other");
    run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem "
        "-out request.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost");
    run("openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial "
        "-out certificate.pem -days 2 -copy_extensions copy");
    start({.certificate = folder_ / "certificate.pem", .key = folder_ / "key.pem"});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void authority(const std::string& name) {
    run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout " +
        name + ".key -out " + name + ".pem -subj /CN=" + name);
  }
  void run(const std::string& command) {
    ASSERT_EQ(std::system(("cd " + folder_.string() + " && " + command + " 2>/dev/null").c_str()),
              0)
        << command;
  }
  std::string file(const char* name) const { return (folder_ / name).string(); }

  static inline int counter_ = 0;
  std::filesystem::path folder_;
};

TEST_F(Tls, AKnownAuthorityAndTheRightNameAreAccepted) {
  Client client({.certificate_authorities = file("ca.pem")});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome(get(client, url("/show", "https"))), "200");
  TenPieces pieces;
  const auto echoed =
      send(client, {.verb = Verb::post, .url = url("/echo", "https"), .stream = &pieces});
  ASSERT_EQ(outcome(echoed), "200");
  EXPECT_EQ(echoed->body.size(), 1'000'000u);
}

TEST_F(Tls, AWrongNameIsRefused) {
  Client client({.certificate_authorities = file("ca.pem")});
  const auto answer = get(client, "https://127.0.0.1:" + std::to_string(server_->port()) + "/show");
  EXPECT_EQ(outcome(answer), "upstream.tls");
}

TEST_F(Tls, AnUnknownAuthorityIsRefused) {
  Client client({.certificate_authorities = file("other.pem")});
  EXPECT_EQ(outcome(get(client, url("/show", "https"))), "upstream.tls");
  Client system;
  EXPECT_EQ(outcome(get(system, url("/show", "https"))), "upstream.tls");
}

TEST_F(Tls, APinnedCertificateIsAcceptedWhateverItsName) {
  const std::string address = "https://127.0.0.1:" + std::to_string(server_->port()) + "/show";
  Client client({.fingerprint = server_->fingerprint()});
  EXPECT_EQ(server_->fingerprint().size(), 64U);
  EXPECT_EQ(outcome(get(client, address)), "200");
  EXPECT_EQ(outcome(get(client, url("/show", "https"))), "200");
  // Same authority, right name, different certificate.
  Client other({.certificate_authorities = file("ca.pem"), .fingerprint = std::string(64, '0')});
  EXPECT_EQ(outcome(get(other, url("/show", "https"))), "upstream.tls");
}

TEST_F(Tls, PlainRequestsToATlsPortGetNothing) {
  Client client;
  EXPECT_FALSE(get(client, url("/show")));
}

TEST_F(OwnServer, AnUnusableCertificateFailsTheStart) {
  Server server(loops_, {.certificate = "/nonexistent", .key = "/nonexistent"},
                std::make_shared<Router>(), clock_);
  const auto started = server.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "tls");
  EXPECT_EQ(started.error().field, "certificate");
  EXPECT_TRUE(started.error().message.starts_with("/nonexistent cannot be used: "));
}

// Against misbehaving servers

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
