// How connections end: time limits on a fake clock, connection limits, draining.
#include <thread>

#include "net/connection_limits.hpp"
#include "net/serving_fixture.hpp"

namespace tg::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

TEST_F(Serving, AStalledReaderIsDisconnected) {
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

TEST(ConnectionLimits, CountAddressesAsSubscribersHaveThem) {
  namespace ip = boost::asio::ip;
  ConnectionLimits limits(100, 1, false);
  const auto a = limits.enter(ip::make_address("2a00:1:2:3::1"));
  EXPECT_TRUE(a);
  EXPECT_FALSE(limits.enter(ip::make_address("2a00:1:2:3:ffff::9"))) << "the same /64";
  EXPECT_TRUE(limits.enter(ip::make_address("2a00:1:2:4::1")));
  const auto b = limits.enter(ip::make_address("93.184.216.34"));
  EXPECT_FALSE(limits.enter(ip::make_address("::ffff:93.184.216.34"))) << "the same, mapped";
  std::vector<ConnectionLimits::Permit> local;
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

// Drains from another thread, as a signal handler does.
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

TEST_F(Serving, DrainingFinishesRunningRequestsAndClosesIdleConnections) {
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

TEST_F(Serving, DrainingAbortsWhatDoesNotFinish) {
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
