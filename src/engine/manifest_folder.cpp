#include "engine/manifest_folder.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/encoding.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestName = "manifest.json";

// The text of the manifest: a line with the hash of the rest, then this as JSON.
struct Manifest {
  std::int64_t format = 0;
  std::int64_t next_number = 1;
  json::Object content;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, next_number, content))

// All that is read of a manifest before its format is known.
struct Format {
  std::int64_t format = 0;
};
BOOST_DESCRIBE_STRUCT(Format, (), (format))

Result<void> copy(Files& files, const fs::path& from, const fs::path& to) {
  TG_TRY(const auto mapping, files.map(from));
  TG_TRY(const auto target, files.create(to));
  TG_TRY_VOID(target->append(mapping->bytes()));
  return target->sync();
}

Result<std::string_view> checked_body(std::string_view text) {
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return damaged("the manifest is cut off");
  const std::string_view body = text.substr(line + 1);
  if (text.substr(0, line) != fmt::format("{:016x}", fast_hash(body)))
    return damaged("the manifest's checksum does not match");
  return body;
}

}  // namespace

std::unexpected<Error> damaged(std::string detail) {
  return fail(Code::internal, "index.damaged",
              "the search index is damaged: restart telegnosis, which rebuilds it",
              std::move(detail));
}

std::unexpected<Error> newer_format(std::string_view what, std::uint64_t format) {
  return fail(
      Code::conflict, "index.newer",
      fmt::format("{} was written by a newer telegnosis (format {}); use that version or a backup",
                  what, format));
}

ManifestFolder::ManifestFolder(fs::path folder, Files& files, Kind kind)
    : folder_(std::move(folder)), files_(files), kind_(kind) {}

fs::path ManifestFolder::manifest_path() const {
  return folder_ / kManifestName;
}

fs::path ManifestFolder::path(std::uint64_t number) const {
  return folder_ / fmt::format("{:08}{}", number, kind_.extension);
}

Result<std::optional<json::Object>> ManifestFolder::read() {
  TG_TRY_VOID(files_.make_folders(folder_));
  const auto text = files_.read(manifest_path());
  if (!text && text.error().code == Code::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  TG_TRY(const std::string_view body, checked_body(*text));
  const auto format = json::read_text<Format>(body);
  if (!format) return damaged("the manifest cannot be parsed");
  if (format->format > kind_.format)
    return newer_format(fmt::format("{} {}", kind_.what, folder_.string()),
                        static_cast<std::uint64_t>(format->format));
  if (format->format < kind_.format)
    return damaged(fmt::format("format {} is no longer supported", format->format));
  auto manifest = json::read_text<Manifest>(body);
  if (!manifest) return damaged("the manifest cannot be parsed");
  next_number_ = static_cast<std::uint64_t>(manifest->next_number);
  return std::move(manifest->content);
}

Result<void> ManifestFolder::adopt(std::set<std::uint64_t> named) {
  std::set<std::string> kept{std::string(kManifestName)};
  for (const std::uint64_t number : named) kept.insert(path(number).filename().string());
  on_disk_ = named;
  named_ = std::move(named);
  TG_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    if (!kept.contains(name)) TG_TRY_VOID(files_.remove(folder_ / name));
  }
  return {};
}

std::uint64_t ManifestFolder::new_file() {
  on_disk_.insert(next_number_);
  return next_number_++;
}

Result<void> ManifestFolder::commit(json::Object content, std::set<std::uint64_t> named) {
  const Manifest manifest{.format = kind_.format,
                          .next_number = static_cast<std::int64_t>(next_number_),
                          .content = std::move(content)};
  const std::string body = json::to_text(json::write(manifest));
  TG_TRY_VOID(
      write_atomically(files_, manifest_path(), fmt::format("{:016x}\n{}", fast_hash(body), body)));
  named_ = std::move(named);
  return {};
}

Result<void> ManifestFolder::remove_unnamed() {
  for (auto number = on_disk_.begin(); number != on_disk_.end();) {
    if (named_.contains(*number)) {
      ++number;
      continue;
    }
    TG_TRY_VOID(files_.remove(path(*number)));
    number = on_disk_.erase(number);
  }
  return {};
}

Result<void> ManifestFolder::copy_to(const fs::path& folder) const {
  TG_TRY_VOID(files_.make_folders(folder));
  for (const std::uint64_t number : named_)
    TG_TRY_VOID(copy(files_, path(number), folder / path(number).filename()));
  const auto copied = copy(files_, manifest_path(), folder / kManifestName);
  if (!copied && copied.error().code != Code::not_found) return copied;
  return files_.sync_folder(folder);
}

}  // namespace tg::engine
