#include <map>
#include <set>

#include "base/encoding.hpp"
#include "service/auth/auth_fixture.hpp"

namespace tg::auth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class SessionsTest : public AuthFixture {
 protected:
  void SetUp() override {
    AuthFixture::SetUp();
    ASSERT_TRUE(add("anna"));
    pair_ = login("anna").value();
  }
  api::TokenPair pair_;
};

TEST_F(SessionsTest, ARefreshTokenIsSpentByItsUse) {
  const auto second = refresh(pair_.refresh_token);
  ASSERT_TRUE(second) << error_of(second).detail;
  EXPECT_NE(second->refresh_token, pair_.refresh_token);
  EXPECT_EQ(second->refresh_token.size(), 47U);
  const auto third = refresh(second->refresh_token);
  ASSERT_TRUE(third);
  EXPECT_EQ(read(*third)->principal.user_id, read(pair_)->principal.user_id);
  EXPECT_EQ(run_blocking(service_->sessions(as(*third), {}))->total, 1);
  expect_clean();
}

TEST_F(SessionsTest, NoTokenIsStored) {
  const auto second = refresh(pair_.refresh_token).value();
  close();
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string bytes = disk_files().read(entry.path()).value();
    for (const std::string& secret : {pair_.refresh_token, second.refresh_token, pair_.access_token,
                                      std::string(kGoodPassword)}) {
      EXPECT_EQ(bytes.find(secret), std::string::npos) << entry.path();
    }
  }
  reopen();
}

TEST_F(SessionsTest, ConcurrentRefreshesGetTheSameSuccessor) {
  std::map<std::string, int> successors;
  int refused = 0;
  asio::io_context loop(1);
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(loop, service_->refresh(as_nobody(), {.refresh_token = pair_.refresh_token}),
                   [&](std::exception_ptr, const Result<api::TokenPair>& pair) {
                     if (!pair) {
                       ++refused;
                     } else {
                       ++successors[pair->refresh_token];
                     }
                   });
  }
  loop.run();
  EXPECT_EQ(refused, 0);
  ASSERT_EQ(successors.size(), 1U);
  EXPECT_EQ(successors.begin()->second, 50);
  expect_clean();
  EXPECT_TRUE(refresh(successors.begin()->first));
}

TEST_F(SessionsTest, ALostAnswerIsGivenAgainForTenSeconds) {
  const auto answered = refresh(pair_.refresh_token).value();
  clock_.advance(seconds(10));
  const auto again = refresh(pair_.refresh_token);
  ASSERT_TRUE(again) << error_of(again).detail;
  EXPECT_EQ(again->refresh_token, answered.refresh_token);
  EXPECT_TRUE(read(*again));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(refresh(pair_.refresh_token)) << "now somebody else has it";
  EXPECT_FALSE(refresh(answered.refresh_token)) << "and the whole session is ended";
}

TEST_F(SessionsTest, ReuseOfAnOlderTokenEndsTheSessionAtOnce) {
  const auto second = refresh(pair_.refresh_token).value();
  const auto third = refresh(second.refresh_token).value();
  EXPECT_FALSE(is_void(third));
  EXPECT_FALSE(refresh(pair_.refresh_token)) << "older than the parent, though within ten seconds";
  EXPECT_FALSE(refresh(third.refresh_token));
  EXPECT_FALSE(refresh(second.refresh_token));
  EXPECT_TRUE(is_void(pair_));
  EXPECT_TRUE(is_void(third));
  EXPECT_TRUE(login("anna")) << "the account itself is not closed";
}

TEST_F(SessionsTest, ReuseEndsThatSessionAlone) {
  const auto other = login("anna").value();
  const auto second = refresh(pair_.refresh_token).value();
  clock_.advance(seconds(11));
  EXPECT_FALSE(refresh(pair_.refresh_token));
  EXPECT_FALSE(refresh(second.refresh_token));
  EXPECT_TRUE(refresh(other.refresh_token));
  EXPECT_FALSE(is_void(other));
}

TEST_F(SessionsTest, RefusalsReadTheSame) {
  std::set<std::string> bodies;
  const auto note = [&](const Result<api::TokenPair>& refused) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(error_of(refused).code, Code::unauthorized);
    bodies.insert(error_of(refused).reason + '|' + error_of(refused).message);
  };
  const auto second = refresh(pair_.refresh_token).value();
  note(refresh(""));
  note(refresh("no token"));
  note(refresh("tgr_" + std::string(43, 'A')));
  note(refresh(pair_.access_token));
  clock_.advance(minutes(1));
  note(refresh(pair_.refresh_token));
  note(refresh(second.refresh_token));
  EXPECT_EQ(bodies.size(), 1U);
}

TEST_F(SessionsTest, ARefreshTokenIsNoAccessToken) {
  EXPECT_FALSE(read({.access_token = pair_.refresh_token}));
}

TEST_F(SessionsTest, TokensAndSessionsEndInTime) {
  clock_.advance(hours(24 * 7) - seconds(1));
  const auto second = refresh(pair_.refresh_token);
  ASSERT_TRUE(second);
  clock_.advance(hours(24 * 7));
  EXPECT_FALSE(refresh(second->refresh_token)) << "seven days are over";

  auto present = login("anna").value();
  for (int day = 0; day < 29; ++day) {
    clock_.advance(hours(24));
    auto next = refresh(present.refresh_token);
    ASSERT_TRUE(next) << day;
    present = *std::move(next);
  }
  clock_.advance(hours(24));
  EXPECT_FALSE(refresh(present.refresh_token)) << "thirty days are the most";
}

TEST_F(SessionsTest, LogoutEndsTheSessionAndItsAccessTokens) {
  const auto other = login("anna").value();
  const auto second = refresh(pair_.refresh_token).value();
  ASSERT_TRUE(run_blocking(service_->logout(as(second), {})));
  EXPECT_TRUE(run_blocking(service_->logout(as(second), {}))) << "again is harmless";
  EXPECT_FALSE(refresh(second.refresh_token));
  EXPECT_TRUE(is_void(pair_)) << "an earlier access token of the same session";
  EXPECT_TRUE(is_void(second));
  EXPECT_FALSE(is_void(other));
  reopen();
  EXPECT_TRUE(is_void(second)) << "after a restart too";
  clock_.advance(minutes(31));
  ASSERT_TRUE(login("anna"));
  EXPECT_TRUE(verification().revoked_token_ids.empty()) << "the tokens have expired by themselves";
}

TEST_F(SessionsTest, AreListedAndEndedByTheirOwnerAlone) {
  ASSERT_TRUE(add("boris"));
  clock_.advance(seconds(5));
  const auto second = login("anna", kGoodPassword, "198.51.100.7").value();
  const auto boris = login("boris").value();
  const auto listed = run_blocking(service_->sessions(as(second), {})).value();
  ASSERT_EQ(listed.total, 2);
  EXPECT_EQ(listed.items[0].client_address, "198.51.100.7");
  EXPECT_TRUE(listed.items[0].current);
  EXPECT_FALSE(listed.items[1].current);
  EXPECT_EQ(listed.items[0].expires_at, clock_.wall() + hours(24 * 7));

  const std::string first_id = listed.items[1].id;
  EXPECT_EQ(error_of(run_blocking(service_->revoke_session(as(boris), {first_id}))).code,
            Code::not_found);
  EXPECT_FALSE(is_void(pair_));
  ASSERT_TRUE(run_blocking(service_->revoke_session(as(second), {first_id})));
  EXPECT_TRUE(is_void(pair_));
  EXPECT_FALSE(is_void(second));
  EXPECT_FALSE(refresh(pair_.refresh_token));
  EXPECT_EQ(run_blocking(service_->sessions(as(second), {}))->total, 1);
}

TEST_F(SessionsTest, ANewPasswordEndsEverySession) {
  const auto other = login("anna").value();
  const auto wrong = run_blocking(service_->change_password(
      as(pair_), {.old_password = "wrong password", .new_password = "another good one"}));
  EXPECT_EQ(error_of(wrong).field, "old_password");
  EXPECT_FALSE(is_void(pair_));
  ASSERT_TRUE(run_blocking(service_->change_password(
      as(pair_), {.old_password = kGoodPassword, .new_password = "another good one"})));
  EXPECT_TRUE(is_void(pair_));
  EXPECT_TRUE(is_void(other));
  EXPECT_FALSE(refresh(pair_.refresh_token));
  EXPECT_FALSE(refresh(other.refresh_token));
  EXPECT_FALSE(login("anna"));
  const auto fresh = login("anna", "another good one");
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(is_void(*fresh));
  expect_clean();
}

TEST_F(SessionsTest, GuessingTheOldPasswordLocksTheAccountToo) {
  const auto guess = [&] {
    return run_blocking(service_->change_password(
        as(pair_), {.old_password = "wrong password", .new_password = "another good one"}));
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(error_of(guess()).field, "old_password");
  EXPECT_EQ(error_of(guess()).code, Code::rate_limited);
  EXPECT_EQ(error_of(guess()).retry_after, seconds(1));
}

TEST_F(SessionsTest, ACrashWithinRotationSpendsNothing) {
  ASSERT_TRUE(fault::set_plan("auth.refresh_before_successor=error"));
  EXPECT_FALSE(refresh(pair_.refresh_token));
  ASSERT_TRUE(fault::set_plan(""));
  reopen();
  expect_clean();
  EXPECT_TRUE(refresh(pair_.refresh_token));
}

TEST_F(SessionsTest, ARestartAfterRotationStillAnswersAgain) {
  const auto answered = refresh(pair_.refresh_token).value();
  reopen();
  clock_.advance(seconds(2));
  const auto again = refresh(pair_.refresh_token);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->refresh_token, answered.refresh_token);
}

TEST_F(SessionsTest, AnInterruptedLogoutHasNoEffect) {
  ASSERT_TRUE(fault::set_plan("auth.logout_before_revocation=error"));
  EXPECT_FALSE(run_blocking(service_->logout(as(pair_), {})));
  ASSERT_TRUE(fault::set_plan(""));
  EXPECT_FALSE(is_void(pair_));
  EXPECT_TRUE(refresh(pair_.refresh_token));
}

TEST_F(SessionsTest, FsckFindsInconsistentSessions) {
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("UPDATE refresh_tokens SET spent_ms = 1"));
    return {};
  })));
  EXPECT_EQ(run_blocking(service_->fsck({}, {}))->violations.size(), 2U);
}

TEST_F(SessionsTest, SealedSuccessorsOpenOnlyWithTheirParent) {
  const std::string sealed = seal_successor("parent", "successor");
  EXPECT_EQ(open_successor("parent", sealed), "successor");
  EXPECT_FALSE(open_successor("stranger", sealed));
  EXPECT_FALSE(open_successor("parent", "AAAA"));
  EXPECT_FALSE(open_successor("parent", "not base64!"));
}

}  // namespace
}  // namespace tg::auth
