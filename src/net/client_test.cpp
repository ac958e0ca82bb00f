// The client against our own server, plain and over TLS.
#include "net/client.hpp"

#include <atomic>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "net/client_fixture.hpp"
#include "net/scripted_server.hpp"
#include "net/server.hpp"
#include "runtime/notifier.hpp"

namespace tg::net {
namespace {

using namespace fixture;
using std::chrono::milliseconds;
using std::chrono::seconds;

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

}  // namespace
}  // namespace tg::net
