#include "wire/time_limit.hpp"

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"

namespace tg::wire {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Notes whether it was ended, or came to its end.
struct Fate {
  bool began = false;
  bool ended = false;
};

Task<Result<Reply>> wait_forever(Fate* fate) {
  fate->began = true;
  struct Leaving {
    Fate* of;
    ~Leaving() { of->ended = true; }
  } leaving{fate};
  Timer timer(co_await asio::this_coro::executor, SteadyTime::max());
  co_await timer.async_wait(use_task);
  co_return Reply{};
}

Task<Result<Reply>> answer(int status) {
  co_return Reply{.status = status};
}

Task<Result<Reply>> refuse() {
  co_return not_found("it");
}

Task<Result<Reply>> throw_something() {
  throw std::runtime_error("a bug");
  co_return Reply{};
}

// Makes an error of being cancelled, as adapters do.
Task<Result<Reply>> give_up() {
  Timer timer(co_await asio::this_coro::executor, SteadyTime::max());
  try {
    co_await timer.async_wait(use_task);
  } catch (const boost::system::system_error&) {
  }
  co_return unavailable("upstream");
}

class ScriptedClient final : public net::ResponseWriter {
 public:
  Task<Result<void>> send(net::Response) override { co_return Result<void>(); }
  Task<Result<void>> begin(int, net::Headers, std::optional<std::uint64_t>) override {
    co_return Result<void>();
  }
  Task<Result<void>> write(std::string) override { co_return Result<void>(); }
  Task<Result<void>> finish() override { co_return Result<void>(); }
  // Leaves as soon as somebody looks.
  void watch_client(std::function<void()> on_gone, GoneWhen) override { on_gone(); }
  bool started() const override { return false; }
};

class TimeLimitTest : public testing::Test {
 protected:
  FakeClock clock;
  Fate fate;
  TimeLimit within(std::chrono::milliseconds time) {
    return {.until = clock.steady() + time, .clock = &clock};
  }
};

TEST_F(TimeLimitTest, LetsAnswersThrough) {
  EXPECT_EQ(run_blocking(run_limited(answer(202), within(std::chrono::seconds(1))))->status, 202);
  EXPECT_EQ(run_blocking(run_limited(refuse(), within(std::chrono::seconds(1)))).error().code,
            Code::not_found);
  EXPECT_THROW(run_blocking(run_limited(throw_something(), within(std::chrono::seconds(1)))),
               std::runtime_error);
}

TEST_F(TimeLimitTest, EndsWhatIsLateAndWaitsForIt) {
  const auto limit = within(std::chrono::seconds(5));
  clock.advance(std::chrono::seconds(5));
  const auto late = run_blocking(run_limited(wait_forever(&fate), limit));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Code::gateway_timeout);
  EXPECT_TRUE(fate.began && fate.ended);
}

TEST_F(TimeLimitTest, SaysLateAlsoWhereTheCallMadeAnErrorOfIt) {
  const auto limit = within(std::chrono::seconds(5));
  clock.advance(std::chrono::seconds(6));
  EXPECT_EQ(run_blocking(run_limited(give_up(), limit)).error().code, Code::gateway_timeout);
}

TEST_F(TimeLimitTest, EndsWhatNobodyWaitsFor) {
  ScriptedClient client;
  TimeLimit limit{.clock = &clock, .client = &client};
  const auto gone = run_blocking(run_limited(wait_forever(&fate), limit));
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().reason, kClientGone);
  EXPECT_TRUE(fate.ended);
}

TEST_F(TimeLimitTest, EndsManyAtOnceEachOnItsOwn) {
  std::vector<Fate> fates(50);
  int late = 0;
  asio::io_context loop(1);
  for (std::size_t i = 0; i < fates.size(); ++i) {
    asio::co_spawn(loop, run_limited(wait_forever(&fates[i]), within(std::chrono::milliseconds(i))),
                   [&late](std::exception_ptr, const Result<Reply>& reply) {
                     late += !reply && reply.error().code == Code::gateway_timeout ? 1 : 0;
                   });
  }
  clock.advance(std::chrono::milliseconds(24));
  while (late < 25) loop.run_one();
  EXPECT_EQ(std::ranges::count_if(fates, &Fate::ended), 25);
  clock.advance(std::chrono::milliseconds(100));
  loop.run();
  EXPECT_EQ(late, 50);
}

}  // namespace
}  // namespace tg::wire
