#include "service/auth/password_hasher.hpp"

#include <array>
#include <thread>

#include <sodium.h>

#include "runtime/await_callback.hpp"

namespace tg::auth {

PasswordHasher::PasswordHasher(ComputePool& pool, HashCost cost, std::size_t at_once)
    : cost_(cost), queue_(std::make_shared<WorkQueue>(pool, std::max<std::size_t>(at_once, 1))) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

std::size_t PasswordHasher::default_at_once() {
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

std::size_t PasswordHasher::waiting() const {
  const std::scoped_lock lock(queue_->mutex);
  return queue_->queue.size();
}

bool PasswordHasher::WorkQueue::enqueue(Job work) {
  {
    const std::scoped_lock lock(mutex);
    if (running >= at_once) {
      if (queue.size() >= kQueueLimit) return false;
      queue.push_back(std::move(work));
      return true;
    }
    ++running;
  }
  if (pool.submit(with_permit(std::move(work)))) return true;
  pass_permit_on();
  return false;
}

PasswordHasher::Job PasswordHasher::WorkQueue::with_permit(Job work) {
  return [self = shared_from_this(), work = std::move(work)] {
    ++self->computed;
    work();
    self->pass_permit_on();
  };
}

void PasswordHasher::WorkQueue::pass_permit_on() {
  Job next;
  {
    const std::scoped_lock lock(mutex);
    if (queue.empty()) {
      --running;
      return;
    }
    next = with_permit(std::move(queue.front()));
    queue.pop_front();
  }
  // A pool that is full or stops: this one has waited long enough, it runs here.
  if (!pool.submit(next)) next();
}

template <typename F>
Task<std::invoke_result_t<F>> PasswordHasher::in_turn(F function) {
  using Answer = std::invoke_result_t<F>;
  co_return co_await await_callback<Answer>(
      [queue = queue_, work = std::move(function)](auto done) mutable {
        if (!queue->enqueue([done, work]() mutable { done(work()); })) {
          done(Answer(overloaded("password checks", std::chrono::seconds(2))));
        }
      });
}

Task<Result<std::string>> PasswordHasher::hash(std::string password) {
  co_return co_await in_turn([password, cost = cost_]() -> Result<std::string> {
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost.passes,
                              cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
      return internal("no memory for a password hash");
    }
    return std::string(out.data());
  });
}

Task<Result<bool>> PasswordHasher::verify(std::string hash, std::string password) {
  co_return co_await in_turn([hash, password]() -> Result<bool> {
    if (!hash.starts_with("$argon2id$")) return internal("a password's hash is damaged");
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  });
}

bool PasswordHasher::is_weaker(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.passes, cost_.memory_kib * 1024) != 0;
}

}  // namespace tg::auth
