// The part of the telegram service for other services and for maintenance: the feed of changes,
// erase, fsck, backup, health.
#include <fmt/core.h>

#include "api/health_report.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/files.hpp"
#include "runtime/metrics.hpp"
#include "service/telegram/saved_file_store.hpp"
#include "service/telegram/stored_posts.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

namespace fs = std::filesystem;
using sql::Connection;

Task<Result<api::PostEvents>> TelegramService::take_events(api::Call call,
                                                           api::TakeEventsRequest request) {
  api::PostEvents reply;
  TG_CO_TRY(reply.events, co_await feed_.take(call.principal.user_id, request));
  co_return reply;
}

Task<Result<api::Done>> TelegramService::acknowledge_events(api::Call,
                                                            api::AcknowledgeEventsRequest request) {
  TG_CO_TRY_VOID(co_await feed_.acknowledge(std::move(request.sequences)));
  runner_.note_acknowledged();
  co_return api::Done{.message = "acknowledged"};
}

// Reading /metrics must not query the database, so the gauge is updated here every few seconds.
Task<void> TelegramService::measure_feed() {
  metrics::Gauge& depth = metrics::process_registry().gauge(
      "telegnosis_outbox_events",
      "changes of posts that the document service has not acknowledged yet");
  while (!runner_.is_stopping()) {
    const std::uint64_t seen = runner_.woken().version();
    const auto pending = co_await feed_.pending();
    if (pending) depth.set(static_cast<double>(*pending));
    if (runner_.is_stopping()) co_return;
    co_await runner_.woken().wait_after(seen, std::chrono::seconds(5));
  }
}

Task<Result<api::StoredPosts>> TelegramService::stored_posts(api::Call,
                                                             api::StoredPostsQuery query) {
  co_return co_await sql::read<api::StoredPosts>(
      database_, [query, this](Connection& c) { return telegram::stored_posts(c, feed_, query); });
}

Task<Result<api::EraseReport>> TelegramService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await sweep_files());
  TG_CO_TRY_VOID(co_await sweep_uploads());
  TG_CO_TRY_VOID(co_await database_.compact());
  co_return api::EraseReport{};
}

namespace {

// The first 100 of them.
Result<sql::Rows> posts_that_differ(Connection& connection) {
  return connection.run(
      "SELECT p.channel_id, p.message_id FROM posts p WHERE NOT EXISTS (SELECT 1 FROM "
      "post_versions v WHERE v.channel_id = p.channel_id AND v.message_id = p.message_id AND "
      "v.version = p.version AND v.text = p.text) ORDER BY p.channel_id, p.message_id LIMIT 100");
}

}  // namespace

Task<Result<api::FsckReport>> TelegramService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database_.check());
  TG_CO_TRY(report.counts["outbox"], co_await feed_.pending());
  TG_CO_TRY(const auto counts, co_await sql::read<sql::Rows>(database_, [](Connection& c) {
              return c.run("SELECT count(*) FROM posts");
            }));
  report.counts["posts"] = counts[0].integer(0);
  TG_CO_TRY(const auto changed, co_await sql::read<sql::Rows>(database_, posts_that_differ));
  for (const sql::Row& row : changed)
    report.violations.push_back(fmt::format(
        "message {} of channel {} differs from its last version", row.integer(1), row.integer(0)));
  TG_CO_TRY(const auto saved,
            co_await sql::read<std::vector<std::string>>(database_, all_saved_files));
  report.counts["saved_files"] = saved.size();
  std::error_code error;
  for (const std::string& name : saved) {
    if (!fs::exists(parts_.folder / "files" / name, error))
      report.violations.push_back(fmt::format("the saved file {} is missing", name));
  }
  co_return report;
}

// Copies saved files, and uploads of unfinished jobs.
Task<Result<void>> TelegramService::copy_folders(fs::path to) {
  co_return co_await pool_.run([this, &to]() -> Result<void> {
    for (const char* name : {"files", "imports"})
      TG_TRY_VOID(copy_files(disk_files(), parts_.folder / name, to / name));
    return {};
  });
}

Task<Result<api::Done>> TelegramService::backup(api::Call, api::BackupRequest request) {
  const fs::path folder = fs::path(request.folder) / "telegram";
  TG_CO_TRY_VOID(disk_files().make_folders(folder));
  // A file exists before its row and is removed after it. So every file that a row of the copy
  // names is found by the first or the second pass; surplus files are swept at the next start.
  TG_CO_TRY_VOID(co_await copy_folders(folder));
  TG_CO_TRY_VOID(co_await database_.copy_to((folder / "telegram.db").string()));
  TG_CO_TRY_VOID(co_await copy_folders(folder));
  co_return api::Done{.message = "telegram is copied"};
}

Task<Result<api::Health>> TelegramService::health(api::Call, api::Nothing) {
  const auto pending = co_await feed_.pending();
  api::HealthReport report("telegram", clock_);
  report.needs("database", pending ? Result<void>() : std::unexpected(pending.error()),
               degradation_);
  if (const auto trouble = source_.trouble()) {
    report.degraded("web_preview", trouble->reason, trouble->since);
  } else {
    report.up("web_preview");
  }
  // Optional: exports and the web preview work without an account.
  report.off("telegram_account", "no account is set up");
  report.off("kafka", "events go through the outbox");
  if (pending) report.tell("pending_events", *pending);
  co_return report.tell("telegram_connected", false)
      .tell("telegram_authorized", false)
      .tell("kafka_connected", false)
      .tell("version", json::Value(parts_.version))
      .tell("compute_queued", pool_.queued())
      .make();
}

}  // namespace tg::telegram
