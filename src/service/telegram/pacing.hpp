// How fast requests are sent to other servers, and how long to wait after refusals. Pure: time and
// random numbers are passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.hpp"

namespace tg::telegram {

// Spaces out requests, one pace apart (give or take a third), in the order in which they were
// announced. A ticket that is destroyed before its turn takes no time from the others.
//
//   Pacer::Ticket ticket = pacer.enter();
//   for (auto wait = ticket.take(now(), chance()); wait.count() > 0; ...) ...  // wait so long
//   ...                                                                        // send the request
//
// Thread-safe; a Ticket is not. Must outlive its tickets.
class Pacer {
 public:
  explicit Pacer(std::chrono::milliseconds pace) : pace_(pace) {}

  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : pacer_(std::exchange(other.pacer_, nullptr)), number_(other.number_) {}
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();
    // Zero: the turn has come and is taken. Otherwise how long it takes until then, at most, as
    // tickets ahead may be given up. `chance` is from 0 to 1.
    std::chrono::milliseconds take(SteadyTime now, double chance);

   private:
    friend class Pacer;
    Ticket(Pacer* pacer, std::uint64_t number) : pacer_(pacer), number_(number) {}

    Pacer* pacer_;
    std::uint64_t number_;
  };

  Ticket enter();

 private:
  const std::chrono::milliseconds pace_;
  std::mutex mutex_;
  SteadyTime next_;                  // guarded by mutex_: no request before it
  std::uint64_t last_number_ = 0;    // guarded by mutex_
  std::set<std::uint64_t> waiting_;  // guarded by mutex_
};

// Waits after refusals: twice as long each time, never shorter than was asked for, up to a fifth
// longer by chance.
struct Backoff {
  std::chrono::milliseconds first = std::chrono::seconds(2);
  std::chrono::milliseconds longest = std::chrono::minutes(5);
  int attempts = 8;  // in a row; then the job fails

  // After the n-th refusal in a row, n from 1; nullopt: give up.
  std::optional<std::chrono::milliseconds> wait_after(int refusals,
                                                      std::optional<std::chrono::seconds> asked,
                                                      double chance) const;
};

// Uniformly distributed from 0 to 1. Thread-safe.
double random_chance();

}  // namespace tg::telegram
