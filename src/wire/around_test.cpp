#include "wire/around.hpp"

#include <gtest/gtest.h>

#include "api/gateway.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::wire {
namespace {

class CountingGateway final : public api::Gateway {
 public:
  Task<Result<api::QueryReply>> query(api::Call call, api::QueryRequest request) override {
    ++calls;
    deadline = call.deadline;
    if (request.query.empty()) co_return not_found("an answer");
    co_return api::QueryReply{.query = request.query};
  }
  Task<Result<api::Health>> health(api::Call, api::Nothing) override {
    ++calls;
    co_return api::Health{};
  }
  int calls = 0;
  SteadyTime deadline;
};

class Log final : public Around {
 public:
  Log(std::string name, std::vector<std::string>& lines) : name_(std::move(name)), lines_(lines) {}
  Task<Result<void>> call(const api::Spec& spec, api::Call& call, Next next) override {
    lines_.push_back(name_ + " before " + std::string(spec.name));
    call.request_id += name_;
    auto done = co_await next(call);
    lines_.push_back(name_ + (done ? " after success" : " after " + done.error().reason));
    co_return done;
  }

 private:
  std::string name_;
  std::vector<std::string>& lines_;
};

class Refusing final : public Around {
 public:
  Task<Result<void>> call(const api::Spec&, api::Call&, Next) override {
    co_return unavailable("breaker");
  }
};

class Notes final : public Observer {
 public:
  void answered(std::string_view service, const api::Spec& spec, int status,
                std::chrono::nanoseconds) override {
    lines.push_back(std::string(service) + " " + std::string(spec.name) + " " +
                    std::to_string(status));
  }
  std::vector<std::string> lines;
};

TEST(Around, RunsFromTheOutermostInwards) {
  CountingGateway gateway;
  std::vector<std::string> lines;
  const auto wrapped = around<api::Gateway>(
      gateway, {std::make_shared<Log>("a", lines), std::make_shared<Log>("b", lines)});
  const auto reply = run_blocking(wrapped->query({}, {.query = "q"}));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->query, "q");
  EXPECT_FALSE(run_blocking(wrapped->query({}, {})).has_value());
  EXPECT_EQ(lines, (std::vector<std::string>{"a before query", "b before query", "b after success",
                                             "a after success", "a before query", "b before query",
                                             "b after not_found", "a after not_found"}));
}

TEST(Around, CanKeepACallAway) {
  CountingGateway gateway;
  const auto wrapped = around<api::Gateway>(gateway, {std::make_shared<Refusing>()});
  EXPECT_EQ(run_blocking(wrapped->health({}, {})).error().code, Code::unavailable);
  EXPECT_EQ(gateway.calls, 0);
}

TEST(Around, GivesCallsTheDeadlineOfTheirRow) {
  FakeClock clock;
  CountingGateway gateway;
  const auto wrapped = around<api::Gateway>(gateway, {deadlines(clock)});
  ASSERT_TRUE(run_blocking(wrapped->query({}, {.query = "q"})).has_value());
  EXPECT_EQ(gateway.deadline, clock.steady() + std::chrono::seconds(15));
  const SteadyTime sooner = clock.steady() + std::chrono::seconds(1);
  ASSERT_TRUE(run_blocking(wrapped->query({.deadline = sooner}, {.query = "q"})).has_value());
  EXPECT_EQ(gateway.deadline, sooner);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(run_blocking(wrapped->query({.deadline = sooner}, {.query = "q"})).error().code,
            Code::gateway_timeout);
  EXPECT_EQ(gateway.calls, 2);
}

TEST(Around, TellsTheObserverHowCallsEnd) {
  SystemClock clock;
  CountingGateway gateway;
  Notes notes;
  const auto wrapped = around<api::Gateway>(gateway, {observed("gateway", notes, clock)});
  static_cast<void>(run_blocking(wrapped->query({}, {.query = "q"})));
  static_cast<void>(run_blocking(wrapped->query({}, {})));
  EXPECT_EQ(notes.lines, (std::vector<std::string>{"gateway query 200", "gateway query 404"}));
}

}  // namespace
}  // namespace tg::wire
