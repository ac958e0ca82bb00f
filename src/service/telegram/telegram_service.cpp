#include "service/telegram/telegram_service.hpp"

#include <fstream>

#include <fmt/core.h>

#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/log.hpp"
#include "service/telegram/import_job.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/schema.hpp"

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;
using sql::Connection;

// The file goes when its job has ended; until then a crash finds it again.
fs::path upload_path(const fs::path& folder, const std::string& job_id) {
  return folder / "imports" / (job_id + ".upload");
}

}  // namespace

TelegramService::TelegramService(sql::Database& database, ComputePool& pool, const Clock& clock,
                                 Executor executor, TelegramSettings settings)
    : database_(database),
      pool_(pool),
      clock_(clock),
      executor_(executor),
      settings_(std::move(settings)) {}

Task<Result<void>> TelegramService::start() {
  TG_CO_CHECK(disk_files().make_folders(settings_.folder / "imports"));
  TG_CO_CHECK(disk_files().make_folders(settings_.folder / "files"));
  TG_CO_CHECK(co_await database_.migrate(kMigrations));
  TG_CO_TRY(const auto left, co_await sql::read<std::vector<JobRow>>(database_, unfinished_jobs));
  for (const JobRow& row : left) {
    if (row.job.kind == "import") gate_.spawn(executor_, run_import(row.job.id));
  }
  co_return Result<void>();
}

Task<void> TelegramService::stop() {
  stopping_ = true;
  gate_.close();
  acknowledged_.notify();
  events_.notify();
  jobs_changed_.notify();
  gate_.cancel();
  co_await gate_.wait();
}

Task<Result<fs::path>> TelegramService::keep_upload(std::string job_id, api::Upload upload) {
  const fs::path path = upload_path(settings_.folder, job_id);
  TG_CO_TRY(auto file, disk_files().create(path));
  while (true) {
    auto piece = co_await upload.bytes->read();
    if (!piece) {
      static_cast<void>(disk_files().remove(path));
      co_return std::unexpected(piece.error());
    }
    if (!*piece) break;
    TG_CO_CHECK(co_await pool_.run([&file, &piece] { return file->append(**piece); }));
  }
  TG_CO_CHECK(co_await pool_.run([&file] { return file->sync(); }));
  co_return path;
}

Result<fs::path> TelegramService::checked_import_path(const std::string& text) const {
  if (settings_.import_folder.empty()) {
    return fail(Code::forbidden, "forbidden.path",
                "importing by path is switched off: set IMPORT_FOLDER, or upload the file");
  }
  std::error_code error;
  const fs::path root = fs::canonical(settings_.import_folder, error);
  const fs::path path =
      fs::weakly_canonical(fs::path(text).is_absolute() ? fs::path(text) : root / text, error);
  const auto [end, nothing] = std::ranges::mismatch(root, path);
  if (error || (end != root.end() && root != "/"))
    return invalid("path", "must lie in the import folder");
  if (!fs::is_regular_file(path, error)) return invalid("path", "there is no such file");
  return path;
}

Task<Result<api::JobAccepted>> TelegramService::import_posts(api::Call call,
                                                             api::ImportRequest request) {
  JobRow row;
  row.job.id = Uuid::ordered(clock_.wall()).text();
  row.job.kind = "import";
  row.job.created_at = row.job.updated_at = clock_.wall();
  row.owner = json::to_text(json::write(call.principal));
  fs::path file;
  if (request.file) {
    TG_CO_TRY(file, co_await keep_upload(row.job.id, *std::move(request.file)));
  } else if (request.path) {
    if (call.principal.role != api::Role::admin) {
      co_return fail(Code::forbidden, "forbidden.path",
                     "only an admin may import by path; upload the file");
    }
    TG_CO_TRY(file, checked_import_path(*request.path));
  } else {
    co_return invalid("file", "a multipart file is required (or `path` for admins)");
  }
  row.request["file"] = file.string();
  TG_CO_CHECK(
      co_await sql::write<void>(database_, [row](Connection& c) { return insert_job(c, row); }));
  TG_FAULT("import.after_job_commit");
  gate_.spawn(executor_, run_import(row.job.id));
  co_return api::JobAccepted{row.job.id};
}

bool TelegramService::is_cancelled(const std::string& job_id) {
  const std::scoped_lock lock(mutex_);
  return cancelled_.contains(job_id);
}

Task<void> TelegramService::run_import(std::string job_id) {
  auto loaded = co_await sql::read<JobRow>(database_,
                                           [job_id](Connection& c) { return load_job(c, job_id); });
  if (!loaded) {
    log::error("a job cannot be loaded", {{"job", job_id}, {"detail", loaded.error().detail}});
    co_return;
  }
  JobRow row = *std::move(loaded);
  row.job.state = api::JobState::running;
  ImportJob import(database_, pool_, clock_);
  const fs::path file = std::string(row.request.at("file").get_string());
  auto stored = co_await import.run(row, file, [this, job_id](const JobRow&) {
    events_.notify();
    jobs_changed_.notify();
    return !stopping_ && !is_cancelled(job_id);
  });
  if (stopping_) co_return;  // goes on at the next start
  const auto finished = co_await finish_import(row, std::move(stored));
  if (!finished && !stopping_) {
    log::error("a job could not be finished",
               {{"job", job_id}, {"detail", finished.error().detail}});
  }
}

Task<Result<void>> TelegramService::finish_import(JobRow& row, Result<void> stored) {
  TG_CO_CHECK(co_await wait_until_searchable(row.last_sequence, row.job.id));
  TG_FAULT("import.before_done");
  row.job.state = api::JobState::done;
  if (!stored) {
    row.job.state =
        stored.error().reason == "cancelled" ? api::JobState::cancelled : api::JobState::failed;
    row.job.error = stored.error().message;
    if (stored.error().code == Code::internal)
      log::error("import failed", {{"job", row.job.id}, {"detail", stored.error().detail}});
  }
  row.job.updated_at = clock_.wall();
  TG_CO_CHECK(
      co_await sql::write<void>(database_, [row](Connection& c) { return update_job(c, row); }));
  TG_CO_CHECK(disk_files().remove(upload_path(settings_.folder, row.job.id)));
  jobs_changed_.notify();
  co_return Result<void>();
}

Task<Result<void>> TelegramService::wait_until_searchable(std::int64_t sequence,
                                                          std::string job_id) {
  while (true) {
    const std::uint64_t seen = acknowledged_.version();
    TG_CO_TRY(const std::int64_t pending,
              co_await sql::read<std::int64_t>(
                  database_, [sequence](Connection& c) { return pending_events(c, sequence); }));
    if (pending == 0 || is_cancelled(job_id)) co_return Result<void>();
    if (stopping_) co_return unavailable("telegram", "stopping");
    co_await acknowledged_.wait_after(seen, std::chrono::seconds(5));
  }
}

Task<Result<api::Enveloped<api::ChannelList>>> TelegramService::channels(api::Call call,
                                                                         api::Nothing) {
  api::Enveloped<api::ChannelList> reply;
  TG_CO_TRY(reply.data.channels,
            co_await sql::read<std::vector<api::ChannelView>>(
                database_, [p = call.principal](Connection& c) { return list_channels(c, p); }));
  reply.message = fmt::format("{} channels", reply.data.channels.size());
  co_return reply;
}

Task<Result<api::ChannelView>> TelegramService::channel_of(api::Call call, std::string name) {
  co_return co_await sql::read<api::ChannelView>(
      database_, [p = call.principal, name](Connection& c) { return find_channel(c, p, name); });
}

Task<Result<api::Enveloped<api::MessageList>>> TelegramService::messages(api::Call call,
                                                                         api::MessagesQuery query) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, query.id));
  api::Enveloped<api::MessageList> reply;
  TG_CO_TRY(reply.data.messages,
            co_await sql::read<std::vector<api::PostView>>(database_, [=](Connection& c) {
              return list_posts(c, channel.id, query.limit, query.offset_id);
            }));
  reply.message = fmt::format("{} messages", reply.data.messages.size());
  co_return reply;
}

Task<Result<api::Done>> TelegramService::delete_channel(api::Call call, api::ChannelId id) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, id.id));
  TG_CO_TRY(const std::int64_t sequence,
            co_await sql::write<std::int64_t>(database_,
                                              [channel](Connection& c) -> Result<std::int64_t> {
                                                TG_CHECK(telegram::delete_channel(c, channel.id));
                                                return last_sequence(c);
                                              }));
  TG_FAULT("channel.after_delete_commit");
  events_.notify();
  acknowledged_.notify();  // jobs that waited for its posts
  TG_CO_CHECK(co_await wait_until_searchable(sequence, {}));
  co_return api::Done{
      .message = fmt::format("{} was deleted with everything that came from it", channel.title)};
}

Task<Result<api::Done>> TelegramService::grant(api::Call call, api::GrantRequest request) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, request.id));
  TG_CO_CHECK(co_await sql::write<void>(
      database_, [=](Connection& c) { return set_grant(c, channel.id, request.space, true); }));
  co_return api::Done{.message = "granted"};
}

Task<Result<api::Done>> TelegramService::revoke(api::Call call, api::GrantRequest request) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, request.id));
  TG_CO_CHECK(co_await sql::write<void>(
      database_, [=](Connection& c) { return set_grant(c, channel.id, request.space, false); }));
  co_return api::Done{.message = "revoked"};
}

Task<Result<api::PostEvents>> TelegramService::take_events(api::Call,
                                                           api::TakeEventsRequest request) {
  const SteadyTime until = clock_.steady() + std::chrono::milliseconds(request.wait_ms);
  while (true) {
    const std::uint64_t seen = events_.version();
    api::PostEvents reply;
    TG_CO_TRY(reply.events,
              co_await sql::read<std::vector<api::PostEvent>>(database_, [request](Connection& c) {
                return telegram::take_events(c, request.after, request.limit);
              }));
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - clock_.steady());
    if (!reply.events.empty() || left.count() <= 0 || stopping_) co_return reply;
    co_await events_.wait_after(seen, left);
  }
}

Task<Result<api::Done>> TelegramService::acknowledge_events(api::Call,
                                                            api::AcknowledgeEventsRequest request) {
  TG_CO_CHECK(
      co_await sql::write<void>(database_, [s = std::move(request.sequences)](Connection& c) {
        return telegram::acknowledge_events(c, s);
      }));
  acknowledged_.notify();
  co_return api::Done{.message = "acknowledged"};
}

Task<Result<api::VisibleAccess>> TelegramService::visible(api::Call call, api::Nothing) {
  api::VisibleAccess reply;
  TG_CO_TRY(reply.access_keys,
            co_await sql::read<std::vector<std::string>>(
                database_, [p = call.principal](Connection& c) { return visible_keys(c, p); }));
  co_return reply;
}

Task<Result<api::EraseReport>> TelegramService::erase(api::Call, api::Nothing) {
  TG_CO_CHECK(co_await database_.compact());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> TelegramService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database_.check());
  TG_CO_TRY(
      const auto counts, co_await sql::read<sql::Rows>(database_, [](Connection& c) {
        return c.run(
            "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM outbox), "
            "(SELECT count(*) FROM posts p WHERE NOT EXISTS (SELECT 1 FROM post_versions v WHERE "
            "v.channel_id = p.channel_id "
            "AND v.message_id = p.message_id AND v.version = p.version AND v.text = p.text))");
      }));
  report.counts["posts"] = counts[0].integer(0);
  report.counts["outbox"] = counts[0].integer(1);
  if (counts[0].integer(2) != 0)
    report.violations.push_back(
        fmt::format("{} posts differ from their last version", counts[0].integer(2)));
  co_return report;
}

Task<Result<api::Done>> TelegramService::backup(api::Call, api::BackupRequest request) {
  TG_CO_CHECK(disk_files().make_folders(fs::path(request.folder) / "telegram"));
  TG_CO_CHECK(
      co_await database_.copy_to((fs::path(request.folder) / "telegram" / "telegram.db").string()));
  co_return api::Done{.message = "telegram is copied"};
}

Task<Result<api::Health>> TelegramService::health(api::Call, api::Nothing) {
  api::Health health{.service_name = "telegram", .timestamp = clock_.wall(), .details = {}};
  const auto pending = co_await sql::read<std::int64_t>(database_, [](Connection& c) {
    return pending_events(c, std::numeric_limits<std::int64_t>::max());
  });
  if (!pending) {
    health.status = api::HealthStatus::unhealthy;
    health.details["database"] = "failed";
  } else {
    health.details["pending_events"] = *pending;
  }
  health.details["telegram_connected"] = false;
  health.details["telegram_authorized"] = false;
  health.details["kafka_connected"] = false;
  co_return health;
}

}  // namespace tg::telegram
