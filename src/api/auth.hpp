// Contract of the auth service: users, passwords, tokens, sessions. Implementations are
// thread-safe: methods are called on any loop.
#pragma once

#include "api/auth_types.hpp"
#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/health_types.hpp"
#include "api/telegram_types.hpp"

namespace tg::api {

class Auth {
 public:
  virtual ~Auth() = default;
  virtual Task<Result<User>> register_user(Call call, RegisterRequest request) = 0;
  virtual Task<Result<TokenPair>> login(Call call, LoginRequest request) = 0;
  virtual Task<Result<TokenPair>> refresh(Call call, RefreshRequest request) = 0;
  virtual Task<Result<Done>> logout(Call call, Nothing request) = 0;
  virtual Task<Result<TokenPair>> setup(Call call, SetupRequest request) = 0;
  virtual Task<Result<User>> me(Call call, Nothing request) = 0;
  virtual Task<Result<User>> update_me(Call call, UpdateMeRequest request) = 0;
  virtual Task<Result<User>> change_password(Call call, ChangePasswordRequest request) = 0;
  virtual Task<Result<Listed<User>>> users(Call call, UsersQuery query) = 0;
  virtual Task<Result<User>> user(Call call, UserId id) = 0;
  virtual Task<Result<User>> update_user(Call call, UpdateUserRequest request) = 0;
  virtual Task<Result<Done>> delete_user(Call call, UserId id) = 0;
  virtual Task<Result<User>> activate(Call call, UserId id) = 0;
  virtual Task<Result<User>> deactivate(Call call, UserId id) = 0;
  virtual Task<Result<UserStatistics>> statistics(Call call, Nothing request) = 0;
  virtual Task<Result<Listed<Session>>> sessions(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> revoke_session(Call call, SessionId id) = 0;
  virtual Task<Result<RegistrationSetting>> registration(Call call, Nothing request) = 0;
  virtual Task<Result<RegistrationSetting>> set_registration(Call call,
                                                             RegistrationSetting setting) = 0;
  virtual Task<Result<Verification>> verification(Call call, Nothing request) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Auth> = endpoints(
    endpoint<&Auth::register_user>({.name = "register",
                                    .method = Method::post,
                                    .path = "/auth/register",
                                    .needs = Scope::open,
                                    .repeatable = false,
                                    .summary = "Make an account",
                                    .status = 201,
                                    .may_conflict = true}),
    endpoint<&Auth::login>({.name = "login",
                            .method = Method::post,
                            .path = "/auth/login",
                            .needs = Scope::open,
                            .repeatable = false,
                            .summary = "Get an access and a refresh token"}),
    endpoint<&Auth::refresh>({.name = "refresh",
                              .method = Method::post,
                              .path = "/auth/refresh",
                              .needs = Scope::open,
                              .repeatable = false,
                              .summary = "Exchange the refresh token for a new pair",
                              .query = "?refresh_token"}),
    endpoint<&Auth::logout>({.name = "logout",
                             .method = Method::post,
                             .path = "/auth/logout",
                             .needs = Scope::read,
                             .repeatable = true,
                             .summary = "Revoke this access token and its refresh family"}),
    endpoint<&Auth::setup>(
        {.name = "setup",
         .method = Method::post,
         .path = "/auth/setup",
         .needs = Scope::open,
         .repeatable = false,
         .summary = "Make the first admin with the one-time token printed at the first start"}),
    endpoint<&Auth::me>({.name = "me",
                         .method = Method::get,
                         .path = "/auth/me",
                         .needs = Scope::read,
                         .repeatable = true,
                         .summary = "The caller"}),
    endpoint<&Auth::update_me>({.name = "update_me",
                                .method = Method::put,
                                .path = "/auth/me",
                                .needs = Scope::read,
                                .repeatable = true,
                                .summary = "Change the caller's own data",
                                .may_conflict = true}),
    endpoint<&Auth::change_password>({.name = "change_password",
                                      .method = Method::post,
                                      .path = "/auth/change-password",
                                      .needs = Scope::read,
                                      .repeatable = false,
                                      .summary = "Change the password; ends every session"}),
    endpoint<&Auth::users>({.name = "users",
                            .method = Method::get,
                            .path = "/auth/users",
                            .needs = Scope::admin,
                            .repeatable = true,
                            .summary = "List users"}),
    endpoint<&Auth::user>({.name = "user",
                           .method = Method::get,
                           .path = "/auth/users/{id}",
                           .needs = Scope::admin,
                           .repeatable = true,
                           .summary = "One user"}),
    endpoint<&Auth::update_user>({.name = "update_user",
                                  .method = Method::put,
                                  .path = "/auth/users/{id}",
                                  .needs = Scope::admin,
                                  .repeatable = true,
                                  .summary = "Change a user",
                                  .may_conflict = true}),
    endpoint<&Auth::delete_user>({.name = "delete_user",
                                  .method = Method::delete_,
                                  .path = "/auth/users/{id}",
                                  .needs = Scope::admin,
                                  .repeatable = true,
                                  .summary = "Delete a user",
                                  .may_conflict = true}),
    endpoint<&Auth::activate>({.name = "activate",
                               .method = Method::post,
                               .path = "/auth/users/{id}/activate",
                               .needs = Scope::admin,
                               .repeatable = true,
                               .summary = "Let a user in again"}),
    endpoint<&Auth::deactivate>({.name = "deactivate",
                                 .method = Method::post,
                                 .path = "/auth/users/{id}/deactivate",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Lock a user out; ends every session",
                                 .may_conflict = true}),
    endpoint<&Auth::statistics>({.name = "statistics",
                                 .method = Method::get,
                                 .path = "/auth/statistics",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Counts of users"}),
    endpoint<&Auth::sessions>({.name = "sessions",
                               .method = Method::get,
                               .path = "/auth/sessions",
                               .needs = Scope::read,
                               .repeatable = true,
                               .summary = "The caller's sessions"}),
    endpoint<&Auth::revoke_session>({.name = "revoke_session",
                                     .method = Method::delete_,
                                     .path = "/auth/sessions/{id}",
                                     .needs = Scope::read,
                                     .repeatable = true,
                                     .summary = "End one of the caller's sessions"}),
    endpoint<&Auth::registration>({.name = "registration",
                                   .method = Method::get,
                                   .path = "/auth/registration",
                                   .needs = Scope::admin,
                                   .repeatable = true,
                                   .summary = "Whether anyone may register"}),
    endpoint<&Auth::set_registration>({.name = "set_registration",
                                       .method = Method::put,
                                       .path = "/auth/registration",
                                       .needs = Scope::admin,
                                       .repeatable = true,
                                       .summary = "Open or close registration"}),
    endpoint<&Auth::verification>({.name = "verification",
                                   .method = Method::get,
                                   .path = "/auth/verification",
                                   .needs = Scope::service,
                                   .repeatable = true,
                                   .summary = "Keys and revocations for the gateway",
                                   .through_gateway = false}),
    endpoint<&Auth::erase>({.name = "erase",
                            .method = Method::post,
                            .path = "/maintenance/erase",
                            .needs = Scope::admin,
                            .repeatable = true,
                            .summary = "Overwrite what was deleted, now",
                            .deadline = std::chrono::minutes(30),
                            .through_gateway = false}),
    endpoint<&Auth::fsck>({.name = "fsck",
                           .method = Method::get,
                           .path = "/maintenance/fsck",
                           .needs = Scope::admin,
                           .repeatable = true,
                           .summary = "Check the invariants of the stored data",
                           .deadline = std::chrono::minutes(30),
                           .through_gateway = false}),
    endpoint<&Auth::backup>({.name = "backup",
                             .method = Method::post,
                             .path = "/maintenance/backup",
                             .needs = Scope::admin,
                             .repeatable = true,
                             .summary = "Copy this service's data into a folder",
                             .deadline = std::chrono::minutes(30),
                             .through_gateway = false}),
    endpoint<&Auth::health>({.name = "health",
                             .method = Method::get,
                             .path = "/health",
                             .needs = Scope::open,
                             .repeatable = true,
                             .summary = "Health of the service",
                             .through_gateway = false}));

TG_FORWARD(Auth, register_user, login, refresh, logout, setup, me, update_me, change_password,
           users, user, update_user, delete_user, activate, deactivate, statistics, sessions,
           revoke_session, registration, set_registration, verification, erase, fsck, backup,
           health);

}  // namespace tg::api
