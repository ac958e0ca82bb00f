// The part of the telegram service that takes files in: uploads, and paths under the import folder.
#include <algorithm>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "service/telegram/import_job.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

namespace fs = std::filesystem;

namespace {

// The file goes when its job has ended; until then a crash finds it again.
fs::path upload_path(const fs::path& folder, const std::string& job_id) {
  return folder / "imports" / (job_id + ".upload");
}

// Links are not followed, wherever they lead.
bool has_link(const fs::path& root, const fs::path& relative) {
  fs::path at = root;
  std::error_code error;
  for (const fs::path& step : relative) {
    at /= step;
    if (step == ".." || fs::is_symlink(at, error)) return true;
  }
  return false;
}

}  // namespace

Result<void> TelegramService::check_disk(std::uint64_t coming) const {
  std::error_code error;
  const auto space = fs::space(parts_.folder, error);
  if (error || space.available >= parts_.keep_free_bytes + coming) return {};
  return fail(Code::unavailable, "disk.low",
              fmt::format("only {} MB are free on the disk and {} MB are kept free",
                          space.available >> 20, parts_.keep_free_bytes >> 20));
}

Task<Result<fs::path>> TelegramService::keep_upload(std::string job_id, api::Upload upload) {
  const fs::path path = upload_path(parts_.folder, job_id);
  TG_CO_TRY(auto file, disk_files().create(path));
  Result<void> kept;
  while (kept) {
    auto piece = co_await upload.bytes->read();
    if (piece && !*piece) break;
    if (!piece) kept = std::unexpected(piece.error());
    if (kept) kept = check_disk((*piece)->size());
    if (kept) kept = co_await pool_.run([&file, &piece] { return file->append(**piece); });
  }
  // The job's row names the file, so its name must be as durable as its bytes.
  if (kept) {
    kept = co_await pool_.run([&file, &path]() -> Result<void> {
      TG_TRY_VOID(file->sync());
      return disk_files().sync_folder(path.parent_path());
    });
  }
  if (kept) co_return path;
  static_cast<void>(disk_files().remove(path));
  co_return std::unexpected(kept.error());
}

Result<void> TelegramService::drop_upload(const JobRow& row) const {
  if (row.job.kind != "import" || row.request.contains("by_path")) return {};
  return disk_files().remove(upload_path(parts_.folder, row.job.id));
}

Result<void> TelegramService::sweep_uploads(const std::vector<JobRow>& unfinished) const {
  TG_TRY(const auto names, disk_files().list(parts_.folder / "imports"));
  for (const std::string& name : names) {
    const fs::path path = parts_.folder / "imports" / name;
    const bool is_needed = std::ranges::any_of(unfinished, [&](const JobRow& row) {
      return path == upload_path(parts_.folder, row.job.id);
    });
    if (!is_needed) TG_TRY_VOID(disk_files().remove(path));
  }
  return {};
}

Result<fs::path> TelegramService::checked_import_path(const std::string& text) const {
  if (parts_.import_folder.empty()) {
    return fail(Code::forbidden, "forbidden.path",
                "importing by path is switched off: set IMPORT_FOLDER, or upload the file");
  }
  std::error_code error;
  const fs::path root = fs::canonical(parts_.import_folder, error);
  if (error) return invalid("path", "must lie in the import folder, which is not there");
  const fs::path path = (root / text).lexically_normal();
  const auto [end, rest] = std::ranges::mismatch(root, path);
  if (end != root.end() && root != "/") return invalid("path", "must lie in the import folder");
  const fs::path relative = path.lexically_relative(root);
  if (has_link(root, relative))
    return invalid("path", "must be a file in the import folder; links are not followed");
  if (!fs::is_regular_file(path, error)) return invalid("path", "there is no such file");
  return path;
}

Task<Result<api::JobAccepted>> TelegramService::import_posts(api::Call call,
                                                             api::ImportRequest request) {
  JobRow row;
  row.job.id = Uuid::ordered(clock_.wall()).text();
  row.job.kind = "import";
  row.owner = json::to_text(json::write(call.principal));
  if (request.file) {
    TG_CO_TRY(const fs::path file, co_await keep_upload(row.job.id, *std::move(request.file)));
    row.request["file"] = file.filename().string();  // a restored folder may lie elsewhere
    TG_FAULT("import.after_upload");
  } else if (request.path) {
    if (call.principal.role != api::Role::admin) {
      co_return fail(Code::forbidden, "forbidden.path",
                     "only an admin may import by path; upload the file");
    }
    TG_CO_TRY(const fs::path file, checked_import_path(*request.path));
    row.request["file"] = file.string();
    row.request["by_path"] = true;
  } else {
    co_return invalid("file", "a multipart file is required (or `path` for admins)");
  }
  co_return co_await start_job(std::move(row));
}

Task<Result<void>> TelegramService::run_import(JobRow* row) {
  const auto name = json::text_in(row->request, "file");
  if (!name) co_return internal("an import job without a file");
  fs::path file = upload_path(parts_.folder, row->job.id);
  // The folder may have changed since the job was accepted.
  if (row->request.contains("by_path")) {
    TG_CO_TRY(file, checked_import_path(*name));
  }
  ImportJob import(database_, feed_, pool_, clock_, parts_.folder, parts_.keep_free_bytes);
  co_return co_await import.run(row, file, progress_of(row->job.id));
}

}  // namespace tg::telegram
