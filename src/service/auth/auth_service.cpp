// AuthService: start, login, refresh, logout, setup of the first admin, verification data for the
// gateway. Account calls are in accounts.cpp, maintenance calls in maintenance.cpp.
#include "service/auth/auth_service.hpp"

#include "base/encoding.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "service/auth/account_rules.hpp"
#include "service/auth/schema.hpp"
#include "service/auth/setting_store.hpp"

namespace tg::auth {
namespace {

using sql::Connection;

constexpr std::chrono::seconds kGrace{10};
constexpr std::size_t kRefreshTokenSize = 47;

// Equal for every cause; the cause is logged only.
std::unexpected<Error> login_failed(std::string cause) {
  return fail(Code::unauthorized, "login_failed", "the name or the password is wrong",
              std::move(cause));
}

std::unexpected<Error> refresh_failed(std::string cause) {
  return fail(Code::unauthorized, "invalid_refresh_token", "the refresh token is not valid",
              std::move(cause));
}

std::unexpected<Error> setup_failed(std::string cause) {
  return fail(Code::forbidden, "setup_refused",
              "the setup token is not valid, or there already is an admin", std::move(cause));
}

struct LoginOutcome {
  std::optional<Account> account;  // admitted
  std::string cause;
};

struct LoginAttempt {
  std::string user_id;  // empty: unknown
  std::string checked_hash;
  bool fits = false;
  std::string better_hash;  // not empty: replaces a weaker one
  NewSession session;
  Lockout lockout;
};

// Re-reads the account inside the write transaction: of a hundred concurrent guesses no more than
// five are checked before the account is locked.
Result<LoginOutcome> finish_login(Connection& c, const LoginAttempt& attempt,
                                  const Lifetimes& lifetimes, UnixMillis now) {
  const auto refuse = [](std::string cause) -> Result<LoginOutcome> {
    return LoginOutcome{.account = std::nullopt, .cause = std::move(cause)};
  };
  TG_TRY(const auto account, find_account(c, attempt.user_id));
  if (!account) return refuse("no such user");
  if (account->locked_until > now) return refuse("locked after failures");
  if (account->password_hash != attempt.checked_hash) return refuse("the password has changed");
  if (!attempt.fits) {
    TG_TRY_VOID(record_failure(c, *account, attempt.lockout, now));
    return refuse("wrong password");
  }
  if (account->user.status != api::UserStatus::active) return refuse("not active");
  TG_TRY_VOID(purge(c, now));
  TG_TRY_VOID(record_login(c, attempt.user_id, now));
  if (!attempt.better_hash.empty()) {
    TG_TRY_VOID(save_password(c, attempt.user_id, attempt.better_hash));
  }
  TG_TRY_VOID(insert_session(c, attempt.session, lifetimes, now));
  return LoginOutcome{.account = account, .cause = {}};
}

struct RefreshOutcome {
  std::optional<Account> account;  // admitted
  std::string session_id;
  std::string sealed_successor;  // not empty: answered before
  std::string cause;
};

Result<RefreshOutcome> finish_refresh(Connection& c, const Rotation& rotation,
                                      const Lifetimes& lifetimes, UnixMillis now) {
  RefreshOutcome outcome;
  TG_TRY(const auto rotated, rotate(c, rotation, lifetimes, now));
  if (rotated) {
    outcome.session_id = *rotated;
  } else {
    TG_TRY(const auto spent, find_spent(c, rotation.parent_digest, now));
    if (!spent) return RefreshOutcome{.cause = "unknown, expired or ended"};
    if (!spent->is_session_alive) return RefreshOutcome{.cause = "of an ended session"};
    outcome.session_id = spent->session_id;
    outcome.sealed_successor = spent->sealed_successor;
    if (spent->is_successor_spent || now - spent->spent_at > kGrace) {
      TG_TRY(const std::string user_id, user_of_session(c, spent->session_id));
      TG_TRY_VOID(end_session(c, spent->session_id, user_id, lifetimes, now));
      outcome.cause = "used again: the session is ended";
      return outcome;
    }
  }
  TG_TRY(const std::string user_id, user_of_session(c, outcome.session_id));
  TG_TRY(outcome.account, find_account(c, user_id));
  return outcome;
}

}  // namespace

AuthService::AuthService(sql::Database& database, store::KeyValue& kv, ComputePool& pool,
                         const Clock& clock, std::filesystem::path folder, AuthSettings settings)
    : database_(database),
      attempts_(kv),
      clock_(clock),
      folder_(std::move(folder)),
      settings_(std::move(settings)),
      hasher_(pool,
              {.memory_kib = settings_.password_memory_kib, .passes = settings_.password_passes},
              PasswordHasher::default_concurrency()) {}

Task<Result<void>> AuthService::start() {
  TG_CO_TRY_VOID(co_await database_.migrate(kMigrations));
  const std::string secret = shared_secret(settings_);
  auto keys = secret.empty() ? SigningKeys::load(disk_files(), folder_, clock_.wall(),
                                                 settings_.signing_key_life)
                             : SigningKeys::from_secret(secret);
  if (!keys) co_return std::unexpected(std::move(keys).error());
  keys_ = *std::move(keys);
  TG_CO_TRY(dummy_hash_, co_await hasher_.hash(random_hex(16)));
  co_return co_await sql::write<void>(
      database_, [now = clock_.wall()](Connection& c) { return purge(c, now); });
}

Lifetimes AuthService::lifetimes() const {
  return {.access = settings_.access_token_life,
          .refresh = settings_.refresh_token_life,
          .session = std::max(settings_.session_life, settings_.refresh_token_life)};
}

Lockout AuthService::lockout() const {
  return {.after = settings_.login_lockout_after, .longest = settings_.login_lockout_time};
}

AttemptLimits AuthService::login_limits() const {
  return {.kind = "login",
          .per_minute = settings_.login_failures_per_minute,
          .per_hour = settings_.login_failures_per_hour};
}

AttemptLimits AuthService::registration_limits() const {
  return {.kind = "register", .per_minute = settings_.registrations_per_minute, .per_hour = 0};
}

api::TokenPair AuthService::token_pair(const Account& account, const std::string& session_id,
                                       std::string refresh_token) const {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  const api::AccessToken token{.principal = {.user_id = account.user.id,
                                             .role = account.user.role,
                                             .space = account.user.space,
                                             .is_service = false},
                               .token_id = session_id + '.' + random_hex(8),
                               .token_version = account.token_version,
                               .issued_at = now,
                               .expires_at = now + settings_.access_token_life};
  return {.access_token = api::sign_access_token(token, keys_->current()),
          .expires_in = settings_.access_token_life.count(),
          .refresh_token = std::move(refresh_token)};
}

Task<Result<api::TokenPair>> AuthService::login(api::Call call, api::LoginRequest request) {
  if (!request.email && !request.username)
    co_return invalid("email", "must be given, or username instead");
  TG_CO_TRY_VOID(co_await attempts_.check(login_limits(), call.client_address));
  TG_CO_TRY(const auto found,
            co_await sql::read<std::optional<Account>>(
                database_, [request](Connection& c) -> Result<std::optional<Account>> {
                  if (!request.email) {
                    return find_account_by_username(c, username_key(*request.username));
                  }
                  const auto email = normal_email("email", *request.email);
                  return find_account_by_email(c, email.value_or(""));
                }));
  LoginAttempt attempt;
  attempt.lockout = lockout();
  attempt.checked_hash = found ? found->password_hash : dummy_hash_;
  const std::string password = normal_password(request.password);
  TG_CO_TRY(attempt.fits, co_await hasher_.verify(attempt.checked_hash, password));
  if (found) attempt.user_id = found->user.id;
  if (found && attempt.fits && hasher_.is_weaker(attempt.checked_hash)) {
    TG_CO_TRY(attempt.better_hash, co_await hasher_.hash(password));
  }
  const std::string refresh_token = make_refresh_token();
  attempt.session = {.id = Uuid::random().text(),
                     .user_id = attempt.user_id,
                     .client_address = call.client_address,
                     .refresh_digest = digest_of(refresh_token)};
  TG_CO_TRY(const LoginOutcome outcome,
            co_await sql::write<LoginOutcome>(
                database_, [attempt, lives = lifetimes(), now = clock_.wall()](Connection& c) {
                  return finish_login(c, attempt, lives, now);
                }));
  TG_FAULT("auth.after_login_stored");
  if (!outcome.account) {
    TG_CO_TRY_VOID(co_await attempts_.record(login_limits(), call.client_address));
    log::info("login refused",
              {{"user", attempt.user_id}, {"cause", outcome.cause}, {"request", call.request_id}});
    co_return login_failed(outcome.cause);
  }
  co_return token_pair(*outcome.account, attempt.session.id, refresh_token);
}

Task<Result<api::TokenPair>> AuthService::refresh(api::Call call, api::RefreshRequest request) {
  if (request.refresh_token.size() != kRefreshTokenSize) co_return refresh_failed("no such form");
  const std::string successor = make_refresh_token();
  const Rotation rotation{.parent_digest = digest_of(request.refresh_token),
                          .successor_digest = digest_of(successor),
                          .sealed_successor = seal_successor(request.refresh_token, successor)};
  TG_CO_TRY(const RefreshOutcome outcome,
            co_await sql::write<RefreshOutcome>(
                database_, [rotation, lives = lifetimes(), now = clock_.wall()](Connection& c) {
                  return finish_refresh(c, rotation, lives, now);
                }));
  TG_FAULT("auth.after_refresh_spent");
  if (!outcome.account) {
    log::warning(
        "refresh refused",
        {{"session", outcome.session_id}, {"cause", outcome.cause}, {"request", call.request_id}});
    co_return refresh_failed(outcome.cause);
  }
  if (outcome.sealed_successor.empty()) {
    co_return token_pair(*outcome.account, outcome.session_id, successor);
  }
  const auto answered = open_successor(request.refresh_token, outcome.sealed_successor);
  if (!answered) co_return internal("a sealed successor does not open");
  co_return token_pair(*outcome.account, outcome.session_id, *answered);
}

Task<Result<api::Done>> AuthService::logout(api::Call call, api::Nothing) {
  const std::string session_id(api::session_of_token(call.token_id));
  if (session_id.empty()) co_return not_found("session");
  TG_CO_TRY_VOID(co_await sql::write<bool>(
      database_,
      [session_id, user_id = call.principal.user_id, lives = lifetimes(), now = clock_.wall()](
          Connection& c) { return end_session(c, session_id, user_id, lives, now); }));
  TG_FAULT("auth.after_logout_stored");
  co_return api::Done{.message = "the session is ended"};
}

Task<Result<std::optional<std::string>>> AuthService::setup_token() {
  const std::string token = "tgs_" + encode_base64url(*decode_hex(random_hex(32)));
  TG_CO_TRY(const bool is_needed,
            co_await sql::write<bool>(database_,
                                      [digest = digest_of(token)](Connection& c) -> Result<bool> {
                                        TG_TRY(const std::int64_t admins, count_admins(c));
                                        if (admins > 0) {
                                          TG_TRY_VOID(forget_setting(c, kSetupToken));
                                          return false;
                                        }
                                        TG_TRY_VOID(save_setting(c, kSetupToken, digest));
                                        return true;
                                      }));
  co_return is_needed ? std::optional(token) : std::nullopt;
}

Task<Result<api::TokenPair>> AuthService::setup(api::Call call, api::SetupRequest request) {
  const auto is_right = [digest = digest_of(request.token)](Connection& c) -> Result<bool> {
    TG_TRY(const std::int64_t admins, count_admins(c));
    TG_TRY(const auto expected, load_setting(c, kSetupToken));
    return admins == 0 && expected && equal_constant_time(*expected, digest);
  };
  TG_CO_TRY(const bool may_go_on, co_await sql::read<bool>(database_, is_right));
  if (!may_go_on) co_return setup_failed("before the hash");
  Account account;
  TG_CO_TRY(account.user.email, normal_email("email", request.email));
  TG_CO_TRY(account.user.username,
            normal_username("username",
                            request.username.value_or(username_of_email(account.user.email))));
  TG_CO_TRY(const std::string password, new_password("password", request.password,
                                                     {account.user.username, account.user.email,
                                                      username_of_email(account.user.email)}));
  TG_CO_TRY(account.password_hash, co_await hasher_.hash(password));
  account.user.id = Uuid::random().text();
  account.user.role = api::Role::admin;
  account.user.created_at = account.user.updated_at = clock_.wall();
  const std::string refresh_token = make_refresh_token();
  const NewSession session{.id = Uuid::random().text(),
                           .user_id = account.user.id,
                           .client_address = call.client_address,
                           .refresh_digest = digest_of(refresh_token)};
  TG_CO_TRY(
      const bool made,
      co_await sql::write<bool>(
          database_, [=, lives = lifetimes(), now = clock_.wall()](Connection& c) -> Result<bool> {
            TG_TRY(const bool still_right, is_right(c));
            if (!still_right) return false;
            TG_TRY_VOID(insert_account(c, account));
            TG_TRY_VOID(TG_FAULT_RESULT("auth.setup_before_token_spent"));
            TG_TRY_VOID(forget_setting(c, kSetupToken));
            TG_TRY_VOID(record_login(c, account.user.id, now));
            TG_TRY_VOID(insert_session(c, session, lives, now));
            return true;
          }));
  if (!made) co_return setup_failed("another one was first");
  log::info("first admin created", {{"user", account.user.id}});
  co_return token_pair(account, session.id, refresh_token);
}

Task<Result<api::Listed<api::Session>>> AuthService::sessions(api::Call call, api::Nothing) {
  TG_CO_TRY(auto live,
            co_await sql::read<std::vector<api::Session>>(
                database_, [user_id = call.principal.user_id, now = clock_.wall()](Connection& c) {
                  return live_sessions(c, user_id, now);
                }));
  for (api::Session& session : live) {
    session.current = session.id == api::session_of_token(call.token_id);
  }
  const auto total = static_cast<std::int64_t>(live.size());
  co_return api::Listed<api::Session>{.items = std::move(live), .total = total};
}

Task<Result<api::Done>> AuthService::revoke_session(api::Call call, api::SessionId id) {
  TG_CO_TRY(const bool ended,
            co_await sql::write<bool>(
                database_, [id = id.id, user_id = call.principal.user_id, lives = lifetimes(),
                            now = clock_.wall()](Connection& c) {
                  return end_session(c, id, user_id, lives, now);
                }));
  if (!ended) co_return not_found("session");
  co_return api::Done{.message = "the session is ended"};
}

Task<Result<api::Verification>> AuthService::verification(api::Call, api::Nothing) {
  TG_CO_TRY(
      api::Verification answer,
      co_await sql::read<api::Verification>(
          database_,
          [now = clock_.wall(), lives = lifetimes()](Connection& c) -> Result<api::Verification> {
            api::Verification found;
            TG_TRY(found.revoked_token_ids, revoked_token_ids(c, now));
            // Older changes no longer matter: tokens issued before them have expired.
            TG_TRY(found.user_versions, changed_versions(c, now - lives.access - jwt::kLeeway * 2));
            TG_TRY(const auto deleted, deleted_users(c, now));
            found.user_versions.insert(found.user_versions.end(), deleted.begin(), deleted.end());
            TG_TRY(const std::int64_t admins, count_admins(c));
            found.setup_needed = admins == 0;
            return found;
          }));
  answer.keys = keys_->public_keys();
  co_return answer;
}

}  // namespace tg::auth
