// Fixture: the auth service on a SQLite file in a temporary folder, with a fake clock.
#pragma once

#include <gtest/gtest.h>

#include "backend/memory_kv.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "base/encoding.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"
#include "service/auth/auth_service.hpp"
#include "tests/support/error_of.hpp"

namespace tg::auth {

inline constexpr const char* kGoodPassword = "correct horse battery";

class AuthFixture : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("tg_auth_" + random_hex(6));
    std::filesystem::create_directories(folder_);
    // The cheapest possible hash: tests check when and how often one is computed.
    settings_.password_memory_kib = 8;
    settings_.password_passes = 1;
    reopen();
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(fault::set_plan(""));
  }
  void close() {
    service_.reset();
    if (database_) run_blocking(database_->close());
    database_.reset();
  }
  // As after a restart of the process.
  void reopen() {
    close();
    auto opened = sqlite::open_database(folder_ / "auth.db", pool_);
    ASSERT_TRUE(opened) << opened.error().detail;
    database_ = *std::move(opened);
    kv_ = backend::make_memory_kv(clock_);
    service_ = std::make_unique<AuthService>(*database_, *kv_, pool_, clock_, folder_, settings_);
    const auto started = run_blocking(service_->start());
    ASSERT_TRUE(started) << started.error().detail;
  }

  static api::Call as_nobody(std::string address = "192.0.2.1") {
    return {.request_id = "r", .client_address = std::move(address)};
  }
  static api::Call as_admin() {
    return {.request_id = "r", .principal = {.user_id = "local", .role = api::Role::admin}};
  }
  // The call that the gateway makes of this token.
  api::Call as(const api::TokenPair& pair) {
    const auto token = read(pair);
    EXPECT_TRUE(token);
    return {.request_id = "r",
            .principal = token->principal,
            .client_address = "192.0.2.1",
            .token_id = token->token_id};
  }
  Result<api::AccessToken> read(const api::TokenPair& pair) {
    jwt::KeySet keys;
    for (const api::VerificationKey& key : verification().keys) {
      keys.add(*jwt::VerifyingKey::ed25519(*decode_base64url(key.public_key)));
    }
    return api::verify_access_token(pair.access_token, keys, clock_.wall());
  }
  api::Verification verification() { return run_blocking(service_->verification({}, {})).value(); }
  // Whether the gateway would refuse the token.
  bool is_void(const api::TokenPair& pair) {
    const api::AccessToken token = read(pair).value();
    const api::Verification now = verification();
    for (const std::string& id : now.revoked_token_ids) {
      if (id == token.token_id || id == api::session_of_token(token.token_id)) return true;
    }
    for (const api::UserVersion& user : now.user_versions) {
      if (user.user_id != token.principal.user_id) continue;
      if (user.token_version < 0 || token.token_version < user.token_version) return true;
    }
    return false;
  }

  Result<api::User> add(std::string name, api::Role role = api::Role::user) {
    return run_blocking(service_->register_user(as_admin(), {.email = name + "@example.org",
                                                             .username = name,
                                                             .password = kGoodPassword,
                                                             .role = role}));
  }
  Result<api::TokenPair> login(std::string name, std::string password = kGoodPassword,
                               std::string address = "192.0.2.1") {
    return run_blocking(service_->login(
        as_nobody(std::move(address)),
        {.email = name + "@example.org", .username = std::nullopt, .password = password}));
  }
  Result<api::TokenPair> refresh(std::string token) {
    return run_blocking(service_->refresh(as_nobody(), {.refresh_token = std::move(token)}));
  }
  void expect_clean() {
    const auto report = run_blocking(service_->fsck({}, {}));
    ASSERT_TRUE(report);
    for (const std::string& violation : report->violations) ADD_FAILURE() << violation;
  }

  ComputePool pool_{2, 256};
  FakeClock clock_;
  AuthSettings settings_;
  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<store::KeyValue> kv_;
  std::unique_ptr<AuthService> service_;
};

}  // namespace tg::auth
