// A post as sources give it, before it is stored. Plain values.
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
// Where an observation comes from, best first: a better source's fields win.
enum class Source { export_file, preview, posts_file };

struct Channel {
  PeerKind kind = PeerKind::channel;
  std::int64_t bare_id = 0;
  std::string title;
  std::optional<std::string> username;
  std::optional<std::int64_t> participants;
  bool is_private = false;  // a chat of its owner: seen by nobody else
  std::optional<std::string> description;
  std::optional<std::string> photo_url;
  std::optional<bool> verified;  // by Telegram

  // The number that API and columns use: a channel's bare id; groups and users are negative, each
  // in a range of their own, so that no two peers share a number.
  std::int64_t id() const;
  // The same peer as Telegram's own clients write it: -100 before a channel's id.
  std::int64_t telegram_id() const;
};
// The peer that id() made this number of, or a channel's -100... form; an error for what no peer
// has. Nothing but kind and bare_id is filled.
Result<Channel> channel_of_id(std::int64_t id);

// What outside files say is believed within these bounds only; there is arithmetic behind them.
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
  std::optional<std::string> media_url;  // of a linked page: what does not expire
  std::optional<std::int64_t> album_id;  // the first item's id, where the source shows albums
  bool is_live = false;                  // came while the channel was watched
  bool edited_is_guess = false;          // `edited` is when that was first seen
  bool is_edited = false;                // and `edited` may be unknown
  // When a page was made that shows the text so; exports do not say.
  std::optional<UnixMillis> seen_at;
  // What else is told. Fields of it that are columns of their own above are not set here.
  api::PostExtra extra;
};

// The one form of a text that every source must come to: valid UTF-8, NFC, \n line ends, no
// zero-width characters (joiners inside emoji stay), plain spaces, no outer space, at most one
// empty line in a row.
std::string canonical_text(std::string_view text);

// UUIDv5 of the identity: peer kind, bare peer id, message id.
Uuid document_id_of(const Channel& channel, std::int64_t message_id);
// https://t.me/...; empty for chats without links.
std::string post_url(const Channel& channel, std::int64_t message_id);

}  // namespace tg::telegram
