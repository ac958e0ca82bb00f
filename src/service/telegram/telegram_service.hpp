// Implements api::Telegram over a database of its own. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "api/telegram.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/degradation.hpp"
#include "runtime/disk_guard.hpp"
#include "runtime/gate.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/job_runner.hpp"
#include "service/telegram/pacing.hpp"
#include "service/telegram/pending_files.hpp"
#include "service/telegram/posts_files.hpp"
#include "service/telegram/preview_job.hpp"
#include "service/telegram/preview_source.hpp"
#include "service/telegram/telegram_settings.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

// What the program supplies.
struct TelegramParts {
  std::filesystem::path folder;         // DATA/telegram
  std::filesystem::path import_folder;  // of imports by path; empty: not allowed
  std::uint64_t keep_free_bytes = DiskGuard::kKeepFreeBytes;  // on the disk of `folder`
  std::string version;                                        // of the program, for health
  bool watches = false;  // read new posts of watched channels: servers do, commands do not
  Backoff backoff = {};
  // Instead of waiting; for tests.
  std::function<Task<void>(std::chrono::milliseconds)> pause = {};
};

class TelegramService final : public api::Telegram {
 public:
  // `bus` appends in `database`.
  TelegramService(sql::Database& database, store::Bus& bus, ComputePool& pool, const Clock& clock,
                  Executor executor, TelegramSettings settings, TelegramParts parts);

  // Migrates the database and resumes the jobs of a former process.
  Task<Result<void>> start();
  // Ends event streams and running jobs, which continue at the next start: for a server before it
  // drains its connections.
  Task<void> end_streams() { return stop(); }
  // Idempotent.
  Task<void> stop();

  Task<Result<api::Enveloped<api::ParsedChannel>>> parse(api::Call call,
                                                         api::ParseRequest request) override;
  Task<Result<api::JobAccepted>> add(api::Call call, api::AddChannelRequest request) override;
  Task<Result<api::JobAccepted>> import_posts(api::Call call, api::ImportRequest request) override;
  Task<Result<api::Enveloped<api::ChannelList>>> channels(api::Call call,
                                                          api::Nothing request) override;
  Task<Result<api::Enveloped<api::JoinedChannel>>> join(api::Call call,
                                                        api::ChannelName request) override;
  Task<Result<api::Enveloped<api::JoinedChannel>>> leave(api::Call call,
                                                         api::ChannelName request) override;
  Task<Result<api::Enveloped<api::MessageList>>> messages(api::Call call,
                                                          api::MessagesQuery query) override;
  Task<Result<api::Enveloped<api::JobAccepted>>> sync(api::Call call,
                                                      api::SyncRequest request) override;
  Task<Result<api::Done>> delete_channel(api::Call call, api::ChannelId id) override;
  Task<Result<api::Done>> grant(api::Call call, api::GrantRequest request) override;
  Task<Result<api::Done>> revoke(api::Call call, api::GrantRequest request) override;
  Task<Result<api::Enveloped<api::SavedFileList>>> files(api::Call call,
                                                         api::Nothing request) override;
  Task<Result<api::FileReply>> file(api::Call call, api::FileName name) override;
  Task<Result<std::vector<api::Job>>> jobs(api::Call call, api::JobsQuery query) override;
  Task<Result<api::Job>> job(api::Call call, api::JobId id) override;
  Task<Result<api::Stream<api::Job>>> job_events(api::Call call, api::JobId id) override;
  Task<Result<api::Job>> cancel_job(api::Call call, api::JobId id) override;
  Task<Result<api::PostEvents>> take_events(api::Call call,
                                            api::TakeEventsRequest request) override;
  Task<Result<api::Done>> acknowledge_events(api::Call call,
                                             api::AcknowledgeEventsRequest request) override;
  Task<Result<api::VisibleAccess>> visible(api::Call call, api::Nothing request) override;
  Task<Result<api::StoredPosts>> stored_posts(api::Call call, api::StoredPostsQuery query) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  class JobEvents;

  // telegram_jobs.cpp
  JobRunner::Work job_work();
  Task<Result<JobRow>> load(api::Call call, std::string id);

  // telegram_import.cpp
  Task<Result<void>> run_import(JobRow* row);
  Task<Result<PendingFiles::Draft>> keep_upload(std::string job_id, api::Upload upload);
  // An upload is kept until its job has ended.
  Result<void> drop_upload(const JobRow& row) const;
  // Removes uploads that no unfinished job needs.
  Task<Result<void>> sweep_uploads();
  Result<std::filesystem::path> checked_import_path(const std::string& path) const;

  // telegram_preview.cpp
  Task<Result<void>> run_reading(JobRow* row);
  PreviewTools preview_tools(std::string job_id);
  Task<Result<api::JobAccepted>> start_reading(api::Call call, std::string kind,
                                               ReadRequest request);
  Task<Result<api::ParsedChannel>> read_newest(api::Call call, std::string name,
                                               std::int64_t limit);
  Task<Result<std::int64_t>> keep_parsed(const PreviewPage* page, api::Principal principal,
                                         std::int64_t limit);

  // telegram_watch.cpp
  Task<void> watch();
  Task<Result<std::chrono::milliseconds>> watch_next();
  Task<Result<void>> read_news(WatchedChannel watched);
  Task<Result<std::optional<std::int64_t>>> keep_news(std::int64_t channel_id,
                                                      const PreviewPage* page,
                                                      std::optional<std::int64_t> asked);

  // telegram_upkeep.cpp
  Task<void> measure_feed();
  Task<Result<void>> copy_folders(std::filesystem::path to);

  // telegram_files.cpp
  Task<Result<void>> save_files(api::ParsedChannel* parsed, std::string name,
                                api::SaveFormat format);
  std::vector<PendingFiles::Draft> name_files(PostsFile& file, api::SaveFormat format);
  Task<Result<void>> drop_files(std::vector<std::string> names);
  Task<Result<void>> sweep_files();

  Task<Result<void>> stop_readers(std::optional<std::string> username);
  Task<Result<ManagedChannel>> managed_channel(api::Call call, std::string name);
  Task<Result<std::int64_t>> remove_channel(std::int64_t channel_id);
  Task<Result<api::ChannelView>> channel_of(api::Call call, std::string name);

  sql::Database& database_;
  Feed feed_;
  ComputePool& pool_;
  const Clock& clock_;
  Degradation degradation_{"telegram", clock_};  // since when a part has been unavailable
  Executor executor_;
  const TelegramSettings settings_;
  const TelegramParts parts_;
  const DiskGuard disk_;
  PreviewSource source_;
  Pacer pacer_;
  PendingFiles pending_;
  Gate gate_;
  JobRunner runner_;
};

}  // namespace tg::telegram
