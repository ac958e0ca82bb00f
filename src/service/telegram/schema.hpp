// The tables of the telegram service, and how databases of older versions are upgraded.
#pragma once

#include <array>

#include "store/bus.hpp"
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
)sql"},
                                        sql::Migration{3, "all that sources tell", R"sql(
ALTER TABLE channels ADD COLUMN description TEXT;
ALTER TABLE channels ADD COLUMN photo_url TEXT;
ALTER TABLE channels ADD COLUMN verified INTEGER;
ALTER TABLE channels ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN extra TEXT;
ALTER TABLE channel_grants ADD COLUMN is_guest INTEGER NOT NULL DEFAULT 0;
)sql"},
                                        sql::Migration{4, "the bus's outbox", store::kOutboxTables},
                                        // Waiting jobs keep their sequence numbers, so no number is
                                        // used twice, even if the old table is empty.
                                        sql::Migration{5, "events onto the bus", R"sql(
INSERT INTO outbox_events (place, event_id, topic, key, type, payload)
  SELECT sequence, event_id, 'telegram_messages', CAST(channel_id AS TEXT), kind,
         '{"channel_id":' || channel_id || ',"message_id":' || message_id || '}' FROM outbox;
INSERT INTO outbox_events (place, event_id, topic, key, type, payload)
  SELECT last_sequence, '', '', '', '', '' FROM outbox_position WHERE last_sequence > 0
  ON CONFLICT DO NOTHING;
DELETE FROM outbox_events WHERE topic = '';
DROP TABLE outbox;
DROP TABLE outbox_position;
)sql"},
                                        // Posts files used to be over-interpreted: numbers became
                                        // usernames, and private chats were granted to the
                                        // importer's space. They go back to the importer, known
                                        // from the job; without a job, nobody sees the chat until
                                        // it is imported again.
                                        sql::Migration{6, "names and private chats mended", R"sql(
UPDATE channels SET username = NULL WHERE username NOT GLOB '[A-Za-z]*';
INSERT INTO channel_grants (channel_id, grantee)
  SELECT c.channel_id, 'user:' || json_extract(j.owner, '$.user_id')
  FROM channels c, jobs j, json_each(j.result, '$.channels') told
  WHERE c.kind IN ('group', 'user') AND j.kind = 'import'
    AND json_extract(told.value, '$.channel_id') = c.channel_id
    AND json_extract(j.owner, '$.user_id') <> ''
    AND NOT EXISTS (SELECT 1 FROM channel_grants g WHERE g.channel_id = c.channel_id
                    AND g.grantee LIKE 'user:%')
    AND NOT EXISTS (SELECT 1 FROM jobs e, json_each(e.result, '$.channels') t
                    WHERE e.kind = 'import' AND json_extract(t.value, '$.channel_id') = c.channel_id
                    AND e.created_ms < j.created_ms)
  ON CONFLICT DO NOTHING;
DELETE FROM channel_grants WHERE grantee LIKE 'space:%' AND channel_id IN
  (SELECT channel_id FROM channels WHERE kind IN ('group', 'user'));
UPDATE channels SET is_public = 1 WHERE kind = 'channel' AND username IS NOT NULL;
)sql"},
                                        // A file's claim that a channel is public grants nothing.
                                        sql::Migration{7, "public channels by reading them", R"sql(
ALTER TABLE channels DROP COLUMN is_public;
)sql"},
                                        // Watching once stopped at the newest stored post, so
                                        // that posts may be missing below it: watched channels
                                        // are read again down to their oldest post of the preview.
                                        sql::Migration{8, "watching without gaps", R"sql(
ALTER TABLE channels ADD COLUMN read_to INTEGER;
ALTER TABLE channels ADD COLUMN gap_top INTEGER;
ALTER TABLE channels ADD COLUMN gap_before INTEGER;
UPDATE channels SET read_to = (SELECT min(p.message_id) FROM posts p
  WHERE p.channel_id = channels.channel_id AND p.source = 1) WHERE watched = 1;
)sql"},
                                        // Private chats with the same person were one chat for all
                                        // who imported one: it stays with whoever came first, the
                                        // others import theirs again.
                                        sql::Migration{9, "chats belong to accounts", R"sql(
ALTER TABLE channels ADD COLUMN account TEXT NOT NULL DEFAULT '';
DELETE FROM channel_grants WHERE channel_id IN
  (SELECT channel_id FROM channels WHERE kind IN ('group', 'user'))
  AND EXISTS (SELECT 1 FROM channel_grants first WHERE first.channel_id = channel_grants.channel_id
              AND first.rowid < channel_grants.rowid);
UPDATE channels SET account = coalesce((SELECT substr(g.grantee, 6) FROM channel_grants g
  WHERE g.channel_id = channels.channel_id AND g.grantee LIKE 'user:%'), '')
  WHERE kind IN ('group', 'user');
CREATE UNIQUE INDEX channels_by_peer ON channels (kind, bare_id, account);
)sql"},
                                        // Posts from files are indexed again, under the access key
                                        // that guests do not have.
                                        sql::Migration{10, "what guests may see", R"sql(
ALTER TABLE posts ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
UPDATE posts SET is_shared = 1 WHERE source = 1 OR channel_id IN
  (SELECT channel_id FROM channels WHERE kind <> 'channel');
CREATE INDEX posts_by_date ON posts (channel_id, is_shared, date_ms);
ALTER TABLE saved_files ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;
INSERT INTO outbox_events (event_id, topic, key, type, payload)
  SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' ||
         substr(hex(randomblob(2)), 2) || '-8' || substr(hex(randomblob(2)), 2) || '-' ||
         hex(randomblob(6))),
         'telegram_messages', CAST(channel_id AS TEXT), 'post',
         '{"channel_id":' || channel_id || ',"message_id":' || message_id || '}'
  FROM posts WHERE is_shared = 0 ORDER BY channel_id, message_id;
)sql"}};

}  // namespace tg::telegram
