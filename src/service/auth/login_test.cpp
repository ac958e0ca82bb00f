#include <set>
#include <thread>

#include "base/encoding.hpp"
#include "service/auth/auth_fixture.hpp"

namespace tg::auth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class LoginTest : public AuthFixture {};

TEST_F(LoginTest, ALoginMakesATokenThatSaysWho) {
  const auto anna = add("anna", api::Role::viewer);
  ASSERT_TRUE(anna) << error_of(anna).message;
  const auto pair = login("anna");
  ASSERT_TRUE(pair) << error_of(pair).detail;
  EXPECT_EQ(pair->token_type, "bearer");
  EXPECT_EQ(pair->expires_in, 1800);
  const auto token = read(*pair);
  ASSERT_TRUE(token) << error_of(token).detail;
  EXPECT_EQ(token->principal.user_id, anna->id);
  EXPECT_EQ(token->principal.role, api::Role::viewer);
  EXPECT_EQ(token->principal.space, "default");
  EXPECT_FALSE(is_void(*pair));
  EXPECT_EQ(run_blocking(service_->me(as(*pair), {}))->last_login, clock_.wall());
  expect_clean();
}

TEST_F(LoginTest, ByEmailOrUsernameInAnyCase) {
  ASSERT_TRUE(add("Anna.K"));
  const auto try_it = [&](std::optional<std::string> email, std::optional<std::string> username) {
    return run_blocking(service_->login(
        as_nobody(), {.email = email, .username = username, .password = kGoodPassword}));
  };
  EXPECT_TRUE(try_it(" ANNA.K@Example.ORG", std::nullopt));
  EXPECT_TRUE(try_it(std::nullopt, "aNNa.k"));
  EXPECT_EQ(error_of(try_it(std::nullopt, std::nullopt)).field, "email");
}

// Passwords are compared in NFC: keyboards differ.
TEST_F(LoginTest, PasswordsAreComparedInComposedForm) {
  ASSERT_TRUE(run_blocking(service_->register_user(
      as_admin(), {.email = "j@example.org", .username = "jj", .password = "жёлтый-caf\u00e9"})));
  EXPECT_TRUE(login("j", "ж\u0435\u0308лтый-cafe\u0301"));
  EXPECT_FALSE(login("j", "желтый-cafe"));
}

TEST_F(LoginTest, EveryRefusalReadsTheSameAndCostsOneHash) {
  const auto inactive = add("inactive");
  const auto locked = add("locked");
  ASSERT_TRUE(add("anna"));
  ASSERT_TRUE(run_blocking(service_->deactivate(as_admin(), {inactive->id})));
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(login("locked", "wrong password", "198.51.100." + std::to_string(i)));
  }
  std::set<std::string> bodies;
  int address = 0;
  const auto expect_one_hash = [&](std::string name, std::string password) {
    const std::size_t before = service_->hasher().computed();
    const auto refused = login(name, password, "203.0.113." + std::to_string(++address));
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(service_->hasher().computed() - before, 1U) << name;
    EXPECT_EQ(error_of(refused).code, Code::unauthorized);
    EXPECT_FALSE(error_of(refused).retry_after);
    bodies.insert(error_of(refused).reason + '|' + error_of(refused).message + '|' +
                  error_of(refused).field);
  };
  expect_one_hash("nobody", kGoodPassword);
  expect_one_hash("anna", "wrong password");
  expect_one_hash("inactive", kGoodPassword);
  expect_one_hash("locked", kGoodPassword);
  expect_one_hash("not an address", kGoodPassword);
  expect_one_hash("anna", std::string(1000, 'x'));
  EXPECT_EQ(bodies.size(), 1U);
}

TEST_F(LoginTest, FiveFailuresLockTheAccountForLongerAndLonger) {
  settings_.login_failures_per_minute = settings_.login_failures_per_hour = 0;
  reopen();
  ASSERT_TRUE(add("anna"));
  for (int i = 0; i < 4; ++i) ASSERT_FALSE(login("anna", "wrong password"));
  ASSERT_TRUE(login("anna"));  // forgives the four
  for (int i = 0; i < 5; ++i) ASSERT_FALSE(login("anna", "wrong password"));
  std::int64_t expected = 1;
  for (int i = 0; i < 14; ++i) {
    EXPECT_FALSE(login("anna")) << expected;
    clock_.advance(seconds(expected) - std::chrono::milliseconds(1));
    EXPECT_FALSE(login("anna")) << expected;
    clock_.advance(std::chrono::milliseconds(1));
    ASSERT_FALSE(login("anna", "wrong password"));
    expected = std::min<std::int64_t>(expected * 2, 900);
  }
  EXPECT_EQ(expected, 900);
  reopen();
  EXPECT_FALSE(login("anna")) << "a restart must not unlock it";
  clock_.advance(seconds(900));
  EXPECT_TRUE(login("anna"));
  ASSERT_FALSE(login("anna", "wrong password"));
  EXPECT_TRUE(login("anna")) << "a login forgives what was before";
}

TEST_F(LoginTest, AttemptsDuringALockoutDoNotExtendIt) {
  settings_.login_failures_per_minute = settings_.login_failures_per_hour = 0;
  reopen();
  ASSERT_TRUE(add("anna"));
  for (int i = 0; i < 50; ++i) ASSERT_FALSE(login("anna", "wrong password"));
  clock_.advance(seconds(1));
  EXPECT_TRUE(login("anna"));
}

TEST_F(LoginTest, ASessionContinuesDuringALockout) {
  ASSERT_TRUE(add("anna"));
  const auto pair = login("anna");
  for (int i = 0; i < 5; ++i)
    ASSERT_FALSE(login("anna", "wrong", "198.51.100." + std::to_string(i)));
  ASSERT_FALSE(login("anna", kGoodPassword, "198.51.100.9"));
  EXPECT_TRUE(refresh(pair->refresh_token));
}

TEST_F(LoginTest, AnAddressMayFailFiveTimesAMinuteAndTwentyAnHour) {
  ASSERT_TRUE(add("anna"));
  for (int minute = 0; minute < 4; ++minute) {
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(error_of(login("user" + std::to_string(i))).code, Code::unauthorized);
    }
    const auto refused = login("anna");
    ASSERT_FALSE(refused);
    EXPECT_EQ(error_of(refused).code, Code::rate_limited);
    EXPECT_GT(error_of(refused).retry_after->count(), 0);
    EXPECT_TRUE(login("anna", kGoodPassword, "192.0.2.2")) << "others are not held up";
    clock_.advance(seconds(60));
  }
  const auto refused = login("anna");
  ASSERT_EQ(error_of(refused).code, Code::rate_limited);
  clock_.advance(*error_of(refused).retry_after);
  EXPECT_TRUE(login("anna"));
}

TEST_F(LoginTest, Ipv6AddressesCountByTheirNetwork) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_FALSE(login("nobody", "x", "2001:db8:1:2::" + std::to_string(i + 1)));
  }
  EXPECT_EQ(error_of(login("nobody", "x", "2001:db8:1:2:aaaa::1")).code, Code::rate_limited);
  EXPECT_EQ(error_of(login("nobody", "x", "2001:db8:1:3::1")).code, Code::unauthorized);
}

TEST_F(LoginTest, AWeakerHashIsMadeStrongerAtLogin) {
  ASSERT_TRUE(add("anna"));
  const auto stored = [&] {
    return run_blocking(sql::read<std::string>(*database_,
                                               [](sql::Connection& c) -> Result<std::string> {
                                                 TG_TRY(auto rows,
                                                        c.run("SELECT password_hash FROM users"));
                                                 return rows[0].text(0);
                                               }))
        .value();
  };
  EXPECT_TRUE(stored().starts_with("$argon2id$v=19$m=8,t=1,p=1$")) << stored();
  settings_.password_memory_kib = 64;
  settings_.password_passes = 2;
  reopen();
  ASSERT_FALSE(login("anna", "wrong password"));
  EXPECT_TRUE(stored().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  ASSERT_TRUE(login("anna"));
  EXPECT_TRUE(stored().starts_with("$argon2id$v=19$m=64,t=2,p=1$")) << stored();
  EXPECT_TRUE(login("anna"));
}

TEST_F(LoginTest, TheDefaultCostIsWhatIsRecommended) {
  PasswordHasher hasher(pool_, {}, 1);
  const auto hash = run_blocking(hasher.hash("x"));
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *hash;
  EXPECT_TRUE(run_blocking(hasher.verify(*hash, "x")).value());
  EXPECT_FALSE(run_blocking(hasher.verify(*hash, "y")).value());
  EXPECT_EQ(error_of(run_blocking(hasher.verify("no hash", "x"))).code, Code::internal);
}

// One hash at a time and a queue of 32: further callers are refused. The pool's only thread is
// blocked until all calls are made, so the result does not depend on the speed of a hash.
TEST_F(LoginTest, TooManyPasswordsAtOnceAreRefused) {
  ComputePool one(1, 256);
  std::mutex gate;
  gate.lock();
  ASSERT_TRUE(one.submit([&gate] { const std::scoped_lock wait(gate); }));
  PasswordHasher hasher(one, {.memory_kib = 8, .passes = 1}, 1);
  std::atomic<int> made = 0;
  std::atomic<int> refused = 0;
  asio::io_context loop(1);
  for (int i = 0; i < 40; ++i) {
    asio::co_spawn(loop, hasher.hash("x"),
                   [&](std::exception_ptr, const Result<std::string>& hash) {
                     ++(hash ? made : refused);
                     if (hash) return;
                     EXPECT_EQ(error_of(hash).code, Code::unavailable);
                     EXPECT_EQ(error_of(hash).retry_after, seconds(2));
                   });
  }
  loop.poll();
  EXPECT_EQ(refused, 7);
  gate.unlock();
  loop.restart();
  loop.run();
  EXPECT_EQ(made, 33);
  EXPECT_EQ(hasher.waiting(), 0U);
}

TEST_F(LoginTest, ManyGuessesAtOnceAreNoMoreThanFive) {
  settings_.login_failures_per_minute = settings_.login_failures_per_hour = 0;
  reopen();
  ASSERT_TRUE(add("anna"));
  std::atomic<int> admitted = 0;
  asio::io_context loop(1);
  for (int i = 0; i < 30; ++i) {
    const std::string password = i < 25 ? "guess " + std::to_string(i) : kGoodPassword;
    asio::co_spawn(
        loop,
        service_->login(
            as_nobody(),
            {.email = "anna@example.org", .username = std::nullopt, .password = password}),
        [&](std::exception_ptr, const Result<api::TokenPair>& pair) { admitted += pair ? 1 : 0; });
  }
  loop.run();
  EXPECT_EQ(admitted, 0) << "the clock stands still, so the fifth wrong guess closes the account";
}

}  // namespace
}  // namespace tg::auth
