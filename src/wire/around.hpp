// Decorators of contracts: what happens around every call of a service, written once for all
// methods of all services. Each is a small class; only the call itself is made per method.
//
//   auto guarded = wire::around<api::Telegram>(telegram, {wire::deadlines(clock)});
//   co_await guarded->job(call, {.id = id});  // refused when the call's deadline has passed
//
// The first of the list is the outermost. Thread-safe, as every Around must be.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "api/endpoint.hpp"
#include "wire/mount.hpp"

namespace tg::wire {

// The method itself, without its types.
class Attempt {
 public:
  virtual ~Attempt() = default;
  virtual Task<Result<void>> run(api::Call call) = 0;
};

class Around;

// What stands further in. It is called at most once: the call takes its input along.
class Next {
 public:
  Next(std::span<const std::shared_ptr<Around>> rest, const api::Spec& spec, Attempt& attempt)
      : rest_(rest), spec_(&spec), attempt_(&attempt) {}
  Task<Result<void>> operator()(api::Call& call) const;

 private:
  std::span<const std::shared_ptr<Around>> rest_;
  const api::Spec* spec_;
  Attempt* attempt_;
};

class Around {
 public:
  virtual ~Around() = default;
  // `call` lives until the task has ended and may be changed for what stands further in.
  virtual Task<Result<void>> call(const api::Spec& spec, api::Call& call, Next next) = 0;
};

// `inner` must outlive the answer.
template <typename Service>
std::unique_ptr<Service> around(Service& inner, std::vector<std::shared_ptr<Around>> layers);

// Gives a call the row's deadline where it has a later one or none, and drops it before it starts
// when its time is over. A call that is under way is ended by the listening port that it came in
// through, which costs calls within a process nothing.
std::shared_ptr<Around> deadlines(const Clock& clock);
// Tells `observer` of every call of `service`: status, duration. Both must outlive the answer.
std::shared_ptr<Around> observed(std::string_view service, Observer& observer, const Clock& clock);

}  // namespace tg::wire
