#include "wire/around.hpp"

#include "wire/time_limit.hpp"

namespace tg::wire {
namespace {

class Deadlines final : public Around {
 public:
  explicit Deadlines(const Clock& clock) : clock_(clock) {}
  Task<Result<void>> call(const api::Spec& spec, api::Call& call, Next next) override {
    const SteadyTime now = clock_.steady();
    if (call.deadline <= now) co_return deadline_passed();
    if (spec.deadline.count() > 0) call.deadline = std::min(call.deadline, now + spec.deadline);
    co_return co_await next(call);
  }

 private:
  const Clock& clock_;
};

// Tells the observer also when the call was cancelled, which leaves as an exception.
class Observation {
 public:
  Observation(std::string_view service, Observer& observer, const Clock& clock,
              const api::Spec& spec)
      : service_(service), observer_(observer), clock_(clock), spec_(spec) {}
  ~Observation() { observer_.answered(service_, spec_, status, clock_.steady() - began_); }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  int status = kClientGoneStatus;

 private:
  std::string_view service_;
  Observer& observer_;
  const Clock& clock_;
  const api::Spec& spec_;
  const SteadyTime began_ = clock_.steady();
};

class Observed final : public Around {
 public:
  Observed(std::string_view service, Observer& observer, const Clock& clock)
      : service_(service), observer_(observer), clock_(clock) {}
  Task<Result<void>> call(const api::Spec& spec, api::Call& call, Next next) override {
    Observation observation(service_, observer_, clock_, spec);
    auto done = co_await next(call);
    observation.status = done ? spec.status : http_status(done.error().code);
    co_return done;
  }

 private:
  std::string_view service_;
  Observer& observer_;
  const Clock& clock_;
};

}  // namespace

Task<Result<void>> Next::operator()(api::Call& call) const {
  if (rest_.empty()) return attempt_->run(std::move(call));
  return rest_.front()->call(*spec_, call, Next(rest_.subspan(1), *spec_, *attempt_));
}

std::shared_ptr<Around> deadlines(const Clock& clock) {
  return std::make_shared<Deadlines>(clock);
}

std::shared_ptr<Around> observed(std::string_view service, Observer& observer, const Clock& clock) {
  return std::make_shared<Observed>(service, observer, clock);
}

}  // namespace tg::wire
