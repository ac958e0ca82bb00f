// Hashes and verifies passwords with argon2id (libsodium, PHC strings). One hash deliberately costs
// about 20 ms and 19 MiB, so hashes run on the compute pool, on at most half of the cores at a
// time. Up to kQueueLimit callers wait; further ones get Code::unavailable with Retry-After 2.
// Thread-safe.
//
//   TG_CO_TRY(const std::string hash, co_await hasher.hash(password));
//   TG_CO_TRY(const bool fits, co_await hasher.verify(hash, password));
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "runtime/async_semaphore.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::auth {

struct HashCost {
  std::size_t memory_kib = 19456;
  std::size_t passes = 2;
};

class PasswordHasher {
 public:
  static constexpr std::size_t kQueueLimit = 32;

  // At most `concurrency` hashes are computed at a time.
  PasswordHasher(ComputePool& pool, HashCost cost, std::size_t concurrency);

  Task<Result<std::string>> hash(std::string password);
  Task<Result<bool>> verify(std::string hash, std::string password);
  // True if the hash was made with another cost than the present one.
  bool is_weaker(const std::string& hash) const;
  // Half of the cores, at least one.
  static std::size_t default_concurrency();

  // Hashes computed so far, made or verified. For tests.
  std::size_t computed() const { return work_->computed; }
  std::size_t waiting() const { return work_->turns.statistics().waiting; }

 private:
  // Shared with the work on the pool, which goes on after its caller was cancelled.
  struct Work {
    explicit Work(std::size_t concurrency) : turns("password checks", concurrency, kQueueLimit) {}
    AsyncSemaphore turns;
    std::atomic<std::size_t> computed = 0;
  };

  template <typename F>
  Task<std::invoke_result_t<F>> in_turn(F function);

  ComputePool& pool_;
  const HashCost cost_;
  const std::shared_ptr<Work> work_;
};

}  // namespace tg::auth
