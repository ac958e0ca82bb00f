// The tables of the telegram service.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::telegram {

inline constexpr std::array kMigrations{sql::Migration{1, "channels, posts, outbox, jobs", R"sql(
CREATE TABLE channels (
  channel_id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  bare_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  username TEXT,
  participants INTEGER,
  watched INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX channels_by_username ON channels (username);
CREATE TABLE channel_grants (
  channel_id INTEGER NOT NULL REFERENCES channels (channel_id) ON DELETE CASCADE,
  grantee TEXT NOT NULL,
  PRIMARY KEY (channel_id, grantee)
);
CREATE TABLE posts (
  channel_id INTEGER NOT NULL REFERENCES channels (channel_id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL,
  document_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  title TEXT,
  date_ms INTEGER NOT NULL,
  edited_ms INTEGER,
  author TEXT,
  sender_id INTEGER,
  reply_to INTEGER,
  forwarded_from TEXT,
  media_type TEXT,
  views INTEGER,
  forwards INTEGER,
  source INTEGER NOT NULL,
  observed_ms INTEGER NOT NULL,
  PRIMARY KEY (channel_id, message_id)
);
CREATE TABLE post_versions (
  channel_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  text TEXT NOT NULL,
  edited_ms INTEGER,
  source INTEGER NOT NULL,
  observed_ms INTEGER NOT NULL,
  PRIMARY KEY (channel_id, message_id, version),
  FOREIGN KEY (channel_id, message_id) REFERENCES posts (channel_id, message_id) ON DELETE CASCADE
);
CREATE TABLE outbox (
  sequence INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  channel_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL
);
CREATE TABLE outbox_position (one INTEGER PRIMARY KEY, last_sequence INTEGER NOT NULL);
INSERT INTO outbox_position VALUES (1, 0);
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  owner TEXT NOT NULL,
  state TEXT NOT NULL,
  request TEXT NOT NULL,
  records INTEGER NOT NULL DEFAULT 0,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER,
  last_sequence INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  result TEXT NOT NULL DEFAULT '{}',
  waiting_until_ms INTEGER,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (created_ms);
)sql"},
                                        sql::Migration{2, "web preview, saved files", R"sql(
ALTER TABLE channels ADD COLUMN checked_ms INTEGER;
ALTER TABLE posts ADD COLUMN edited_is_guess INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN media_url TEXT;
ALTER TABLE posts ADD COLUMN album_id INTEGER;
ALTER TABLE posts ADD COLUMN seen_ms INTEGER;
ALTER TABLE posts ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN checkpoint TEXT NOT NULL DEFAULT '{}';
CREATE TABLE saved_files (
  filename TEXT PRIMARY KEY,
  channel_id INTEGER NOT NULL REFERENCES channels (channel_id) ON DELETE CASCADE,
  created_ms INTEGER NOT NULL
);
)sql"}};

}  // namespace tg::telegram
