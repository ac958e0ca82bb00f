// The account calls of AuthService: register, change, list, deactivate, delete.
#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "service/auth/account_rules.hpp"
#include "service/auth/auth_service.hpp"
#include "service/auth/setting_store.hpp"

namespace tg::auth {
namespace {

using sql::Connection;

bool is_active_admin(const api::User& user) {
  return user.role == api::Role::admin && user.status == api::UserStatus::active;
}

// Without an active admin nobody could administer the installation.
Result<void> check_not_last_admin(Connection& c, const api::User& user) {
  if (!is_active_admin(user)) return {};
  TG_TRY(const std::int64_t others, count_admins(c, user.id));
  if (others > 0) return {};
  return fail(Code::conflict, "last_admin",
              "this is the last active admin; make another user an admin first");
}

std::vector<std::string> names_of(const api::User& user) {
  std::vector<std::string> names{user.username, user.email, username_of_email(user.email)};
  if (user.full_name) names.push_back(*user.full_name);
  return names;
}

}  // namespace

Result<std::string> AuthService::new_password(std::string_view field, std::string_view password,
                                              std::vector<std::string> names) const {
  return normal_new_password(field, password, settings_.password_min_length, names);
}

Task<Result<Account>> AuthService::account(std::string id) {
  co_return co_await sql::read<Account>(database_, [id](Connection& c) -> Result<Account> {
    TG_TRY(auto found, find_account(c, id));
    if (!found) return not_found("user");
    return *std::move(found);
  });
}

Task<Result<bool>> AuthService::is_registration_open() {
  co_return co_await sql::read<bool>(
      database_,
      [by_setting = settings_.registration == Registration::open](Connection& c) -> Result<bool> {
        TG_TRY(const auto switched, load_setting(c, kRegistrationOpen));
        return switched ? *switched == "true" : by_setting;
      });
}

Task<Result<api::User>> AuthService::register_user(api::Call call, api::RegisterRequest request) {
  const bool by_admin = api::allows(call.principal, api::Scope::admin);
  if (!by_admin) {
    TG_CO_TRY(const bool is_open, co_await is_registration_open());
    if (!is_open) {
      co_return fail(Code::forbidden, "registration_closed",
                     "registration is closed: ask an admin for an account");
    }
    if (request.role || request.space) {
      co_return fail(Code::forbidden, "forbidden.role", "only an admin can choose role and space");
    }
    TG_CO_TRY_VOID(co_await attempts_.check(registration_limits(), call.client_address));
  }
  Account account;
  api::User& user = account.user;
  TG_CO_TRY(user.email, normal_email("email", request.email));
  TG_CO_TRY(user.username, normal_username("username", request.username));
  user.full_name = request.full_name;
  TG_CO_TRY(const std::string password, new_password("password", request.password, names_of(user)));
  TG_CO_TRY(account.password_hash, co_await hasher_.hash(password));
  user.id = Uuid::random().text();
  user.role = request.role.value_or(api::Role::user);
  user.space = request.space.value_or("default");
  user.created_at = user.updated_at = clock_.wall();
  // Counts even if the name turns out to be taken, so that nobody can probe for many names.
  if (!by_admin)
    TG_CO_TRY_VOID(co_await attempts_.record(registration_limits(), call.client_address));
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [account](Connection& c) { return insert_account(c, account); }));
  TG_FAULT("auth.after_user_stored");
  log::info("user created", {{"user", user.id}, {"role", std::string(json::enum_word(user.role))}});
  co_return user;
}

Task<Result<api::User>> AuthService::me(api::Call call, api::Nothing) {
  TG_CO_TRY(const Account own, co_await account(call.principal.user_id));
  co_return own.user;
}

Task<Result<api::User>> AuthService::update_me(api::Call call, api::UpdateMeRequest request) {
  Change change{.email = std::move(request.email),
                .username = std::move(request.username),
                .full_name = std::move(request.full_name),
                .user_metadata = std::move(request.user_metadata)};
  co_return co_await change_user(call.principal.user_id, std::move(change));
}

Task<Result<api::User>> AuthService::change_password(api::Call call,
                                                     api::ChangePasswordRequest request) {
  TG_CO_TRY(const Account own, co_await account(call.principal.user_id));
  if (own.locked_until > clock_.wall()) {
    auto refused = fail(Code::rate_limited, "rate_limited.account",
                        "too many wrong passwords; try again later");
    refused.error().retry_after =
        std::chrono::ceil<std::chrono::seconds>(own.locked_until - clock_.wall());
    co_return refused;
  }
  TG_CO_TRY(const std::string password,
            new_password("new_password", request.new_password, names_of(own.user)));
  TG_CO_TRY(const bool fits,
            co_await hasher_.verify(own.password_hash, normal_password(request.old_password)));
  if (!fits) {
    // A stolen access token must not allow faster guessing than a login.
    TG_CO_TRY_VOID(co_await sql::write<void>(
        database_,
        [id = own.user.id, closing = lockout(),
         now = clock_.wall()](Connection& c) -> Result<void> {
          TG_TRY(const auto current, find_account(c, id));
          return current ? record_failure(c, *current, closing, now) : Result<void>();
        }));
    co_return invalid("old_password", "must be your current password");
  }
  Change change;
  TG_CO_TRY(change.password_hash, co_await hasher_.hash(password));
  co_return co_await change_user(own.user.id, std::move(change));
}

Task<Result<api::Listed<api::User>>> AuthService::users(api::Call, api::UsersQuery query) {
  co_return co_await sql::read<api::Listed<api::User>>(
      database_, [query](Connection& c) { return list_users(c, query); });
}

Task<Result<api::User>> AuthService::user(api::Call, api::UserId id) {
  TG_CO_TRY(const Account found, co_await account(id.id));
  co_return found.user;
}

Task<Result<api::User>> AuthService::update_user(api::Call, api::UpdateUserRequest request) {
  Change change{.email = std::move(request.email),
                .username = std::move(request.username),
                .full_name = std::move(request.full_name),
                .role = request.role,
                .status = request.status,
                .space = std::move(request.space),
                .user_metadata = std::move(request.user_metadata)};
  if (request.password) {
    TG_CO_TRY(const Account present, co_await account(request.id));
    TG_CO_TRY(const std::string password,
              new_password("password", *request.password, names_of(present.user)));
    TG_CO_TRY(change.password_hash, co_await hasher_.hash(password));
  }
  co_return co_await change_user(request.id, std::move(change));
}

Task<Result<api::User>> AuthService::change_user(std::string id, Change change) {
  if (change.email) {
    TG_CO_TRY(change.email, normal_email("email", *change.email));
  }
  if (change.username) {
    TG_CO_TRY(change.username, normal_username("username", *change.username));
  }
  const auto apply = [id, change, now = clock_.wall()](Connection& c) -> Result<api::User> {
    TG_TRY(const auto found, find_account(c, id));
    if (!found) return not_found("user");
    const api::User& before = found->user;
    api::User after = before;
    after.email = change.email.value_or(before.email);
    after.username = change.username.value_or(before.username);
    if (change.full_name) after.full_name = change.full_name;
    after.role = change.role.value_or(before.role);
    after.status = change.status.value_or(before.status);
    after.space = change.space.value_or(before.space);
    after.user_metadata = change.user_metadata.value_or(before.user_metadata);
    after.updated_at = now;
    if (!is_active_admin(after)) TG_TRY_VOID(check_not_last_admin(c, before));
    TG_TRY_VOID(save_user(c, after));
    if (change.password_hash) TG_TRY_VOID(save_password(c, id, *change.password_hash));
    TG_TRY_VOID(TG_FAULT_RESULT("auth.user_before_revocation"));
    const bool must_leave = change.password_hash || after.status != api::UserStatus::active;
    if (must_leave) TG_TRY_VOID(end_sessions_of(c, id, now));
    if (must_leave || after.role != before.role || after.space != before.space ||
        after.status != before.status) {
      TG_TRY_VOID(raise_token_version(c, id, now));
    }
    return after;
  };
  co_return co_await sql::write<api::User>(database_, apply);
}

Task<Result<api::User>> AuthService::activate(api::Call, api::UserId id) {
  Change change;
  change.status = api::UserStatus::active;
  co_return co_await change_user(std::move(id.id), std::move(change));
}

Task<Result<api::User>> AuthService::deactivate(api::Call, api::UserId id) {
  Change change;
  change.status = api::UserStatus::inactive;
  co_return co_await change_user(std::move(id.id), std::move(change));
}

Task<Result<api::Done>> AuthService::delete_user(api::Call, api::UserId id) {
  const UnixMillis until = clock_.wall() + settings_.access_token_life + jwt::kLeeway * 2;
  TG_CO_TRY_VOID(
      co_await sql::write<void>(database_, [id = id.id, until](Connection& c) -> Result<void> {
        TG_TRY(const auto found, find_account(c, id));
        if (!found) return not_found("user");
        TG_TRY_VOID(check_not_last_admin(c, found->user));
        TG_TRY_VOID(remember_deleted(c, id, until));
        TG_TRY_VOID(TG_FAULT_RESULT("auth.before_user_deleted"));
        return delete_account(c, id);
      }));
  log::info("user deleted", {{"user", id.id}});
  co_return api::Done{.message = "the user is deleted"};
}

Task<Result<api::UserStatistics>> AuthService::statistics(api::Call, api::Nothing) {
  co_return co_await sql::read<api::UserStatistics>(database_, count_users);
}

Task<Result<api::RegistrationSetting>> AuthService::registration(api::Call, api::Nothing) {
  TG_CO_TRY(const bool is_open, co_await is_registration_open());
  co_return api::RegistrationSetting{.open = is_open};
}

Task<Result<api::RegistrationSetting>> AuthService::set_registration(
    api::Call, api::RegistrationSetting setting) {
  TG_CO_TRY_VOID(co_await sql::write<void>(database_, [open = setting.open](Connection& c) {
    return save_setting(c, kRegistrationOpen, open ? "true" : "false");
  }));
  log::info(setting.open ? "registration opened" : "registration closed");
  co_return setting;
}

}  // namespace tg::auth
