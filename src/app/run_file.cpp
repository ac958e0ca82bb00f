#include "app/run_file.hpp"

#include <fmt/core.h>

#include "app/folder_lock.hpp"
#include "base/json.hpp"
#include "runtime/files.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

fs::path path_of(const fs::path& data, std::string_view service) {
  return data / "run" / (std::string(service) + ".json");
}

}  // namespace

Result<void> write_run_file(const fs::path& data, const RunFile& file) {
  TG_TRY_VOID(disk_files().make_folders(data / "run"));
  return write_atomically(disk_files(), path_of(data, file.service),
                          json::to_text(json::write(file)));
}

void remove_run_file(const fs::path& data, std::string_view service) {
  static_cast<void>(disk_files().remove(path_of(data, service)));
}

Result<std::optional<RunFile>> read_run_file(const fs::path& data, std::string_view service) {
  const fs::path path = path_of(data, service);
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  if (!FolderLock::holder(data / service)) return std::nullopt;
  auto text = disk_files().read(path);
  if (!text && !fs::exists(path, error)) return std::nullopt;  // it has just ended
  TG_TRY_VOID(text);
  auto file = json::read_text<RunFile>(*text);
  if (!file) {
    return fail(Code::unavailable, "run_file.broken",
                fmt::format("{} cannot be read: {}", path.string(), file.error().message));
  }
  return *std::move(file);
}

}  // namespace tg::app
