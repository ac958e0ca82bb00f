#include "wire/request_observer.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "api/auth.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::wire {
namespace {

TEST(RequestObserver, CountsEveryRouteUnderItsPortsName) {
  metrics::Registry registry;
  RequestObserver observer(registry, "gateway");
  std::size_t rows = 0;
  for (int round = 0; round < 2; ++round) {
    api::kEndpoints<api::Auth>.each([&](const auto& row) {
      observer.answered("auth", row.spec, 200, std::chrono::milliseconds(2));
      ++rows;
    });
  }
  const std::string text = registry.text();
  std::size_t counted = 0;
  for (std::size_t at = 0;
       (at = text.find("\ntelegnosis_http_requests_total{", at)) != std::string::npos; ++at) {
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    EXPECT_TRUE(line.ends_with(",status=\"200\"} 2")) << line;
    ++counted;
  }
  EXPECT_EQ(counted, rows / 2) << "a series for each row";
  EXPECT_TRUE(text.contains("{service=\"gateway\",route=\"/auth/login\",method=\"POST\",status"))
      << text;
}

TEST(RequestObserver, FirstRequestsOfManyThreadsAreAllCounted) {
  metrics::Registry registry;
  RequestObserver observer(registry, "auth");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      api::kEndpoints<api::Auth>.each([&](const auto& row) {
        observer.answered("auth", row.spec, 204, std::chrono::milliseconds(1));
      });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(
      registry.text().contains("route=\"/auth/login\",method=\"POST\",status=\"204\"} 4\n"));
}

class Kept final : public net::ResponseWriter {
 public:
  Task<Result<void>> send(net::Response response) override {
    answer = std::move(response);
    co_return Result<void>();
  }
  Task<Result<void>> begin(int, net::Headers, std::optional<std::uint64_t>) override {
    co_return internal("not used");
  }
  Task<Result<void>> write(std::string) override { co_return internal("not used"); }
  Task<Result<void>> finish() override { co_return internal("not used"); }
  void watch_client(std::function<void()>) override {}
  bool started() const override { return false; }

  net::Response answer;
};

TEST(Metrics, AreAPageOfThePort) {
  metrics::Registry registry;
  registry.counter("a_total", "counted").add(3);
  net::Router router;
  mount_metrics(router, registry);
  const auto match = router.find(net::Verb::get, "/metrics");
  ASSERT_NE(match.route, nullptr);
  net::Request request;
  Kept writer;
  run_blocking(match.route->handler(request, writer));
  EXPECT_EQ(writer.answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(writer.answer.body, "# HELP a_total counted\n# TYPE a_total counter\na_total 3\n");
}

}  // namespace
}  // namespace tg::wire
