#include "service/auth/session_store.hpp"

#include <array>

#include <sodium.h>

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/jwt.hpp"
#include "runtime/fault.hpp"

namespace tg::auth {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

// Longer than the leeway with which tokens are verified.
constexpr std::chrono::seconds kMargin = jwt::kLeeway * 2;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string sealing_key(std::string_view parent) {
  return sha256("successor of " + std::string(parent));
}

// A parent has one successor, so each key encrypts one text only and the nonce can be constant.
constexpr std::array<unsigned char, crypto_secretbox_NONCEBYTES> kNonce{};

Result<void> insert_refresh_token(Connection& connection, std::string_view digest,
                                  std::string_view session_id, UnixMillis expires) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO refresh_tokens (digest, session_id, expires_ms) VALUES ($1, $2, $3)",
      {digest, session_id, to_millis(expires)}));
  return {};
}

Result<void> revoke(Connection& connection, std::string_view token_id, UnixMillis until) {
  TG_TRY_VOID(
      connection.run("INSERT INTO revocations (token_id, until_ms) VALUES ($1, $2) ON "
                     "CONFLICT (token_id) DO UPDATE SET until_ms = excluded.until_ms",
                     {token_id, to_millis(until)}));
  return {};
}

}  // namespace

std::string make_refresh_token() {
  std::array<char, 32> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return "tgr_" + encode_base64url({bytes.data(), bytes.size()});
}

std::string digest_of(std::string_view token) {
  return sha256_hex(token);
}

std::string seal_successor(std::string_view parent, std::string_view successor) {
  std::string sealed(successor.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(reinterpret_cast<unsigned char*>(sealed.data()), octets(successor),
                        successor.size(), kNonce.data(), octets(sealing_key(parent)));
  return encode_base64url(sealed);
}

std::optional<std::string> open_successor(std::string_view parent, std::string_view sealed_text) {
  const auto sealed = decode_base64url(sealed_text);
  if (!sealed || sealed->size() < crypto_secretbox_MACBYTES) return std::nullopt;
  std::string successor(sealed->size() - crypto_secretbox_MACBYTES, '\0');
  const int failed = crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(successor.data()),
                                                octets(*sealed), sealed->size(), kNonce.data(),
                                                octets(sealing_key(parent)));
  if (failed != 0) return std::nullopt;
  return successor;
}

Result<void> insert_session(Connection& connection, const NewSession& session,
                            const Lifetimes& lifetimes, UnixMillis now) {
  const UnixMillis cap = now + lifetimes.session;
  const UnixMillis expires = std::min(cap, now + lifetimes.refresh);
  TG_TRY_VOID(connection.run(
      "INSERT INTO sessions (id, user_id, client_address, created_ms, last_used_ms, expires_ms, "
      "cap_ms) VALUES ($1, $2, $3, $4, $4, $5, $6)",
      {session.id, session.user_id, session.client_address, to_millis(now), to_millis(expires),
       to_millis(cap)}));
  return insert_refresh_token(connection, session.refresh_digest, session.id, expires);
}

Result<std::optional<std::string>> rotate(Connection& connection, const Rotation& rotation,
                                          const Lifetimes& lifetimes, UnixMillis now) {
  TG_TRY(const Rows spent,
         connection.run("UPDATE refresh_tokens SET spent_ms = $2, successor_digest = $3, "
                        "sealed_successor = $4 WHERE digest = $1 AND spent_ms IS NULL AND "
                        "expires_ms > $2 AND EXISTS (SELECT 1 FROM sessions s JOIN users u ON u.id "
                        "= s.user_id WHERE s.id = refresh_tokens.session_id AND s.ended_ms IS NULL "
                        "AND u.status = 'active') RETURNING session_id",
                        {rotation.parent_digest, to_millis(now), rotation.successor_digest,
                         rotation.sealed_successor}));
  if (spent.empty()) return std::nullopt;
  TG_TRY_VOID(TG_FAULT_RESULT("auth.refresh_before_successor"));
  const std::string session_id = spent[0].text(0);
  TG_TRY(const Rows session,
         connection.run("UPDATE sessions SET last_used_ms = $2, expires_ms = CASE WHEN cap_ms < $3 "
                        "THEN cap_ms ELSE $3 END WHERE id = $1 RETURNING expires_ms",
                        {session_id, to_millis(now), to_millis(now + lifetimes.refresh)}));
  TG_TRY_VOID(insert_refresh_token(connection, rotation.successor_digest, session_id,
                                   from_millis(session[0].integer(0))));
  return session_id;
}

Result<std::optional<SpentToken>> find_spent(Connection& connection, std::string_view digest,
                                             UnixMillis now) {
  TG_TRY(const Rows rows,
         connection.run("SELECT t.session_id, t.spent_ms, t.sealed_successor, s.ended_ms IS NULL "
                        "AND s.expires_ms > $2 AND u.status = 'active', EXISTS (SELECT 1 FROM "
                        "refresh_tokens n WHERE n.digest = t.successor_digest AND n.spent_ms IS "
                        "NOT NULL) FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id "
                        "JOIN users u ON u.id = s.user_id WHERE t.digest = $1 AND t.spent_ms IS "
                        "NOT NULL",
                        {digest, to_millis(now)}));
  if (rows.empty()) return std::nullopt;
  return SpentToken{.session_id = rows[0].text(0),
                    .spent_at = from_millis(rows[0].integer(1)),
                    .sealed_successor = rows[0].text(2),
                    .is_session_alive = rows[0].integer(3) != 0,
                    .is_successor_spent = rows[0].integer(4) != 0};
}

Result<std::string> user_of_session(Connection& connection, std::string_view session_id) {
  TG_TRY(const Rows rows,
         connection.run("SELECT user_id FROM sessions WHERE id = $1", {session_id}));
  if (rows.empty()) return not_found("session");
  return rows[0].text(0);
}

Result<std::vector<api::Session>> live_sessions(Connection& connection, std::string_view user_id,
                                                UnixMillis now) {
  TG_TRY(const Rows rows,
         connection.run("SELECT id, created_ms, last_used_ms, expires_ms, client_address FROM "
                        "sessions WHERE user_id = $1 AND ended_ms IS NULL AND expires_ms > $2 "
                        "ORDER BY last_used_ms DESC, id",
                        {user_id, to_millis(now)}));
  std::vector<api::Session> sessions;
  for (const Row& row : rows) {
    sessions.push_back({.id = row.text(0),
                        .created_at = from_millis(row.integer(1)),
                        .last_used_at = from_millis(row.integer(2)),
                        .expires_at = from_millis(row.integer(3)),
                        .client_address = row.text(4)});
  }
  return sessions;
}

Result<bool> end_session(Connection& connection, std::string_view session_id,
                         std::string_view user_id, const Lifetimes& lifetimes, UnixMillis now) {
  TG_TRY(const Rows ended,
         connection.run("UPDATE sessions SET ended_ms = $3, expires_ms = $3 WHERE id = $1 AND "
                        "user_id = $2 AND ended_ms IS NULL RETURNING id",
                        {session_id, user_id, to_millis(now)}));
  if (ended.empty()) return false;
  TG_TRY_VOID(TG_FAULT_RESULT("auth.logout_before_revocation"));
  TG_TRY_VOID(revoke(connection, session_id, now + lifetimes.access + kMargin));
  return true;
}

Result<void> end_sessions_of(Connection& connection, std::string_view user_id, UnixMillis now) {
  TG_TRY_VOID(connection.run(
      "UPDATE sessions SET ended_ms = $2, expires_ms = $2 WHERE user_id = $1 AND ended_ms IS NULL",
      {user_id, to_millis(now)}));
  return {};
}

Result<std::vector<std::string>> revoked_token_ids(Connection& connection, UnixMillis now) {
  TG_TRY(const Rows rows,
         connection.run("SELECT token_id FROM revocations WHERE until_ms > $1", {to_millis(now)}));
  std::vector<std::string> ids;
  for (const Row& row : rows) ids.push_back(row.text(0));
  return ids;
}

Result<void> remember_deleted(Connection& connection, std::string_view user_id, UnixMillis until) {
  TG_TRY_VOID(
      connection.run("INSERT INTO deleted_users (user_id, until_ms) VALUES ($1, $2) ON "
                     "CONFLICT (user_id) DO NOTHING",
                     {user_id, to_millis(until)}));
  return {};
}

Result<std::vector<api::UserVersion>> deleted_users(Connection& connection, UnixMillis now) {
  TG_TRY(const Rows rows,
         connection.run("SELECT user_id FROM deleted_users WHERE until_ms > $1", {to_millis(now)}));
  std::vector<api::UserVersion> users;
  for (const Row& row : rows) users.push_back({row.text(0), -1});
  return users;
}

Result<void> purge(Connection& connection, UnixMillis now) {
  TG_TRY_VOID(connection.run("DELETE FROM sessions WHERE expires_ms <= $1", {to_millis(now)}));
  TG_TRY_VOID(connection.run("DELETE FROM revocations WHERE until_ms <= $1", {to_millis(now)}));
  TG_TRY_VOID(connection.run("DELETE FROM deleted_users WHERE until_ms <= $1", {to_millis(now)}));
  return {};
}

}  // namespace tg::auth
