// Passwords as argon2id hashes (libsodium, PHC strings). One hash costs about 20 ms and 19 MiB on
// purpose, so they run on the compute pool, at most half of the cores at a time, with a short
// queue; what does not fit is refused with 503 and Retry-After 2. Thread-safe.
//
//   TG_CO_TRY(const std::string hash, co_await hasher.hash(password));
//   TG_CO_TRY(const bool fits, co_await hasher.verify(hash, password));
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/compute_pool.hpp"

namespace tg::auth {

struct HashCost {
  std::size_t memory_kib = 19456;
  std::size_t passes = 2;
};

class PasswordHasher {
 public:
  static constexpr std::size_t kQueueLimit = 32;

  // `at_once`: hashes that may run beside each other.
  PasswordHasher(ComputePool& pool, HashCost cost, std::size_t at_once);

  Task<Result<std::string>> hash(std::string password);
  Task<Result<bool>> verify(std::string hash, std::string password);
  // Made with less (or other) effort than is asked for now.
  bool is_weaker(const std::string& hash) const;
  // Half of the machine, at least one.
  static std::size_t default_at_once();

  // How many were computed (verified or made): for tests and metrics.
  std::size_t computed() const { return queue_->computed; }
  std::size_t waiting() const;

 private:
  using Job = std::function<void()>;

  // Who runs and who waits. Shared with the jobs: one whose caller has gone still ends.
  struct WorkQueue : std::enable_shared_from_this<WorkQueue> {
    WorkQueue(ComputePool& on, std::size_t places) : pool(on), at_once(places) {}
    // Runs `work` when its turn comes; false: no room.
    bool enqueue(Job work);
    // A job that holds one of the places and hands it on when it is done.
    Job with_permit(Job work);
    void pass_permit_on();

    ComputePool& pool;
    const std::size_t at_once;
    mutable std::mutex mutex;
    std::size_t running = 0;  // guarded by mutex
    std::deque<Job> queue;    // guarded by mutex
    std::atomic<std::size_t> computed = 0;
  };

  template <typename F>
  Task<std::invoke_result_t<F>> in_turn(F function);

  const HashCost cost_;
  const std::shared_ptr<WorkQueue> queue_;
};

}  // namespace tg::auth
