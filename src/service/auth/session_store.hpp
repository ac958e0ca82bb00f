// Sessions, their refresh tokens, and what was revoked, as rows. A session is a family of refresh
// tokens, of which exactly one is not spent. Functions over a connection; each one is a part of its
// caller's transaction. Tokens themselves are never stored: a digest finds them, and the successor
// of a spent one is sealed with it, so that only who holds the old token can open it.
#pragma once

#include <optional>
#include <string>

#include "api/auth_types.hpp"
#include "store/sql.hpp"

namespace tg::auth {

// A refresh token in the client's hand.
std::string make_refresh_token();
std::string digest_of(std::string_view token);
// Opened again only by whoever has `parent`.
std::string seal_successor(std::string_view parent, std::string_view successor);
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
// Spends the parent, if it may be spent, and stores its successor. The session's id, or nullopt.
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
// Ends it with its refresh token and every access token of it; false: there is no such live one.
Result<bool> end_session(sql::Connection& connection, std::string_view session_id,
                         std::string_view user_id, const Lifetimes& lifetimes, UnixMillis now);
Result<void> end_sessions_of(sql::Connection& connection, std::string_view user_id, UnixMillis now);

Result<std::vector<std::string>> revoked_token_ids(sql::Connection& connection, UnixMillis now);
// A deleted user's access tokens outlive the row.
Result<void> remember_deleted(sql::Connection& connection, std::string_view user_id,
                              UnixMillis until);
Result<std::vector<api::UserVersion>> deleted_users(sql::Connection& connection, UnixMillis now);

// Deletes what has no effect any more.
Result<void> purge(sql::Connection& connection, UnixMillis now);

}  // namespace tg::auth
