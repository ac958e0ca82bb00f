#include "backend/set_aside.hpp"

#include "runtime/log.hpp"

namespace tg::backend {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".damaged-";

// "20260131T200513Z"
std::string compact(UnixMillis time) {
  std::string text = format_iso8601(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

}  // namespace

fs::path SetAside::report_path(const std::string& part) const {
  return folder_ / (part + ".damage");
}

std::string SetAside::reported(const std::string& part) const {
  return files_.read(report_path(part)).value_or("");
}

Result<void> SetAside::report(const std::string& part, const std::string& detail) {
  return write_atomically(files_, report_path(part), detail.empty() ? "damaged" : detail);
}

Result<void> SetAside::move_away(const std::string& part, const std::string& detail) {
  TG_TRY_VOID(erase(part));
  const std::string name = part + std::string(kMark) + compact(clock_.wall());
  TG_TRY_VOID(files_.make_folders(folder_ / part));
  TG_TRY_VOID(files_.rename(folder_ / part, folder_ / name));
  TG_TRY_VOID(files_.remove(report_path(part)));
  TG_TRY_VOID(files_.sync_folder(folder_));
  moved_.insert(part);
  log::warning("damaged data moved aside, an empty part takes its place",
               {{"part", part}, {"kept", (folder_ / name).string()}, {"detail", detail}});
  return {};
}

Result<bool> SetAside::holds(const std::string& part) const {
  TG_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    if (name.starts_with(part + std::string(kMark))) return true;
  }
  return false;
}

Result<void> SetAside::erase(const std::string& part) {
  TG_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    const std::size_t mark = name.find(kMark);
    if (mark == std::string::npos || (!part.empty() && name.substr(0, mark) != part)) continue;
    TG_TRY(const auto inner, files_.list(folder_ / name));
    for (const std::string& file : inner) TG_TRY_VOID(files_.remove(folder_ / name / file));
    TG_TRY_VOID(files_.remove(folder_ / name));
  }
  return {};
}

}  // namespace tg::backend
