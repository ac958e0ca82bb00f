// The part of the telegram service that accepts files: uploads, and paths in the import folder.
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

// The file is kept until its job has ended, so that the job can resume after a crash.
fs::path upload_path(const fs::path& folder, const std::string& job_id) {
  return folder / "imports" / (job_id + ".upload");
}

// Symbolic links are never followed.
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

// Cancelled halfway (the client has gone), the draft removes the file.
Task<Result<PendingFiles::Draft>> TelegramService::keep_upload(std::string job_id,
                                                               api::Upload upload) {
  auto draft = pending_.add(upload_path(parts_.folder, job_id));
  if (!draft) co_return internal("an upload's file is being written already");
  TG_CO_TRY(auto file, disk_files().create(draft->path()));
  while (true) {
    TG_CO_TRY(const auto piece, co_await upload.bytes->read());
    if (!piece) break;
    TG_CO_TRY_VOID(disk_.check(piece->size()));
    TG_CO_TRY_VOID(co_await pool_.run([&file, &piece] { return file->append(*piece); }));
  }
  // The job's row names the file, so its name must be as durable as its bytes.
  TG_CO_TRY_VOID(
      co_await pool_.run([&file, folder = draft->path().parent_path()]() -> Result<void> {
        TG_TRY_VOID(file->sync());
        return disk_files().sync_folder(folder);
      }));
  co_return *std::move(draft);
}

Result<void> TelegramService::drop_upload(const JobRow& row) const {
  if (row.job.kind != "import" || row.request.contains("by_path")) return {};
  return disk_files().remove(upload_path(parts_.folder, row.job.id));
}

// The order matters: a file that is listed and no longer pending has its row by now, or is gone.
Task<Result<void>> TelegramService::sweep_uploads() {
  const fs::path folder = parts_.folder / "imports";
  TG_CO_TRY(const auto names, disk_files().list(folder));
  std::set<fs::path> needed = pending_.paths();
  TG_CO_TRY(const auto jobs, co_await runner_.unfinished());
  for (const JobRow& row : jobs) needed.insert(upload_path(parts_.folder, row.job.id));
  for (const std::string& name : names) {
    if (!needed.contains(folder / name)) TG_CO_TRY_VOID(disk_files().remove(folder / name));
  }
  co_return Result<void>();
}

Result<fs::path> TelegramService::checked_import_path(const std::string& text) const {
  if (parts_.import_folder.empty()) {
    return fail(Code::forbidden, "forbidden.path",
                "importing by path is switched off: set IMPORT_FOLDER, or upload the file");
  }
  std::error_code error;
  const fs::path root = fs::canonical(parts_.import_folder, error);
  if (error) return invalid("path", "must be in the import folder, which does not exist");
  const fs::path path = (root / text).lexically_normal();
  const auto [end, rest] = std::ranges::mismatch(root, path);
  if (end != root.end() && root != "/") return invalid("path", "must be in the import folder");
  const fs::path relative = path.lexically_relative(root);
  if (has_link(root, relative))
    return invalid("path", "must be a file in the import folder; links are not followed");
  if (!fs::is_regular_file(path, error))
    return invalid("path", "must be an existing file in the import folder");
  return path;
}

Task<Result<api::JobAccepted>> TelegramService::import_posts(api::Call call,
                                                             api::ImportRequest request) {
  JobRow row;
  row.job.id = Uuid::ordered(clock_.wall()).text();
  row.job.kind = "import";
  row.owner = json::to_text(json::write(call.principal));
  std::optional<PendingFiles::Draft> upload;
  if (request.file) {
    TG_CO_TRY(auto draft, co_await keep_upload(row.job.id, *std::move(request.file)));
    row.request["file"] = draft.path().filename().string();  // a restored folder may have moved
    upload.emplace(std::move(draft));
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
    co_return invalid("file", "must be a multipart file (admins may give `path` instead)");
  }
  co_return co_await runner_.start(std::move(row), std::move(upload));
}

Task<Result<void>> TelegramService::run_import(JobRow* row) {
  const auto name = json::text_in(row->request, "file");
  if (!name) co_return internal("an import job without a file");
  fs::path file = upload_path(parts_.folder, row->job.id);
  // The folder may have changed since the job was accepted.
  if (row->request.contains("by_path")) {
    TG_CO_TRY(file, checked_import_path(*name));
  }
  ImportJob import(database_, feed_, pool_, clock_, disk_);
  co_return co_await import.run(row, file, runner_.progress_of(row->job.id));
}

}  // namespace tg::telegram
