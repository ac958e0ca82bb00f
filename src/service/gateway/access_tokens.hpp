// Verifies access tokens. A valid signature is cached; revocations are checked on every call,
// against a copy of auth's list that is less than a second old. Thread-safe.
//
// While auth is unreachable, its last keys and revocations are used for five minutes (a revocation
// may take effect late; is_degraded() is true), then tokens are refused with 503.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "api/access_token.hpp"
#include "api/auth.hpp"
#include "runtime/notifier.hpp"

namespace tg::gateway {

struct AccessTokenSettings {
  std::string jwt_secret;           // for HS256: auth publishes no secret
  std::size_t remembered = 10'000;  // cached tokens
  // Age at which the data of auth is fetched again. It is used up to twice that age while a fetch
  // is running, so a revocation takes effect within a second.
  std::chrono::milliseconds refresh_every{500};
  std::chrono::seconds without_auth = std::chrono::minutes(5);
};

class AccessTokens {
 public:
  AccessTokens(api::Auth& auth, const Clock& clock, AccessTokenSettings settings);

  // Code::unauthorized, equal for every cause; Code::unavailable if auth was never reached or for
  // too long.
  Task<Result<api::AccessToken>> verify(std::string token);
  // True if the signature is cached, so that verifying is cheap.
  bool is_remembered(std::string_view token) const;
  bool is_degraded() const;

 private:
  // Verification data of auth. Immutable.
  struct Known {
    jwt::KeySet keys;
    std::vector<std::string> key_ids;
    std::unordered_set<std::string> revoked;
    std::unordered_map<std::string, std::int64_t> versions;
    SteadyTime asked_at;
  };
  using KnownPtr = std::shared_ptr<const Known>;

  // Bounded cache of two generations: when the young one is full, it replaces the old one.
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, api::AccessToken> young;  // guarded by mutex; by digest
    std::unordered_map<std::string, api::AccessToken> old;    // guarded by mutex
  };
  static constexpr std::size_t kShards = 16;

  // Verification data less than `fresh_for` old; older data while auth is unreachable.
  Task<Result<KnownPtr>> known(std::chrono::milliseconds fresh_for);
  enum class Turn { use, ask, wait, give_up };
  Turn next_turn(std::chrono::milliseconds fresh_for, KnownPtr& found);
  Task<void> ask();
  void asked(const Result<api::Verification>* answer, SteadyTime asked_at);
  KnownPtr make_known(const api::Verification& answer, SteadyTime asked_at) const;
  std::optional<api::AccessToken> recall(const std::string& digest) const;
  void remember(const std::string& digest, const api::AccessToken& token);
  void forget_all();
  Shard& shard_of(const std::string& digest) const;

  api::Auth& auth_;
  const Clock& clock_;
  const AccessTokenSettings settings_;
  std::optional<jwt::SigningKey> secret_;
  mutable std::array<Shard, kShards> shards_;
  mutable std::mutex mutex_;
  KnownPtr known_;                      // guarded by mutex_; null until the first success
  bool asking_ = false;                 // guarded by mutex_
  std::optional<SteadyTime> tried_at_;  // guarded by mutex_; the last fetch, successful or not
  bool failing_ = false;                // guarded by mutex_
  Notifier answered_;
};

}  // namespace tg::gateway
