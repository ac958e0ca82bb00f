#include "app/restore.hpp"

#include <algorithm>
#include <fstream>

#include <boost/describe.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/house.hpp"
#include "app/version.hpp"
#include "base/encoding.hpp"
#include "base/json_fields.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "backup.json";
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
  TG_CHECK(disk_files().make_folders(target.parent_path()));
  TG_CHECK(copy_file(disk_files(), from / file.path, target));
  TG_TRY(const std::string hash, hash_file(target));
  if (hash != file.hash) {
    return fail(Code::validation, "backup.damaged",
                fmt::format("{} is not what was backed up: the hash differs", file.path));
  }
  return {};
}

Result<Checked> copy_and_check(const fs::path& folder, const fs::path& data,
                               const Manifest& manifest) {
  for (const BackupFile& file : manifest.files) TG_CHECK(copy_checked(folder, data, file));
  HouseSettings settings;
  settings.data = data;
  settings.purpose = "restore";
  TG_TRY(const auto house, House::open(std::move(settings)));
  TG_TRY(Checked checked, check_all(house->services()));
  for (const auto& [service, found] : checked) {
    if (found.violations.empty()) continue;
    return fail(Code::validation, "backup.inconsistent",
                fmt::format("{}: {}", service, found.violations.front()));
  }
  return checked;
}

// A service that cannot be asked is an error; one that fails at reading its own data has found
// something.
Result<void> add_check(Checked& all, const char* service, Result<api::FsckReport> found) {
  if (!found && found.error().code != Code::internal)
    return std::unexpected(std::move(found).error());
  if (!found) {
    all.emplace_back(service, api::FsckReport{.violations = {found.error().message + ": " +
                                                             found.error().detail},
                                              .counts = {}});
    return {};
  }
  all.emplace_back(service, *std::move(found));
  return {};
}

std::int64_t count_in(const api::FsckReport& report, std::string_view name) {
  return json::integer_in(report.counts, name).value_or(0);
}

bool is_at_rest(const api::FsckReport& before, const api::FsckReport& after) {
  return count_in(before, "outbox") == 0 && before.counts == after.counts;
}

// Every post must have reached the document service in its last version, unless it is on its way.
// A folder of one service alone knows only one side; what failed keeps the version it had.
void compare_posts(const api::FsckReport& telegram, api::FsckReport& documents) {
  const std::int64_t stored = count_in(telegram, "posts");
  const std::int64_t reached = count_in(documents, "posts");
  if (stored == 0 || reached == 0 || count_in(documents, "failed") != 0) return;
  const auto ours = json::text_in(telegram.counts, "posts_digest");
  if (ours && ours == json::text_in(documents.counts, "posts_digest")) return;
  documents.violations.push_back(
      fmt::format("{} posts are stored and {} are here, or in another version, though none is on "
                  "its way",
                  stored, reached));
}

}  // namespace

Result<Checked> check_all(Services& services) {
  Checked all;
  auto telegram = run_blocking(services.telegram->fsck(local_call(), {}));
  auto documents = run_blocking(services.documents->fsck(local_call(), {}));
  // What a running server takes in between is no difference.
  const auto again = run_blocking(services.telegram->fsck(local_call(), {}));
  if (telegram && documents && again && is_at_rest(*telegram, *again))
    compare_posts(*telegram, *documents);
  TG_CHECK(add_check(all, "telegram", std::move(telegram)));
  TG_CHECK(add_check(all, "document", std::move(documents)));
  TG_CHECK(add_check(all, "vector", run_blocking(services.vectors->fsck(local_call(), {}))));
  TG_CHECK(add_check(all, "auth", run_blocking(services.auth->fsck(local_call(), {}))));
  return all;
}

Result<void> back_up(Services& services, const fs::path& folder) {
  if (!holds_nothing(folder)) {
    return fail(Code::conflict, "backup.not_empty",
                fmt::format("{} is not empty: give a new folder", folder.string()));
  }
  TG_CHECK(disk_files().make_folders(folder));
  const api::BackupRequest request{folder.string()};
  // Who feeds comes before who is fed: what arrives in between is known downstream already, and
  // telling it twice has no effect.
  TG_CHECK(run_blocking(services.telegram->backup(local_call(), request)));
  TG_CHECK(run_blocking(services.documents->backup(local_call(), request)));
  TG_CHECK(run_blocking(services.vectors->backup(local_call(), request)));
  TG_CHECK(run_blocking(services.auth->backup(local_call(), request)));
  TG_CHECK(run_blocking(services.retrieval->backup(local_call(), request)));
  Manifest manifest{
      .version = std::string(version()), .made_at = SystemClock().wall(), .files = {}};
  TG_TRY(manifest.files, list_files(folder));
  return write_atomically(disk_files(), folder / kManifest,
                          json::to_pretty_text(json::write(manifest)));
}

Result<Checked> restore(const fs::path& folder, const fs::path& data) {
  TG_TRY(const Manifest manifest, read_manifest(folder));
  if (!holds_no_data(data)) {
    return fail(Code::conflict, "restore.not_empty",
                fmt::format("{} holds data already: name a new folder with --data", data.string()));
  }
  auto checked = copy_and_check(folder, data, manifest);
  if (!checked) {
    // Half a restore must not be taken for data.
    std::error_code ignored;
    for (const ServiceName& service : kServiceNames) fs::remove_all(data / service.name, ignored);
  }
  return checked;
}

}  // namespace tg::app
