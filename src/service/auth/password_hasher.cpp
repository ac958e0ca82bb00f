#include "service/auth/password_hasher.hpp"

#include <array>
#include <thread>

#include <sodium.h>

namespace tg::auth {
namespace {

constexpr std::chrono::seconds kRetryAfter{2};

Error busy(Error error) {
  if (error.code == Code::unavailable) error.retry_after = kRetryAfter;
  return error;
}

}  // namespace

PasswordHasher::PasswordHasher(ComputePool& pool, HashCost cost, std::size_t concurrency)
    : pool_(pool),
      cost_(cost),
      work_(std::make_shared<Work>(std::max<std::size_t>(concurrency, 1))) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
}

std::size_t PasswordHasher::default_concurrency() {
  return std::max(1U, std::thread::hardware_concurrency() / 2);
}

template <typename F>
Task<std::invoke_result_t<F>> PasswordHasher::in_turn(F function) {
  auto turn = co_await work_->turns.acquire();
  if (!turn) co_return std::unexpected(busy(std::move(turn).error()));
  // The work owns the permit: a cancelled caller's hash counts until it ends.
  auto permit = std::make_shared<AsyncSemaphore::Permit>(*std::move(turn));
  auto answer = co_await pool_.run([function, work = work_, permit = std::move(permit)]() mutable {
    ++work->computed;
    auto made = function();
    permit.reset();
    return made;
  });
  if (!answer) co_return std::unexpected(busy(std::move(answer).error()));
  co_return answer;
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
