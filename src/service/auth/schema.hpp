// The tables of the auth service.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::auth {

inline constexpr std::array kMigrations{
    sql::Migration{1, "users, sessions, refresh tokens, revocations", R"sql(
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  full_name TEXT,
  search_key TEXT NOT NULL,
  role TEXT NOT NULL,
  status TEXT NOT NULL,
  space TEXT NOT NULL,
  user_metadata TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  token_version INTEGER NOT NULL DEFAULT 0,
  version_changed_ms INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  locked_until_ms INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  last_login_ms INTEGER
);
CREATE INDEX users_by_age ON users (created_ms, id);
CREATE INDEX users_by_version_change ON users (version_changed_ms);
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_address TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  last_used_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  cap_ms INTEGER NOT NULL,
  ended_ms INTEGER
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_ms);
CREATE TABLE refresh_tokens (
  digest TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  expires_ms INTEGER NOT NULL,
  spent_ms INTEGER,
  successor_digest TEXT,
  sealed_successor TEXT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE TABLE revocations (
  token_id TEXT PRIMARY KEY,
  until_ms INTEGER NOT NULL
);
CREATE INDEX revocations_by_end ON revocations (until_ms);
CREATE TABLE deleted_users (
  user_id TEXT PRIMARY KEY,
  until_ms INTEGER NOT NULL
);
CREATE TABLE attempts (
  kind TEXT NOT NULL,
  address TEXT NOT NULL,
  at_ms INTEGER NOT NULL
);
CREATE INDEX attempts_by_address ON attempts (kind, address, at_ms);
CREATE INDEX attempts_by_age ON attempts (at_ms);
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql"},
    sql::Migration{2, "attempts moved to the key-value store", "DROP TABLE attempts;"}};

}  // namespace tg::auth
