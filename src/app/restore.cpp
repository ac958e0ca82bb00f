#include "app/restore.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <boost/describe.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/service_host.hpp"
#include "app/version.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "backup.json";
// The services that keep data, models aside.
constexpr std::array<std::string_view, 6> kKeepers{"telegram", "document",  "vector",
                                                   "auth",     "retrieval", "embedding"};
constexpr std::size_t kPieceBytes = 1 << 20;

struct BackupFile {
  std::string path;  // below the folder
  std::int64_t size = 0;
  std::string hash;  // SHA-256 of the SHA-256 of each MiB
};
BOOST_DESCRIBE_STRUCT(BackupFile, (), (path, size, hash))

struct Manifest {
  std::string version;
  UnixMillis made_at;
  std::vector<BackupFile> files;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (version, made_at, files))

std::unexpected<Error> disk_error(const fs::path& path, const std::string& what) {
  return fail(Code::unavailable, "disk", fmt::format("{}: {}", path.string(), what));
}

Result<std::string> hash_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return disk_error(path, "cannot be read");
  std::string hashes;
  std::string piece(kPieceBytes, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto size = static_cast<std::size_t>(file.gcount());
    if (size > 0) hashes += sha256(std::string_view(piece).substr(0, size));
  }
  if (file.bad()) return disk_error(path, "cannot be read to its end");
  return sha256_hex(hashes);
}

Result<std::vector<BackupFile>> list_files(const fs::path& folder) {
  std::vector<BackupFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file()) continue;
    TG_TRY(std::string hash, hash_file(at->path()));
    files.push_back({fs::relative(at->path(), folder).string(),
                     static_cast<std::int64_t>(at->file_size()), std::move(hash)});
  }
  if (error) return disk_error(folder, error.message());
  std::ranges::sort(files, {}, &BackupFile::path);
  return files;
}

bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  return !fs::exists(folder, error) || fs::is_empty(folder, error);
}

// Locks and run files are no data.
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

Result<Manifest> read_manifest(const fs::path& folder) {
  const auto text = disk_files().read(folder / kManifest);
  if (!text) {
    return fail(
        Code::not_found, "not_found.backup",
        fmt::format("{} holds no finished backup: {} is missing", folder.string(), kManifest));
  }
  auto manifest = json::read_text<Manifest>(*text);
  if (!manifest) return invalid(kManifest, manifest.error().message);
  return *std::move(manifest);
}

// A name in the manifest must not lead out of the folder.
bool is_inside(const std::string& path) {
  const fs::path parts(path);
  return !path.empty() && parts.is_relative() &&
         std::ranges::none_of(parts, [](const fs::path& part) { return part == ".."; });
}

Result<void> copy_checked(const fs::path& from, const fs::path& to, const BackupFile& file) {
  if (!is_inside(file.path)) return invalid(kManifest, file.path + " leads out of the folder");
  const fs::path target = to / file.path;
  TG_TRY_VOID(disk_files().make_folders(target.parent_path()));
  TG_TRY_VOID(copy_file(disk_files(), from / file.path, target));
  TG_TRY(const std::string hash, hash_file(target));
  if (hash != file.hash) {
    return fail(Code::validation, "backup.damaged",
                fmt::format("{} is not what was backed up: the hash differs", file.path));
  }
  return {};
}

// The services whose parts the backup holds: all nine, or those of one process among several.
std::vector<std::string> services_in(const Manifest& manifest) {
  std::vector<std::string> found;
  for (const std::string_view service : kKeepers) {
    if (std::ranges::any_of(manifest.files, [service](const BackupFile& file) {
          return fs::path(file.path).begin()->string() == service;
        })) {
      found.emplace_back(service);
    }
  }
  if (found.size() == std::size(kKeepers)) found.clear();
  return found;
}

bool is_elsewhere(const Error& error) {
  return error.reason == "not_through_gateway" || error.reason.starts_with("not_here.");
}

// A service that cannot be asked is an error; one that fails at reading its own data has found
// something.
Result<void> add_check(Checked& all, std::string name, Result<api::FsckReport> found) {
  if (found) {
    all.reports.emplace_back(std::move(name), *std::move(found));
    return {};
  }
  const Error& error = found.error();
  if (is_elsewhere(error)) {
    all.not_asked.emplace_back(std::move(name), error.message);
    return {};
  }
  if (error.code != Code::internal) return std::unexpected(error);
  all.reports.emplace_back(
      std::move(name),
      api::FsckReport{.violations = {error.message + ": " + error.detail}, .counts = {}});
  return {};
}

// f(name, service) for those that keep data, each as long as the former did not fail. Who feeds
// comes before who is fed: what arrives in between is known downstream already, and telling it
// twice has no effect.
Result<void> each_keeper(Services& services, auto f) {
  TG_TRY_VOID(f("telegram", *services.telegram));
  TG_TRY_VOID(f("document", *services.documents));
  TG_TRY_VOID(f("vector", *services.vectors));
  TG_TRY_VOID(f("auth", *services.auth));
  TG_TRY_VOID(f("retrieval", *services.retrieval));
  return f("embedding", *services.embeddings);
}

Result<Checked> ask_all(Services& services) {
  Checked all;
  TG_TRY_VOID(each_keeper(services, [&all](const char* name, auto& service) {
    return add_check(all, name, run_blocking(service.fsck(local_call(), {})));
  }));
  return all;
}

Result<Checked> copy_and_check(const fs::path& folder, const fs::path& data,
                               const Manifest& manifest) {
  for (const BackupFile& file : manifest.files) TG_TRY_VOID(copy_checked(folder, data, file));
  TG_TRY_VOID(sync_folders(disk_files(), data));
  TG_TRY_VOID(TG_FAULT_RESULT("restore.before_check"));
  ServiceHostSettings settings;
  settings.data = data;
  settings.purpose = "restore";
  settings.is_restore = true;
  settings.only = services_in(manifest);
  TG_TRY(const auto host, ServiceHost::open(std::move(settings)));
  TG_TRY(Checked checked, ask_all(host->services()));
  for (const auto& [service, found] : checked.reports) {
    if (found.violations.empty()) continue;
    return fail(Code::validation, "backup.inconsistent",
                fmt::format("{}: {}", service, found.violations.front()));
  }
  return checked;
}

}  // namespace

Result<Checked> check_all(Services& services) {
  TG_TRY(Checked all, ask_all(services));
  if (all.reports.empty())
    return fail(Code::unavailable, "fsck.nothing_here", all.not_asked.front().second);
  return all;
}

Result<void> back_up(Services& services, const fs::path& folder) {
  if (!holds_nothing(folder)) {
    return fail(Code::conflict, "backup.not_empty",
                fmt::format("{} is not empty: give a new folder", folder.string()));
  }
  TG_TRY_VOID(disk_files().make_folders(folder));
  const api::BackupRequest request{folder.string()};
  bool is_empty = true;
  TG_TRY_VOID(each_keeper(services, [&](const char*, auto& service) -> Result<void> {
    const auto done = run_blocking(service.backup(local_call(), request));
    if (!done && is_elsewhere(done.error())) return {};
    if (!done) return std::unexpected(done.error());
    is_empty = false;
    return {};
  }));
  if (is_empty)
    return fail(Code::unavailable, "backup.nothing_here",
                "none of the services that keep data can be reached from here: run the command "
                "where their data folders are, with --data");
  Manifest manifest{
      .version = std::string(version()), .made_at = SystemClock().wall(), .files = {}};
  TG_TRY(manifest.files, list_files(folder));
  TG_TRY_VOID(sync_folders(disk_files(), folder));
  TG_TRY_VOID(TG_FAULT_RESULT("backup.before_manifest"));
  return write_atomically(disk_files(), folder / kManifest,
                          json::to_pretty_text(json::write(manifest)));
}

Result<Checked> restore(const fs::path& folder, const fs::path& data) {
  TG_TRY(const Manifest manifest, read_manifest(folder));
  const fs::path mark = data / kRestoreMark;
  std::error_code error;
  if (fs::exists(mark, error)) {
    remove_services(data);  // what a restore that was killed has left
  } else if (!holds_no_data(data)) {
    return fail(Code::conflict, "restore.not_empty",
                fmt::format("{} holds data already: name a new folder with --data", data.string()));
  }
  // Until it is whole and checked, nobody takes it for data.
  TG_TRY_VOID(disk_files().make_folders(data));
  TG_TRY_VOID(write_atomically(disk_files(), mark, folder.string() + "\n"));
  auto checked = copy_and_check(folder, data, manifest);
  if (!checked) remove_services(data);
  TG_TRY_VOID(disk_files().remove(mark));
  TG_TRY_VOID(disk_files().sync_folder(data));
  return checked;
}

}  // namespace tg::app
