// The contract of the telegram service: channels, posts, exports, files, jobs, and the feed of
// changes. Implementations are thread-safe.
#pragma once

#include <limits>

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/health_types.hpp"
#include "api/jobs_types.hpp"
#include "api/telegram_types.hpp"

namespace tg::api {

class Telegram {
 public:
  virtual ~Telegram() = default;
  virtual Task<Result<Enveloped<ParsedChannel>>> parse(Call call, ParseRequest request) = 0;
  virtual Task<Result<JobAccepted>> add(Call call, AddChannelRequest request) = 0;
  virtual Task<Result<JobAccepted>> import_posts(Call call, ImportRequest request) = 0;
  virtual Task<Result<Enveloped<ChannelList>>> channels(Call call, Nothing request) = 0;
  virtual Task<Result<Enveloped<JoinedChannel>>> join(Call call, ChannelName request) = 0;
  virtual Task<Result<Enveloped<JoinedChannel>>> leave(Call call, ChannelName request) = 0;
  virtual Task<Result<Enveloped<MessageList>>> messages(Call call, MessagesQuery query) = 0;
  virtual Task<Result<Enveloped<JobAccepted>>> sync(Call call, SyncRequest request) = 0;
  virtual Task<Result<Done>> delete_channel(Call call, ChannelId id) = 0;
  virtual Task<Result<Done>> grant(Call call, GrantRequest request) = 0;
  virtual Task<Result<Done>> revoke(Call call, GrantRequest request) = 0;
  virtual Task<Result<Enveloped<SavedFileList>>> files(Call call, Nothing request) = 0;
  virtual Task<Result<FileReply>> file(Call call, FileName name) = 0;
  virtual Task<Result<std::vector<Job>>> jobs(Call call, JobsQuery query) = 0;
  virtual Task<Result<Job>> job(Call call, JobId id) = 0;
  virtual Task<Result<Stream<Job>>> job_events(Call call, JobId id) = 0;
  virtual Task<Result<Job>> cancel_job(Call call, JobId id) = 0;
  virtual Task<Result<PostEvents>> take_events(Call call, TakeEventsRequest request) = 0;
  virtual Task<Result<Done>> acknowledge_events(Call call, AcknowledgeEventsRequest request) = 0;
  virtual Task<Result<VisibleAccess>> visible(Call call, Nothing request) = 0;
  virtual Task<Result<StoredPosts>> stored_posts(Call call, StoredPostsQuery query) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Telegram> = endpoints(
    endpoint<&Telegram::parse>({.name = "parse",
                                .method = Method::post,
                                .path = "/channels/parse",
                                .needs = Scope::write,
                                .repeatable = true,
                                .summary = "Read the newest posts of a channel, now",
                                .deadline = std::chrono::seconds(60),
                                .may_conflict = true}),
    endpoint<&Telegram::add>(
        {.name = "add",
         .method = Method::post,
         .path = "/channels/add",
         .needs = Scope::write,
         .repeatable = true,
         .summary = "Read a public channel through its web preview and keep watching it",
         .status = 202,
         .may_conflict = true}),
    endpoint<&Telegram::import_posts>(
        {.name = "import",
         .method = Method::post,
         .path = "/channels/import",
         .needs = Scope::write,
         .repeatable = false,
         .summary = "Import a Telegram Desktop export or a posts file",
         .deadline = std::chrono::hours(12),
         .status = 202,
         // A file may be tens of GB; free disk space limits it while it is received.
         .body_limit = std::numeric_limits<std::size_t>::max()}),
    endpoint<&Telegram::channels>({.name = "channels",
                                   .method = Method::get,
                                   .path = "/channels/list",
                                   .needs = Scope::read,
                                   .repeatable = true,
                                   .summary = "The channels that the caller may see"}),
    endpoint<&Telegram::join>({.name = "join",
                               .method = Method::post,
                               .path = "/channels/join",
                               .needs = Scope::admin,
                               .repeatable = true,
                               .summary = "Join a channel with the Telegram account",
                               .query = "?channel_username",
                               .may_be_unsupported = true}),
    endpoint<&Telegram::leave>({.name = "leave",
                                .method = Method::post,
                                .path = "/channels/leave",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Leave a channel with the Telegram account",
                                .query = "?channel_username",
                                .may_be_unsupported = true}),
    endpoint<&Telegram::messages>({.name = "messages",
                                   .method = Method::get,
                                   .path = "/channels/{id}/messages",
                                   .needs = Scope::read,
                                   .repeatable = true,
                                   .summary = "Posts of a channel, newest first"}),
    endpoint<&Telegram::sync>({.name = "sync",
                               .method = Method::post,
                               .path = "/channels/{id}/sync",
                               .needs = Scope::write,
                               .repeatable = true,
                               .summary = "Read a channel's history in the background",
                               .query = "limit",
                               .may_conflict = true}),
    endpoint<&Telegram::delete_channel>(
        {.name = "delete_channel",
         .method = Method::delete_,
         .path = "/channels/{id}",
         // Users delete channels that only they see; the service checks this.
         .needs = Scope::write,
         .repeatable = true,
         .summary = "Delete a channel with everything that came from it",
         .deadline = std::chrono::seconds(60)}),
    endpoint<&Telegram::grant>({.name = "grant",
                                .method = Method::put,
                                .path = "/channels/{id}/spaces/{space}",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Share a channel with a space"}),
    endpoint<&Telegram::revoke>({.name = "revoke",
                                 .method = Method::delete_,
                                 .path = "/channels/{id}/spaces/{space}",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Stop sharing a channel with a space"}),
    endpoint<&Telegram::files>({.name = "files",
                                .method = Method::get,
                                .path = "/files",
                                .needs = Scope::read,
                                .repeatable = true,
                                .summary = "Saved files of posts"}),
    endpoint<&Telegram::file>({.name = "file",
                               .method = Method::get,
                               .path = "/files/{filename}",
                               .needs = Scope::read,
                               .repeatable = true,
                               .summary = "One saved file",
                               .deadline = std::chrono::minutes(10)}),
    endpoint<&Telegram::jobs>({.name = "jobs",
                               .method = Method::get,
                               .path = "/jobs",
                               .needs = Scope::read,
                               .repeatable = true,
                               .summary = "Jobs, newest first"}),
    endpoint<&Telegram::job>({.name = "job",
                              .method = Method::get,
                              .path = "/jobs/{id}",
                              .needs = Scope::read,
                              .repeatable = true,
                              .summary = "One job"}),
    endpoint<&Telegram::job_events>({.name = "job_events",
                                     .method = Method::get,
                                     .path = "/jobs/{id}/events",
                                     .needs = Scope::read,
                                     .repeatable = true,
                                     .summary = "A job's progress as server-sent events",
                                     .deadline = std::chrono::milliseconds(0)}),
    endpoint<&Telegram::cancel_job>({.name = "cancel_job",
                                     .method = Method::delete_,
                                     .path = "/jobs/{id}",
                                     .needs = Scope::write,
                                     .repeatable = true,
                                     .summary = "Cancel a job",
                                     .may_conflict = true}),
    endpoint<&Telegram::take_events>({.name = "take_events",
                                      .method = Method::get,
                                      .path = "/feed",
                                      .needs = Scope::service,
                                      .repeatable = true,
                                      .summary = "Changes of posts that are not searchable yet",
                                      .deadline = std::chrono::seconds(40),
                                      .through_gateway = false}),
    endpoint<&Telegram::acknowledge_events>({.name = "acknowledge_events",
                                             .method = Method::post,
                                             .path = "/feed/acknowledge",
                                             .needs = Scope::service,
                                             .repeatable = true,
                                             .summary = "Changes that are searchable now",
                                             .through_gateway = false}),
    endpoint<&Telegram::visible>({.name = "visible",
                                  .method = Method::get,
                                  .path = "/access/visible",
                                  .needs = Scope::read,
                                  .repeatable = true,
                                  .summary = "Access keys of the posts that the caller may see",
                                  .through_gateway = false}),
    endpoint<&Telegram::stored_posts>({.name = "stored_posts",
                                       .method = Method::get,
                                       .path = "/maintenance/posts",
                                       .needs = Scope::service,
                                       .repeatable = true,
                                       .summary = "Ids and versions of every stored post",
                                       .through_gateway = false}),
    endpoint<&Telegram::erase>({.name = "erase",
                                .method = Method::post,
                                .path = "/maintenance/erase",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Overwrite what was deleted, now",
                                .deadline = std::chrono::minutes(30),
                                .through_gateway = false}),
    endpoint<&Telegram::fsck>({.name = "fsck",
                               .method = Method::get,
                               .path = "/maintenance/fsck",
                               .needs = Scope::admin,
                               .repeatable = true,
                               .summary = "Check the invariants of the stored data",
                               .deadline = std::chrono::minutes(30),
                               .through_gateway = false}),
    endpoint<&Telegram::backup>({.name = "backup",
                                 .method = Method::post,
                                 .path = "/maintenance/backup",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Copy this service's data into a folder",
                                 .deadline = std::chrono::minutes(30),
                                 .through_gateway = false}),
    endpoint<&Telegram::health>({.name = "health",
                                 .method = Method::get,
                                 .path = "/health",
                                 .needs = Scope::open,
                                 .repeatable = true,
                                 .summary = "Health of the service",
                                 .through_gateway = false}));

TG_FORWARD(Telegram, parse, add, import_posts, channels, join, leave, messages, sync,
           delete_channel, grant, revoke, files, file, jobs, job, job_events, cancel_job,
           take_events, acknowledge_events, visible, stored_posts, erase, fsck, backup, health);

}  // namespace tg::api
