// So many at once, the others in a line: for work that holds much memory while it waits for its
// parts. Who waits in the line has made nothing yet.
//
//   TG_CO_TRY(const Turns::Turn turn, co_await turns_.take());
//   .. // until `turn` ends
//
// In order of arrival. The line is bounded: who finds it full is refused with Code::unavailable and
// Retry-After. A waiter that is cancelled (its deadline has passed, its client is gone) leaves the
// line. Thread-safe; must outlive its turns.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "runtime/metrics.hpp"
#include "runtime/task.hpp"

namespace tg {

class Turns {
 public:
  Turns(std::string name, std::size_t at_once, std::size_t line_limit)
      : name_(std::move(name)), line_limit_(line_limit), free_(at_once) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  class Turn {
   public:
    Turn() = default;  // nobody's
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->give_back();
    }

   private:
    friend class Turns;
    explicit Turn(Turns* turns) : turns_(turns) {}
    Turns* turns_ = nullptr;
  };

  Task<Result<Turn>> take();

  struct Statistics {
    std::size_t taken = 0;
    std::size_t waiting = 0;
    std::uint64_t refused = 0;
  };
  Statistics statistics() const;
  // telegnosis_<name>_running, _waiting, _refused_total while the handle lives.
  [[nodiscard]] metrics::Registry::Handle collect(metrics::Registry& registry) const;

 private:
  struct Waiter;
  class InLine;
  using Line = std::list<std::shared_ptr<Waiter>>;

  void give_back();
  void pass_on();  // under mutex_

  const std::string name_;
  const std::size_t line_limit_;
  mutable std::mutex mutex_;
  std::size_t free_;           // guarded by mutex_; 0 while someone waits
  std::size_t taken_ = 0;      // guarded by mutex_
  Line line_;                  // guarded by mutex_
  std::uint64_t refused_ = 0;  // guarded by mutex_
};

}  // namespace tg
