#include "service/gateway/access_tokens.hpp"

#include "base/encoding.hpp"
#include "runtime/log.hpp"

namespace tg::gateway {
namespace {

constexpr std::chrono::seconds kAnswerTime{3};
constexpr std::chrono::milliseconds kUnknownKeyPause{50};

std::unexpected<Error> no_word_from_auth() {
  return unavailable("auth", "no keys and revocations from auth");
}

}  // namespace

AccessTokens::AccessTokens(api::Auth& auth, const Clock& clock, AccessTokenSettings settings)
    : auth_(auth), clock_(clock), settings_(std::move(settings)) {
  if (settings_.jwt_secret.empty()) return;
  auto key = jwt::SigningKey::hmac(settings_.jwt_secret);
  if (key) secret_ = *std::move(key);
}

Task<Result<api::AccessToken>> AccessTokens::verify(std::string token) {
  if (token.size() > jwt::kTokenLimit) co_return jwt::refusal("too long");
  TG_CO_TRY(KnownPtr now_known, co_await known(settings_.refresh_every));
  const std::string digest = sha256(token);
  std::optional<api::AccessToken> good = recall(digest);
  if (good && clock_.wall() >= good->expires_at + jwt::kLeeway) co_return jwt::refusal("expired");
  if (!good) {
    auto verified = api::verify_access_token(token, now_known->keys, clock_.wall());
    if (!verified && jwt::is_unknown_key(verified.error())) {
      // Auth may have a new key. Invented key ids cause no more fetches than one per this time.
      TG_CO_TRY(now_known, co_await known(kUnknownKeyPause));
      verified = api::verify_access_token(token, now_known->keys, clock_.wall());
    }
    if (!verified) co_return std::unexpected(std::move(verified).error());
    remember(digest, *verified);
    good = *std::move(verified);
  }
  if (now_known->revoked.contains(good->token_id) ||
      now_known->revoked.contains(std::string(api::session_of_token(good->token_id)))) {
    co_return jwt::refusal("revoked");
  }
  const auto version = now_known->versions.find(good->principal.user_id);
  if (version != now_known->versions.end() &&
      (version->second < 0 || good->token_version < version->second)) {
    co_return jwt::refusal("the user has changed since");
  }
  co_return *std::move(good);
}

Task<Result<AccessTokens::KnownPtr>> AccessTokens::known(std::chrono::milliseconds fresh_for) {
  while (true) {
    const std::uint64_t seen = answered_.version();
    KnownPtr found;
    switch (next_turn(fresh_for, found)) {
      case Turn::use:
        co_return found;
      case Turn::give_up:
        co_return no_word_from_auth();
      case Turn::wait:
        co_await answered_.wait_after(seen, kAnswerTime);
        break;
      case Turn::ask:
        co_await ask();
        break;
    }
  }
}

AccessTokens::Turn AccessTokens::next_turn(std::chrono::milliseconds fresh_for, KnownPtr& found) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime now = clock_.steady();
  const auto age = known_ ? now - known_->asked_at : SteadyTime::duration::max();
  if (age < fresh_for) {
    found = known_;
    return Turn::use;
  }
  if (asking_) {
    if (age >= 2 * fresh_for) return Turn::wait;
    found = known_;
    return Turn::use;
  }
  if (tried_at_ && now - *tried_at_ < fresh_for) {
    if (age >= settings_.without_auth) return Turn::give_up;
    found = known_;
    return Turn::use;
  }
  asking_ = true;
  tried_at_ = now;
  return Turn::ask;
}

Task<void> AccessTokens::ask() {
  // If this coroutine is cancelled midway, the next caller fetches.
  struct Guard {
    AccessTokens& tokens;
    bool done = false;
    ~Guard() {
      if (!done) tokens.asked(nullptr, {});
    }
  } guard{*this};
  const SteadyTime now = clock_.steady();
  api::Call call;
  call.principal.is_service = true;
  call.deadline = now + kAnswerTime;
  const auto answer = co_await auth_.verification(std::move(call), {});
  guard.done = true;
  asked(&answer, now);
}

void AccessTokens::asked(const Result<api::Verification>* answer, SteadyTime asked_at) {
  bool keys_changed = false;
  {
    const std::scoped_lock lock(mutex_);
    asking_ = false;
    if (answer == nullptr) {
      tried_at_.reset();
    } else if (!*answer) {
      if (!std::exchange(failing_, true)) {
        log::warning("auth is unreachable; using cached keys and revocations",
                     {{"detail", answer->error().message + ": " + answer->error().detail}});
      }
    } else {
      if (std::exchange(failing_, false)) log::info("auth is reachable again");
      KnownPtr next = make_known(**answer, asked_at);
      keys_changed = known_ && known_->key_ids != next->key_ids;
      known_ = std::move(next);
    }
  }
  if (keys_changed) forget_all();
  answered_.notify();
}

AccessTokens::KnownPtr AccessTokens::make_known(const api::Verification& answer,
                                                SteadyTime asked_at) const {
  auto known = std::make_shared<Known>();
  for (const api::VerificationKey& key : answer.keys) {
    known->key_ids.push_back(key.kid);
    if (key.algorithm == "EdDSA") {
      auto made = jwt::VerifyingKey::ed25519(decode_base64url(key.public_key).value_or(""));
      if (made && made->id() == key.kid) known->keys.add(*std::move(made));
    } else if (secret_ && secret_->id() == key.kid) {
      known->keys.add(*secret_);
    }
  }
  known->revoked.insert(answer.revoked_token_ids.begin(), answer.revoked_token_ids.end());
  for (const api::UserVersion& user : answer.user_versions) {
    known->versions[user.user_id] = user.token_version;
  }
  known->asked_at = asked_at;
  return known;
}

bool AccessTokens::is_degraded() const {
  const std::scoped_lock lock(mutex_);
  return failing_;
}

bool AccessTokens::is_remembered(std::string_view token) const {
  return token.size() <= jwt::kTokenLimit && recall(sha256(token)).has_value();
}

AccessTokens::Shard& AccessTokens::shard_of(const std::string& digest) const {
  return shards_[static_cast<unsigned char>(digest[0]) % kShards];
}

std::optional<api::AccessToken> AccessTokens::recall(const std::string& digest) const {
  const Shard& shard = shard_of(digest);
  const std::scoped_lock lock(shard.mutex);
  for (const auto* half : {&shard.young, &shard.old}) {
    if (const auto found = half->find(digest); found != half->end()) return found->second;
  }
  return std::nullopt;
}

void AccessTokens::remember(const std::string& digest, const api::AccessToken& token) {
  Shard& shard = shard_of(digest);
  const std::scoped_lock lock(shard.mutex);
  if (shard.young.size() >= std::max<std::size_t>(settings_.remembered / kShards / 2, 1)) {
    shard.old = std::exchange(shard.young, {});
  }
  shard.young.insert_or_assign(digest, token);
}

void AccessTokens::forget_all() {
  for (Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    shard.young.clear();
    shard.old.clear();
  }
}

}  // namespace tg::gateway
