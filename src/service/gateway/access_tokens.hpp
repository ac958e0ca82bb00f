// Who an access token stands for. The signature is checked once and remembered; whether the token
// has been revoked since is looked up each time, in what auth said less than a second ago.
// Thread-safe.
//
// While auth does not answer, what it said last goes on being used for five minutes (a revocation
// may come late; is_degraded() says so), then tokens are refused with 503.
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
  std::string jwt_secret;  // where auth signs with HS256: it sends no secret
  std::size_t remembered = 10'000;
  // What auth said is used for so long without asking again, and for twice as long while the next
  // answer is under way: a revocation holds within a second.
  std::chrono::milliseconds refresh_every{500};
  std::chrono::seconds without_auth = std::chrono::minutes(5);
};

class AccessTokens {
 public:
  AccessTokens(api::Auth& auth, const Clock& clock, AccessTokenSettings settings);

  // Code::unauthorized, the same for every cause; Code::unavailable without word from auth.
  Task<Result<api::AccessToken>> verify(std::string token);
  // True: seen before and good at that time, so that verifying it costs next to nothing.
  bool is_remembered(std::string_view token) const;
  bool is_degraded() const;

 private:
  // What auth said; never changed once made.
  struct Known {
    jwt::KeySet keys;
    std::vector<std::string> key_ids;
    std::unordered_set<std::string> revoked;
    std::unordered_map<std::string, std::int64_t> versions;
    SteadyTime asked_at;
  };
  using KnownPtr = std::shared_ptr<const Known>;

  // Bounded: when the young half is full, the old half is forgotten and the young one grows old.
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, api::AccessToken> young;  // guarded by mutex; by digest
    std::unordered_map<std::string, api::AccessToken> old;    // guarded by mutex
  };
  static constexpr std::size_t kShards = 16;

  // What auth said less than `fresh_for` ago, if it answers.
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
  KnownPtr known_;                      // guarded by mutex_; null: never asked with success
  bool asking_ = false;                 // guarded by mutex_
  std::optional<SteadyTime> tried_at_;  // guarded by mutex_; the last question, answered or not
  bool failing_ = false;                // guarded by mutex_
  Notifier answered_;
};

}  // namespace tg::gateway
