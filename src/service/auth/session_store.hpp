// Repository of sessions, refresh tokens and revocations. A session is a family of refresh tokens,
// of which exactly one is unspent. Functions over a connection, to be used in the caller's
// transaction. Tokens are stored as digests only; the successor of a spent token is encrypted with
// a key derived from that token, so that only its holder can decrypt it.
#pragma once

#include <optional>
#include <string>

#include "api/auth_types.hpp"
#include "store/sql.hpp"

namespace tg::auth {

// A new random refresh token, as given to the client.
std::string make_refresh_token();
std::string digest_of(std::string_view token);
// Encrypts `successor` with a key derived from `parent`.
std::string seal_successor(std::string_view parent, std::string_view successor);
// Decrypts it; nullopt if `parent` is another token or `sealed` is damaged.
std::optional<std::string> open_successor(std::string_view parent, std::string_view sealed);

struct Lifetimes {
  std::chrono::seconds access;
  std::chrono::seconds refresh;
  std::chrono::seconds session;
};

struct NewSession {
  std::string id;
  std::string user_id;
  std::string client_address;
  std::string refresh_digest;
};

Result<void> insert_session(sql::Connection& connection, const NewSession& session,
                            const Lifetimes& lifetimes, UnixMillis now);

struct Rotation {
  std::string parent_digest;
  std::string successor_digest;
  std::string sealed_successor;
};
// Spends the parent and stores its successor. Returns the session's id; nullopt if the parent is
// unknown, spent or expired, or its session has ended.
Result<std::optional<std::string>> rotate(sql::Connection& connection, const Rotation& rotation,
                                          const Lifetimes& lifetimes, UnixMillis now);

struct SpentToken {
  std::string session_id;
  UnixMillis spent_at{};
  std::string sealed_successor;
  bool is_session_alive = false;
  bool is_successor_spent = false;
};
Result<std::optional<SpentToken>> find_spent(sql::Connection& connection, std::string_view digest,
                                             UnixMillis now);

Result<std::string> user_of_session(sql::Connection& connection, std::string_view session_id);
Result<std::vector<api::Session>> live_sessions(sql::Connection& connection,
                                                std::string_view user_id, UnixMillis now);
// Ends a session and revokes its refresh token and access tokens; false if there is no such live
// session of the user.
Result<bool> end_session(sql::Connection& connection, std::string_view session_id,
                         std::string_view user_id, const Lifetimes& lifetimes, UnixMillis now);
Result<void> end_sessions_of(sql::Connection& connection, std::string_view user_id, UnixMillis now);

Result<std::vector<std::string>> revoked_token_ids(sql::Connection& connection, UnixMillis now);
// Keeps a deleted user's access tokens invalid until they expire.
Result<void> remember_deleted(sql::Connection& connection, std::string_view user_id,
                              UnixMillis until);
Result<std::vector<api::UserVersion>> deleted_users(sql::Connection& connection, UnixMillis now);

// Deletes expired sessions, revocations and deleted users.
Result<void> purge(sql::Connection& connection, UnixMillis now);

}  // namespace tg::auth
