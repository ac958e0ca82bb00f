// Requests and replies of the telegram service.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/post_types.hpp"
#include "api/stream.hpp"
#include "base/json.hpp"

namespace tg::api {

enum class SaveFormat { json, txt, both };
BOOST_DESCRIBE_ENUM(SaveFormat, json, txt, both)
enum class SyncType { realtime, historical };
BOOST_DESCRIBE_ENUM(SyncType, realtime, historical)

// A post as clients see it. `date` is ISO 8601 with an offset; `channel_id` is ChannelView::id;
// `sender_id` is the bare id of a user, or -100 followed by the bare id of a channel.
struct PostView {
  std::int64_t message_id = 0;
  std::int64_t channel_id = 0;
  std::string channel_title;
  std::optional<std::string> channel_username;
  std::string text;
  std::string date;
  std::optional<std::int64_t> sender_id;
  std::optional<std::int64_t> views;
  std::optional<std::int64_t> forwards;
  std::optional<std::int64_t> reply_to_msg_id;
  std::optional<std::string> media_type;
  std::optional<std::string> media_url;
  SyncType sync_type = SyncType::historical;
  std::optional<PostExtra> extra;
};
BOOST_DESCRIBE_STRUCT(PostView, (),
                      (message_id, channel_id, channel_title, channel_username, text, date,
                       sender_id, views, forwards, reply_to_msg_id, media_type, media_url,
                       sync_type, extra))

struct ChannelView {
  // The bare id of a channel or supergroup. Private chats and basic groups exist once per account
  // that imported them and have a negative id of our own, of a magnitude below 2^53.
  std::int64_t id = 0;
  std::string title;
  std::optional<std::string> username;
  std::optional<std::int64_t> participants_count;
  std::optional<UnixMillis> date;  // of the newest post
  std::int64_t posts = 0;
  bool watched = false;
  std::optional<std::string> description;
  std::optional<std::string> photo_url;
  bool verified = false;  // has Telegram's verification badge
};
BOOST_DESCRIBE_STRUCT(ChannelView, (),
                      (id, title, username, participants_count, date, posts, watched, description,
                       photo_url, verified))

struct ParseRequest {
  std::string channel_username;
  std::int64_t limit = 5;
  std::optional<SaveFormat> save_format;
};
BOOST_DESCRIBE_STRUCT(ParseRequest, (), (channel_username, limit, save_format))
constexpr auto rules_of(const ParseRequest*) {
  return std::array{Rule("channel_username").required().length(1, 256),
                    Rule("limit").range(1, 100)};
}

struct SavedFiles {
  std::optional<std::string> json;
  std::optional<std::string> txt;
};
BOOST_DESCRIBE_STRUCT(SavedFiles, (), (json, txt))

struct ParsedChannel {
  std::vector<PostView> posts;
  ChannelView channel;
  std::int64_t total_parsed = 0;
  SavedFiles files;
};
BOOST_DESCRIBE_STRUCT(ParsedChannel, (), (posts, channel, total_parsed, files))

struct AddChannelRequest {
  std::string channel;
  std::int64_t limit = 1000;
  std::optional<UnixMillis> min_date;
  bool watch = true;
};
BOOST_DESCRIBE_STRUCT(AddChannelRequest, (), (channel, limit, min_date, watch))
constexpr auto rules_of(const AddChannelRequest*) {
  return std::array{Rule("channel").required().length(1, 256), Rule("limit").range(1, 1e7)};
}

// Either an uploaded file, or, for admins, a path under the configured import folder.
struct ImportRequest {
  std::optional<std::string> path;
  std::optional<Upload> file;
};
BOOST_DESCRIBE_STRUCT(ImportRequest, (), (path, file))

struct ChannelName {
  std::string channel_username;
};
BOOST_DESCRIBE_STRUCT(ChannelName, (), (channel_username))
constexpr auto rules_of(const ChannelName*) {
  return std::array{Rule("channel_username").required().length(1, 256)};
}

struct JoinedChannel {
  std::int64_t channel_id = 0;
  std::string channel_title;
  std::optional<std::string> channel_username;
};
BOOST_DESCRIBE_STRUCT(JoinedChannel, (), (channel_id, channel_title, channel_username))

struct ChannelList {
  std::vector<ChannelView> channels;
};
BOOST_DESCRIBE_STRUCT(ChannelList, (), (channels))

struct MessagesQuery {
  std::string id;  // id, -100... form, username or title
  std::int64_t limit = 50;
  std::optional<std::int64_t> offset_id;  // only posts with smaller ids
};
BOOST_DESCRIBE_STRUCT(MessagesQuery, (), (id, limit, offset_id))
constexpr auto rules_of(const MessagesQuery*) {
  return std::array{Rule("limit").range(1, 1000)};
}

struct MessageList {
  std::vector<PostView> messages;
};
BOOST_DESCRIBE_STRUCT(MessageList, (), (messages))

struct SyncRequest {
  std::string id;
  std::int64_t limit = 1000;
};
BOOST_DESCRIBE_STRUCT(SyncRequest, (), (id, limit))
constexpr auto rules_of(const SyncRequest*) {
  return std::array{Rule("limit").range(1, 1e7)};
}

struct ChannelId {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(ChannelId, (), (id))

struct SavedFile {
  std::string filename;
  std::int64_t size = 0;
  UnixMillis created;
};
BOOST_DESCRIBE_STRUCT(SavedFile, (), (filename, size, created))

struct SavedFileList {
  std::vector<SavedFile> files;
};
BOOST_DESCRIBE_STRUCT(SavedFileList, (), (files))

struct FileName {
  std::string filename;
};
BOOST_DESCRIBE_STRUCT(FileName, (), (filename))

struct GrantRequest {
  std::string id;  // channel
  std::string space;
};
BOOST_DESCRIBE_STRUCT(GrantRequest, (), (id, space))
constexpr auto rules_of(const GrantRequest*) {
  return std::array{Rule("space").required().length(1, 64)};
}

// A change that the document service has yet to make searchable, with the post as it is now.
enum class PostEventKind { post, post_deleted, channel_deleted };
BOOST_DESCRIBE_ENUM(PostEventKind, post, post_deleted, channel_deleted)

struct PostEvent {
  std::int64_t sequence = 0;  // increases within one telegram service; acknowledged by it
  std::string event_id;       // UUID, for deduplication
  PostEventKind kind = PostEventKind::post;
  std::string document_id;  // UUIDv5 of the post's identity
  std::int64_t version = 1;
  PostView post;
  std::optional<std::string> author;
  std::optional<UnixMillis> edited_at;
  std::optional<std::string> forwarded_from;
  std::string url;  // https://t.me/name/id; empty where there is none
  std::optional<std::string> title;
  // False: visible to those for whom the channel was brought in, not to its guests.
  bool is_shared = true;
};
BOOST_DESCRIBE_STRUCT(PostEvent, (),
                      (sequence, event_id, kind, document_id, version, post, author, edited_at,
                       forwarded_from, url, title, is_shared))

// The oldest events that are not acknowledged, including those that the same caller has taken
// before: a caller has one batch in progress.
struct TakeEventsRequest {
  std::int64_t limit = 256;
  std::int64_t wait_ms = 0;  // if there are none, wait for one up to this long
};
BOOST_DESCRIBE_STRUCT(TakeEventsRequest, (), (limit, wait_ms))
constexpr auto rules_of(const TakeEventsRequest*) {
  return std::array{Rule("limit").range(1, 2000), Rule("wait_ms").range(0, 30000)};
}

struct PostEvents {
  std::vector<PostEvent> events;
};
BOOST_DESCRIBE_STRUCT(PostEvents, (), (events))

// These events are in the index and are not delivered again.
struct AcknowledgeEventsRequest {
  std::vector<std::int64_t> sequences;
};
BOOST_DESCRIBE_STRUCT(AcknowledgeEventsRequest, (), (sequences))

struct VisibleAccess {
  std::vector<std::string> access_keys;  // of granted channels
};
BOOST_DESCRIBE_STRUCT(VisibleAccess, (), (access_keys))

struct EraseReport {
  std::int64_t rows = 0;
  std::int64_t files = 0;
};
BOOST_DESCRIBE_STRUCT(EraseReport, (), (rows, files))

// Every stored post, ordered by channel and message id, for `fsck`: a page begins after the last
// post of the one before.
struct StoredPostsQuery {
  std::optional<std::int64_t> after_channel;
  std::optional<std::int64_t> after_message;
  std::int64_t limit = 5000;
};
BOOST_DESCRIBE_STRUCT(StoredPostsQuery, (), (after_channel, after_message, limit))
constexpr auto rules_of(const StoredPostsQuery*) {
  return std::array{Rule("limit").range(1, 10000)};
}

struct StoredPost {
  std::int64_t channel_id = 0;
  std::int64_t message_id = 0;
  std::string document_id;
  std::int64_t version = 0;
  bool is_pending = false;  // an event of it is not acknowledged yet
};
BOOST_DESCRIBE_STRUCT(StoredPost, (), (channel_id, message_id, document_id, version, is_pending))

struct StoredPosts {
  std::vector<StoredPost> posts;
  std::vector<std::int64_t> deleted_channels;  // whose deletion is not acknowledged yet
};
BOOST_DESCRIBE_STRUCT(StoredPosts, (), (posts, deleted_channels))

// What `fsck` found in a service; no violations: all is consistent.
struct FsckReport {
  std::vector<std::string> violations;
  json::Object counts;
};
BOOST_DESCRIBE_STRUCT(FsckReport, (), (violations, counts))

struct BackupRequest {
  std::string folder;  // on the machine of the service
};
BOOST_DESCRIBE_STRUCT(BackupRequest, (), (folder))
constexpr auto rules_of(const BackupRequest*) {
  return std::array{Rule("folder").required().length(1, 4096)};
}

}  // namespace tg::api
