// Channels and posts as sources describe them, and their identity. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/post_types.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace tg::telegram {

enum class PeerKind { channel, group, user };
// Where an observation comes from, best first: the fields of a better source win.
enum class Source { export_file, preview, posts_file };

struct Channel {
  PeerKind kind = PeerKind::channel;
  std::int64_t bare_id = 0;
  std::string title;
  std::optional<std::string> username;
  std::optional<std::int64_t> participants;
  bool is_private = false;  // granted to its importer only, not to a space
  std::optional<std::string> description;
  std::optional<std::string> photo_url;
  std::optional<bool> verified;  // by Telegram
  // Whose account the messages belong to, as a user id: Telegram numbers the messages of private
  // chats and basic groups per account, so what two users import is two chats, even if both talk to
  // the same person. Empty for channels and supergroups, which are the same for everybody.
  std::string account;
  // Set once the channel has been looked up in the database; id() returns it.
  std::optional<std::int64_t> stored_id;

  // The id in the API and in the tables: the bare id of a channel; for chats of one account a
  // negative number derived from kind, bare id and account. Its magnitude is below 2^53, so that
  // JavaScript can represent it. Chats stored by older versions keep the id they had.
  std::int64_t id() const;
  // The peer's id in Telegram's own clients: -100 before a channel's id.
  std::int64_t telegram_id() const;
};
// The peer behind a `channel_id`: a bare id, a channel's -100... form, or an id of a group or user
// as older versions made it; fills kind and bare_id. An id derived from an account does not reveal
// its peer: only stored_id is set then, and bare_id is 0. An error for numbers that no peer has.
Result<Channel> channel_of_id(std::int64_t id);

// Bounds on values read from files; arithmetic on them relies on these.
bool is_peer_id(std::int64_t bare_id);        // 1 to 2^52
bool is_message_id(std::int64_t message_id);  // the same, also negative: a migrated group's posts
bool is_post_time(UnixMillis time);           // 2013, when Telegram began, to 2100

struct Post {
  std::int64_t message_id = 0;
  std::string text;  // canonical (see canonical_text)
  UnixMillis date;
  std::optional<UnixMillis> edited;
  std::optional<std::string> author;
  std::optional<std::int64_t> sender_id;
  std::optional<std::int64_t> reply_to;
  std::optional<std::string> forwarded_from;
  std::optional<std::string> media_type;
  std::optional<std::int64_t> views;
  std::optional<std::int64_t> forwards;
  std::optional<std::string> title;      // a bold first line
  std::optional<std::string> media_url;  // only of linked pages: others expire
  std::optional<std::int64_t> album_id;  // the first item's id, where the source shows albums
  bool is_live = false;                  // new when the channel was being watched
  bool edited_is_guess = false;          // `edited` is when the edit was first seen
  bool is_edited = false;                // possibly with `edited` unknown
  // Vouched for: read from t.me by this program, imported by an admin, or of a chat that only one
  // account has. Other spaces that read the same channel see such posts only.
  bool is_shared = false;
  // When the page was made that shows this text; unknown for exports.
  std::optional<UnixMillis> seen_at;
  // Everything else. Fields that are members above are not set in it.
  api::PostExtra extra;
};

// The form in which texts are stored and compared, whatever their source: valid UTF-8, NFC, \n line
// ends, no zero-width characters (joiners inside emoji stay), plain spaces, no leading or trailing
// space, at most one empty line in a row.
std::string canonical_text(std::string_view text);

// UUIDv5 of the identity: peer kind, bare peer id, account (if any), message id.
Uuid document_id_of(const Channel& channel, std::int64_t message_id);
// https://t.me/...; empty for chats whose messages have no links.
std::string post_url(const Channel& channel, std::int64_t message_id);

}  // namespace tg::telegram
