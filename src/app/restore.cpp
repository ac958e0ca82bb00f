#include "app/restore.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "app/backup.hpp"
#include "app/service_host.hpp"
#include "base/json.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

// Locks and run files are not data.
bool holds_no_data(const fs::path& data) {
  return std::ranges::all_of(kServiceNames, [&data](const ServiceName& service) {
    const fs::path folder = data / service.name;
    std::error_code error;
    if (!fs::exists(folder, error)) return true;
    return std::ranges::all_of(fs::directory_iterator(folder, error),
                               [](const auto& entry) { return entry.path().filename() == "lock"; });
  });
}

void remove_services(const fs::path& data) {
  std::error_code ignored;
  for (const ServiceName& service : kServiceNames) fs::remove_all(data / service.name, ignored);
}

Result<BackupManifest> read_manifest(const fs::path& folder) {
  const auto text = disk_files().read(folder / kBackupManifest);
  if (!text) {
    return fail(Code::not_found, "not_found.backup",
                fmt::format("{} holds no complete backup: {} is missing", folder.string(),
                            kBackupManifest));
  }
  auto manifest = json::read_text<BackupManifest>(*text);
  if (!manifest) return invalid(kBackupManifest, manifest.error().message);
  return *std::move(manifest);
}

// A path in the manifest must not lead out of the folder.
bool is_inside(const std::string& path) {
  const fs::path parts(path);
  return !path.empty() && parts.is_relative() &&
         std::ranges::none_of(parts, [](const fs::path& part) { return part == ".."; });
}

Result<void> copy_checked(const fs::path& from, const fs::path& to, const BackupFile& file) {
  if (!is_inside(file.path))
    return invalid(kBackupManifest, "must not name files outside of the backup: " + file.path);
  const fs::path target = to / file.path;
  TG_TRY_VOID(disk_files().make_folders(target.parent_path()));
  TG_TRY_VOID(copy_file(disk_files(), from / file.path, target));
  TG_TRY(const std::string hash, backup_hash(target));
  if (hash != file.hash) {
    return fail(Code::validation, "backup.damaged",
                fmt::format("{} is not what was backed up: the hash differs", file.path));
  }
  return {};
}

// The services whose data the backup holds; empty for all nine.
std::vector<std::string> services_in(const BackupManifest& manifest) {
  std::vector<std::string> found;
  bool is_whole = true;
  each_service([&](const ServiceName& service, auto member) {
    if constexpr (KeepsData<ContractAt<decltype(member)>>) {
      const bool is_there = std::ranges::any_of(manifest.files, [&](const BackupFile& file) {
        return fs::path(file.path).begin()->string() == service.name;
      });
      if (is_there) found.emplace_back(service.name);
      is_whole = is_whole && is_there;
    }
  });
  return is_whole ? std::vector<std::string>() : found;
}

Result<Checked> copy_and_check(const fs::path& folder, const fs::path& data,
                               const BackupManifest& manifest) {
  for (const BackupFile& file : manifest.files) TG_TRY_VOID(copy_checked(folder, data, file));
  TG_TRY_VOID(sync_folders(disk_files(), data));
  TG_TRY_VOID(TG_FAULT_RESULT("restore.before_check"));
  ServiceHostSettings settings;
  settings.data = data;
  settings.purpose = "restore";
  settings.is_restore = true;
  settings.only = services_in(manifest);
  TG_TRY(const auto host, ServiceHost::open(std::move(settings)));
  // A part of an installation may be unable to check itself without the others.
  TG_TRY(Checked checked, check_reachable(host->services()));
  for (const auto& [service, found] : checked.reports) {
    if (found.violations.empty()) continue;
    return fail(Code::validation, "backup.inconsistent",
                fmt::format("{}: {}", service, found.violations.front()));
  }
  return checked;
}

}  // namespace

Result<Checked> restore(const fs::path& folder, const fs::path& data) {
  TG_TRY(const BackupManifest manifest, read_manifest(folder));
  const fs::path mark = data / kRestoreMark;
  std::error_code error;
  if (fs::exists(mark, error)) {
    remove_services(data);  // left by an interrupted restore
  } else if (!holds_no_data(data)) {
    return fail(Code::conflict, "restore.not_empty",
                fmt::format("{} already holds data: name a new folder with --data", data.string()));
  }
  TG_TRY_VOID(disk_files().make_folders(data));
  TG_TRY_VOID(write_atomically(disk_files(), mark, folder.string() + "\n"));
  auto checked = copy_and_check(folder, data, manifest);
  if (!checked) remove_services(data);
  TG_TRY_VOID(disk_files().remove(mark));
  TG_TRY_VOID(disk_files().sync_folder(data));
  return checked;
}

}  // namespace tg::app
