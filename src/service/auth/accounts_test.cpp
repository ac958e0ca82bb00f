#include <fmt/core.h>
#include <sys/stat.h>

#include "base/encoding.hpp"
#include "service/auth/account_rules.hpp"
#include "service/auth/auth_fixture.hpp"

namespace tg::auth {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class AccountsTest : public AuthFixture {
 protected:
  Result<api::User> sign_up(std::string name, std::string password = kGoodPassword) {
    return run_blocking(service_->register_user(
        as_nobody(),
        {.email = name + "@example.org", .username = name, .password = std::move(password)}));
  }
  void open_registration(bool open) {
    ASSERT_TRUE(run_blocking(service_->set_registration(as_admin(), {.open = open})));
  }
  Result<api::User> update(api::UpdateUserRequest request) {
    return run_blocking(service_->update_user(as_admin(), std::move(request)));
  }
};

TEST_F(AccountsTest, RegistrationIsClosedUntilAnAdminOpensIt) {
  EXPECT_EQ(error_of(sign_up("anna")).reason, "registration_closed");
  open_registration(true);
  EXPECT_TRUE(run_blocking(service_->registration(as_admin(), {}))->open);
  const auto anna = sign_up("anna");
  ASSERT_TRUE(anna) << error_of(anna).message;
  EXPECT_EQ(anna->role, api::Role::user);
  EXPECT_EQ(anna->status, api::UserStatus::active);
  reopen();
  EXPECT_TRUE(sign_up("boris")) << "the switch is kept";
  open_registration(false);
  EXPECT_FALSE(sign_up("clara"));
  settings_.registration = Registration::open;
  reopen();
  EXPECT_FALSE(sign_up("clara")) << "the choice of an admin overrides the setting";
}

TEST_F(AccountsTest, ASettingOpensRegistrationUnlessAnAdminClosedIt) {
  settings_.registration = Registration::open;
  reopen();
  EXPECT_TRUE(sign_up("anna"));
}

TEST_F(AccountsTest, OnlyAnAdminChoosesRoleAndSpace) {
  open_registration(true);
  const auto ask = [&](const api::Call& call, std::optional<api::Role> role,
                       std::optional<std::string> space) {
    return run_blocking(service_->register_user(call, {.email = random_hex(4) + "@example.org",
                                                       .username = random_hex(4),
                                                       .password = kGoodPassword,
                                                       .role = role,
                                                       .space = space}));
  };
  api::Call user = as_nobody();
  user.principal = {.user_id = "u", .role = api::Role::user};
  for (const api::Call& call : {as_nobody(), user}) {
    EXPECT_EQ(error_of(ask(call, api::Role::admin, std::nullopt)).code, Code::forbidden);
    EXPECT_EQ(error_of(ask(call, api::Role::viewer, std::nullopt)).code, Code::forbidden);
    EXPECT_EQ(error_of(ask(call, std::nullopt, "other")).code, Code::forbidden);
  }
  const auto made = ask(as_admin(), api::Role::viewer, "other");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->role, api::Role::viewer);
  EXPECT_EQ(made->space, "other");
}

TEST_F(AccountsTest, AddressesAndNamesAreUnique) {
  ASSERT_TRUE(add("anna"));
  const auto ask = [&](std::string email, std::string username) {
    return run_blocking(service_->register_user(
        as_admin(), {.email = email, .username = username, .password = kGoodPassword}));
  };
  EXPECT_EQ(error_of(ask("ANNA@example.org", "other")).reason, "taken.email");
  EXPECT_EQ(error_of(ask("other@example.org", "AnNa")).reason, "taken.username");
  EXPECT_EQ(error_of(ask("anna@example.org", "anna")).code, Code::conflict);
  EXPECT_TRUE(ask("other@example.org", "other"));
}

TEST_F(AccountsTest, RegistrationsOfAnAddressAreLimited) {
  open_registration(true);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(sign_up("user" + std::to_string(i)));
  EXPECT_EQ(error_of(sign_up("user0")).code, Code::rate_limited) << "nor may names be tried";
  EXPECT_TRUE(add("by-admin"));
  clock_.advance(minutes(1));
  EXPECT_EQ(error_of(sign_up("user0")).code, Code::conflict);
}

TEST_F(AccountsTest, PasswordsFollowTheRulesEverywhere) {
  const auto anna = add("anna").value();
  for (const char* bad : {"short", "1234567", "password", "anna@example.org"}) {
    EXPECT_EQ(
        error_of(run_blocking(service_->register_user(
                     as_admin(), {.email = "anna@example.org", .username = "x1", .password = bad})))
            .field,
        "password");
    EXPECT_EQ(error_of(update({.id = anna.id, .password = bad})).field, "password");
    EXPECT_EQ(error_of(run_blocking(service_->change_password(
                           as(login("anna").value()),
                           {.old_password = kGoodPassword, .new_password = bad})))
                  .field,
              "new_password");
  }
}

TEST_F(AccountsTest, CallersChangeOnlyTheirOwnData) {
  ASSERT_TRUE(add("anna"));
  ASSERT_TRUE(add("boris"));
  const auto pair = login("anna").value();
  const auto changed =
      run_blocking(service_->update_me(as(pair), {.email = "Anna.New@example.org",
                                                  .full_name = "Анна К",
                                                  .user_metadata = json::Object{{"a", 1}}}));
  ASSERT_TRUE(changed) << error_of(changed).message;
  EXPECT_EQ(changed->email, "anna.new@example.org");
  EXPECT_EQ(changed->full_name, "Анна К");
  EXPECT_EQ(changed->username, "anna");
  EXPECT_EQ(run_blocking(service_->me(as(pair), {}))->user_metadata, (json::Object{{"a", 1}}));
  EXPECT_FALSE(is_void(pair)) << "nothing that a token says has changed";
  EXPECT_EQ(error_of(run_blocking(service_->update_me(as(pair), {.username = "BORIS"}))).reason,
            "taken.username");
  EXPECT_EQ(error_of(run_blocking(service_->update_me(as(pair), {.email = "x"}))).field, "email");
}

TEST_F(AccountsTest, AreListedByRoleStatusAndWords) {
  for (int i = 0; i < 5; ++i) {
    clock_.advance(seconds(1));
    ASSERT_TRUE(add("user" + std::to_string(i), i < 2 ? api::Role::viewer : api::Role::user));
  }
  const auto list = [&](api::UsersQuery query) {
    return run_blocking(service_->users(as_admin(), std::move(query))).value();
  };
  const auto all = list({});
  ASSERT_EQ(all.total, 5);
  EXPECT_EQ(all.items[0].username, "user0");
  ASSERT_TRUE(update({.id = all.items[4].id, .full_name = "Жанна Ёлкина_100%"}));
  ASSERT_TRUE(run_blocking(service_->deactivate(as_admin(), {all.items[3].id})));
  EXPECT_EQ(list({.role = api::Role::viewer}).total, 2);
  EXPECT_EQ(list({.status = api::UserStatus::inactive}).items.at(0).username, "user3");
  EXPECT_EQ(list({.role = api::Role::viewer, .status = api::UserStatus::inactive}).total, 0);
  const auto page = list({.skip = 1, .limit = 2});
  EXPECT_EQ(page.total, 5);
  ASSERT_EQ(page.items.size(), 2U);
  EXPECT_EQ(page.items[0].username, "user1");
  EXPECT_EQ(list({.search = "жАННА"}).total, 1);
  EXPECT_EQ(list({.search = "USER2@EXAMPLE"}).total, 1);
  EXPECT_EQ(list({.search = "_100%"}).total, 1);
  EXPECT_EQ(list({.search = "r_"}).total, 0) << "an underscore is no wildcard";
  EXPECT_EQ(list({.search = "' OR 1=1 --"}).total, 0);

  const auto counts = run_blocking(service_->statistics(as_admin(), {})).value();
  EXPECT_EQ(counts.total_users, 5);
  EXPECT_EQ(counts.active_users, 4);
  EXPECT_EQ(counts.inactive_users, 1);
  EXPECT_EQ(counts.viewer_users, 2);
  EXPECT_EQ(counts.user_users, 3);
  EXPECT_EQ(counts.admin_users, 0);
}

TEST_F(AccountsTest, ADeactivatedUserIsLoggedOutAtOnce) {
  const auto anna = add("anna").value();
  const auto pair = login("anna").value();
  const auto closed = run_blocking(service_->deactivate(as_admin(), {anna.id}));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->status, api::UserStatus::inactive);
  EXPECT_TRUE(is_void(pair));
  EXPECT_FALSE(refresh(pair.refresh_token));
  EXPECT_FALSE(login("anna"));
  ASSERT_TRUE(run_blocking(service_->activate(as_admin(), {anna.id})));
  EXPECT_TRUE(is_void(pair)) << "the old token does not come back";
  EXPECT_FALSE(refresh(pair.refresh_token));
  const auto fresh = login("anna");
  ASSERT_TRUE(fresh);
  EXPECT_FALSE(is_void(*fresh));
  ASSERT_TRUE(update({.id = anna.id, .status = api::UserStatus::suspended}));
  EXPECT_TRUE(is_void(*fresh));
  EXPECT_FALSE(login("anna"));
  expect_clean();
}

TEST_F(AccountsTest, ANewRoleMakesOldTokensVoid) {
  const auto anna = add("anna", api::Role::admin).value();
  ASSERT_TRUE(add("root", api::Role::admin));
  const auto pair = login("anna").value();
  ASSERT_TRUE(update({.id = anna.id, .role = api::Role::viewer}));
  EXPECT_TRUE(is_void(pair));
  const auto fresh = refresh(pair.refresh_token);
  ASSERT_TRUE(fresh) << "the session continues";
  EXPECT_EQ(read(*fresh)->principal.role, api::Role::viewer);
  EXPECT_FALSE(is_void(*fresh));
  ASSERT_TRUE(update({.id = anna.id, .space = "other"}));
  EXPECT_TRUE(is_void(*fresh));
}

TEST_F(AccountsTest, AnAdminSetsAPassword) {
  const auto anna = add("anna").value();
  const auto pair = login("anna").value();
  ASSERT_TRUE(update({.id = anna.id, .password = "given by the admin"}));
  EXPECT_TRUE(is_void(pair));
  EXPECT_FALSE(refresh(pair.refresh_token));
  EXPECT_TRUE(login("anna", "given by the admin"));
}

TEST_F(AccountsTest, TheDeletedAreGoneAndTheirTokensVoid) {
  const auto anna = add("anna").value();
  const auto pair = login("anna").value();
  ASSERT_TRUE(run_blocking(service_->delete_user(as_admin(), {anna.id})));
  EXPECT_TRUE(is_void(pair));
  EXPECT_FALSE(refresh(pair.refresh_token));
  EXPECT_FALSE(login("anna"));
  EXPECT_EQ(error_of(run_blocking(service_->user(as_admin(), {anna.id}))).code, Code::not_found);
  EXPECT_EQ(error_of(run_blocking(service_->delete_user(as_admin(), {anna.id}))).code,
            Code::not_found);
  EXPECT_TRUE(add("anna")) << "the name is free again";
  EXPECT_TRUE(is_void(pair));
  clock_.advance(minutes(32));
  ASSERT_TRUE(run_blocking(service_->erase({}, {})));
  EXPECT_TRUE(verification().user_versions.empty());
}

TEST_F(AccountsTest, ErasedBytesAreOverwritten) {
  const std::string marker = "marker" + random_hex(8);
  const auto user = add(marker).value();
  ASSERT_TRUE(login(marker));
  ASSERT_TRUE(run_blocking(service_->delete_user(as_admin(), {user.id})));
  ASSERT_TRUE(run_blocking(service_->erase({}, {})));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(disk_files().read(entry.path()).value().find(marker), std::string::npos)
        << entry.path();
  }
}

TEST_F(AccountsTest, TheLastAdminStays) {
  const auto first = add("first", api::Role::admin).value();
  const auto refused = [&](const auto& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(error_of(result).reason, "last_admin");
    EXPECT_EQ(error_of(result).code, Code::conflict);
  };
  refused(run_blocking(service_->delete_user(as_admin(), {first.id})));
  refused(run_blocking(service_->deactivate(as_admin(), {first.id})));
  refused(update({.id = first.id, .role = api::Role::user}));
  refused(update({.id = first.id, .status = api::UserStatus::suspended}));
  EXPECT_TRUE(update({.id = first.id, .full_name = "still admin"}));
  const auto second = add("second", api::Role::admin).value();
  EXPECT_TRUE(run_blocking(service_->deactivate(as_admin(), {second.id})));
  refused(run_blocking(service_->delete_user(as_admin(), {first.id})));
  EXPECT_TRUE(run_blocking(service_->activate(as_admin(), {second.id})));
  EXPECT_TRUE(run_blocking(service_->delete_user(as_admin(), {first.id})));
  refused(update({.id = second.id, .role = api::Role::viewer}));
}

TEST_F(AccountsTest, TwoAdminsCannotDemoteEachOtherAtOnce) {
  const auto first = add("first", api::Role::admin).value();
  const auto second = add("second", api::Role::admin).value();
  int done = 0;
  asio::io_context loop(1);
  for (const std::string& id : {first.id, second.id}) {
    asio::co_spawn(
        loop, service_->update_user(as_admin(), {.id = id, .role = api::Role::user}),
        [&](std::exception_ptr, const Result<api::User>& user) { done += user ? 1 : 0; });
  }
  loop.run();
  EXPECT_EQ(done, 1);
}

TEST_F(AccountsTest, TheFirstAdminIsMadeWithAOneTimeToken) {
  EXPECT_TRUE(verification().setup_needed);
  const auto older = run_blocking(service_->setup_token()).value();
  const auto token = run_blocking(service_->setup_token()).value();
  ASSERT_TRUE(token);
  const auto ask = [&](std::string with, std::string password = kGoodPassword) {
    return run_blocking(service_->setup(
        as_nobody(),
        {.token = std::move(with), .email = "root@example.org", .password = password}));
  };
  const std::size_t hashes = service_->hasher().computed();
  EXPECT_EQ(error_of(ask("guess")).reason, "setup_refused");
  EXPECT_EQ(error_of(ask(*older)).reason, "setup_refused") << "replaced by the newer one";
  EXPECT_EQ(service_->hasher().computed(), hashes) << "no hash for strangers";
  EXPECT_EQ(error_of(ask(*token, "password")).field, "password");
  ASSERT_TRUE(fault::set_plan("auth.setup_before_token_spent=error"));
  EXPECT_FALSE(ask(*token));
  ASSERT_TRUE(fault::set_plan(""));
  const auto pair = ask(*token);
  ASSERT_TRUE(pair) << error_of(pair).detail;
  EXPECT_EQ(read(*pair)->principal.role, api::Role::admin);
  EXPECT_EQ(run_blocking(service_->me(as(*pair), {}))->username, "root");
  EXPECT_TRUE(refresh(pair->refresh_token));
  EXPECT_EQ(error_of(ask(*token)).reason, "setup_refused");
  EXPECT_FALSE(run_blocking(service_->setup_token()).value()) << "there is an admin already";
  EXPECT_FALSE(verification().setup_needed);
  EXPECT_TRUE(login("root"));
}

TEST_F(AccountsTest, TheSigningKeyIsPrivateAndIsReplacedWithAge) {
  ASSERT_TRUE(add("anna"));
  const auto file = folder_ / SigningKeys::kFileName;
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto old_pair = login("anna").value();
  const std::string old_key = verification().keys.at(0).kid;
  reopen();
  EXPECT_EQ(verification().keys.size(), 1U);
  EXPECT_TRUE(read(old_pair));

  clock_.advance(hours(24 * 91));
  const auto before_restart = login("anna").value();
  reopen();
  const auto keys = verification().keys;
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].kid, old_key);
  EXPECT_TRUE(read(before_restart)) << "the previous key still verifies";
  EXPECT_TRUE(read(login("anna").value()));
  clock_.advance(hours(24 * 91));
  reopen();
  EXPECT_EQ(verification().keys.size(), 2U);
  EXPECT_FALSE(read(before_restart));
}

TEST_F(AccountsTest, ADamagedKeyFileStopsTheStart) {
  ASSERT_TRUE(write_atomically(disk_files(), folder_ / SigningKeys::kFileName, "{\"keys\": ["));
  AuthService again(*database_, *kv_, pool_, clock_, folder_, settings_);
  const auto started = run_blocking(again.start());
  ASSERT_FALSE(started);
  EXPECT_EQ(error_of(started).reason, "damaged.signing_keys");
}

TEST_F(AccountsTest, ASecretOfTheOperatorSignsWithHs256) {
  settings_.jwt_algorithm = TokenAlgorithm::hs256;
  settings_.jwt_secret = "an operator's secret of more than 32 bytes";
  reopen();
  ASSERT_TRUE(add("anna"));
  const auto keys = verification().keys;
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].algorithm, "HS256");
  EXPECT_EQ(keys[0].public_key, "") << "a secret is never sent";
  jwt::KeySet set;
  set.add(*jwt::SigningKey::hmac(settings_.jwt_secret));
  EXPECT_TRUE(api::verify_access_token(login("anna")->access_token, set, clock_.wall()));
  AuthSettings short_secret = settings_;
  short_secret.jwt_secret = std::string(31, 'x');
  AuthService refused(*database_, *kv_, pool_, clock_, folder_, short_secret);
  EXPECT_EQ(error_of(run_blocking(refused.start())).reason, "invalid.secret");
}

TEST_F(AccountsTest, ABackupIsAWholeService) {
  ASSERT_TRUE(add("anna"));
  const auto pair = login("anna").value();
  const auto copy = folder_ / "backup";
  std::filesystem::create_directories(copy);
  ASSERT_TRUE(run_blocking(service_->backup({}, {.folder = copy.string()})));
  auto database = sqlite::open_database(copy / "auth" / "auth.db", pool_);
  ASSERT_TRUE(database);
  AuthService restored(**database, *kv_, pool_, clock_, copy / "auth", settings_);
  ASSERT_TRUE(run_blocking(restored.start()));
  EXPECT_TRUE(run_blocking(restored.refresh(as_nobody(), {.refresh_token = pair.refresh_token})));
  EXPECT_EQ(run_blocking(restored.verification({}, {}))->keys[0].kid, verification().keys[0].kid);
  run_blocking((*database)->close());
}

TEST_F(AccountsTest, HealthShowsSetupAndRegistration) {
  const auto health = run_blocking(service_->health({}, {})).value();
  EXPECT_EQ(health.status, api::HealthStatus::healthy);
  EXPECT_EQ(health.details.at("setup_needed"), json::Value(true));
  EXPECT_EQ(health.details.at("registration_open"), json::Value(false));
}

TEST(AccountRules, EmailAddresses) {
  EXPECT_EQ(normal_email("e", " Anna.K+x@Example.ORG ").value(), "anna.k+x@example.org");
  EXPECT_EQ(normal_email("e", "анна@пример.рф").value(), "анна@пример.рф");
  EXPECT_TRUE(normal_email("e", "root@localhost"));
  for (const std::string& bad :
       {std::string(), std::string("anna"), std::string("@example.org"), std::string("anna@"),
        std::string("a@b@c"), std::string("an na@example.org"), std::string("a\n@example.org"),
        std::string("a@example..org"), std::string("a@.org"), std::string("a@-x.org"),
        std::string("\"a\"@x.org"), std::string("<a@x.org>"), std::string(65, 'a') + "@x.org",
        "a@" + std::string(260, 'x'), std::string("a\0b@x.org", 9)}) {
    EXPECT_EQ(error_of(normal_email("e", bad)).field, "e") << bad;
  }
}

TEST(AccountRules, UserNames) {
  EXPECT_EQ(normal_username("u", " Анна_К-1.x ").value(), "Анна_К-1.x");
  EXPECT_EQ(username_key("Анна"), "анна");
  for (const std::string& bad : {std::string("a"), std::string(65, 'a'), std::string("a b"),
                                 std::string("a@b"), std::string("a/b"), std::string("a\u202eb")}) {
    EXPECT_FALSE(normal_username("u", bad)) << bad;
  }
  EXPECT_EQ(username_of_email("anna.k@example.org"), "anna.k");
  EXPECT_EQ(username_of_email("a+b@example.org"), "a-b");
  EXPECT_TRUE(normal_username("u", username_of_email("a@example.org")));
}

TEST(AccountRules, Passwords) {
  const auto check = [](std::string_view password) {
    return normal_new_password("p", password, 8, {"annakarenina", "anna.k@example.org", "anna.k"});
  };
  for (const std::string& good :
       {std::string("correct horse"), std::string("пирожки с капустой"), std::string("xkcdxkcd9!"),
        std::string(128, 'a').replace(5, 4, "bcde"), std::string("🐴🔋📎✅🐎🔌🧷🌀"),
        std::string("annakarenina and her train")}) {
    EXPECT_TRUE(check(good)) << good;
  }
  for (const std::string& bad : {std::string("1234567"),          std::string("🐴🔋📎✅🐎🔌🧷"),
                                 std::string("password"),         std::string("Password1"),
                                 std::string("PASSWORD2026!"),    std::string("qwertyuiop"),
                                 std::string("12345678"),         std::string("87654321"),
                                 std::string("aaaaaaaa"),         std::string("abababab"),
                                 std::string("abcdefgh"),         std::string("asdfasdf"),
                                 std::string("1q2w3e4r"),         std::string("пароль123"),
                                 std::string("йцукенгш"),         std::string("dragon2024"),
                                 std::string("Iloveyou!!"),       std::string("AnnaKarenina"),
                                 std::string("annakarenina1877"), std::string("anna.k@example.org"),
                                 std::string("anna.k99"),         std::string(129, 'x'),
                                 std::string(100'000, 'y')}) {
    EXPECT_EQ(error_of(check(bad)).field, "p") << bad.substr(0, 40);
  }
  EXPECT_FALSE(normal_new_password("p", "elevenchars", 12, {}));
  EXPECT_EQ(check("cafe\u0301 creme brulee").value(), "caf\u00e9 creme brulee");
}

}  // namespace
}  // namespace tg::auth
