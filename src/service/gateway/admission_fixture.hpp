// Fixture: self-signed access tokens and a fake auth service.
#pragma once

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "runtime/run_blocking.hpp"
#include "service/gateway/access_tokens.hpp"
#include "tests/support/error_of.hpp"

namespace tg::gateway {

// Answers `verification` alone.
struct ToldAuth {
  api::Verification verification;
  bool is_down = false;
  int asked = 0;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M>) {
    if constexpr (std::is_same_v<api::OutOf<M>, api::Verification>) {
      ++asked;
      EXPECT_TRUE(call.principal.is_service);
      co_await asio::post(co_await asio::this_coro::executor, use_task);
      if (is_down) co_return unavailable("auth");
      co_return verification;
    } else {
      co_return internal("this test asks for the verification alone");
    }
  }
};

class AdmissionFixture : public testing::Test {
 protected:
  AdmissionFixture() { add_key(key_); }

  void add_key(const jwt::SigningKey& key) {
    told_->verification.keys.push_back({.kid = key.id(),
                                        .algorithm = std::string(json::enum_word(key.algorithm())),
                                        .public_key = encode_base64url(key.public_bytes())});
  }
  api::AccessToken token_of(std::string user, api::Role role = api::Role::user) const {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    return {.principal = {.user_id = std::move(user), .role = role, .space = "space-1"},
            .token_id = "session-1." + random_hex(4),
            .token_version = 3,
            .issued_at = now,
            .expires_at = now + std::chrono::minutes(30)};
  }
  std::string sign(const api::AccessToken& token) const {
    return api::sign_access_token(token, key_);
  }
  std::string token(std::string user, api::Role role = api::Role::user) const {
    return sign(token_of(std::move(user), role));
  }

  FakeClock clock_;
  jwt::SigningKey key_ = *jwt::SigningKey::ed25519(std::string(32, 'k'));
  std::shared_ptr<ToldAuth> told_ = std::make_shared<ToldAuth>();
  api::AuthForward<ToldAuth> auth_{told_};
};

}  // namespace tg::gateway
