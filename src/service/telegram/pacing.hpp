// How fast others are asked, and how long to wait when they refuse. Pure: time and chance are
// passed in.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.hpp"

namespace tg::telegram {

// Spreads requests: one pace apart, give or take a third, whoever asks. Thread-safe.
class Pacer {
 public:
  explicit Pacer(std::chrono::milliseconds pace) : pace_(pace) {}
  // Takes the next free moment; answers how long it is until then. `chance` is 0 to 1.
  std::chrono::milliseconds reserve(SteadyTime now, double chance);

 private:
  const std::chrono::milliseconds pace_;
  std::mutex mutex_;
  SteadyTime next_;  // guarded by mutex_
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

// Evenly from 0 to 1.
double random_chance();

}  // namespace tg::telegram
