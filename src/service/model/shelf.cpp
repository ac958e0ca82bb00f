#include "service/model/shelf.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"

namespace tg::model {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestName = "model.json";
constexpr std::string_view kTrashPrefix = ".removed-";
constexpr auto kReserved =
    std::to_array<std::string_view>({"load", "unload", "download", "generate"});

// What model.json holds.
struct Manifest {
  api::ModelType type = api::ModelType::embedding;
  std::string version;
  json::Object config;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (type, version, config))
constexpr auto rules_of(const Manifest*) {
  return std::array{Rule("type").required()};
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::unexpected<Error> disk_error(std::string_view what, const fs::path& path,
                                  const std::error_code& error) {
  return fail(Code::internal, "file", "a model's files could not be read or changed",
              fmt::format("{} {}: {}", what, path.string(), error.message()));
}

std::int64_t bytes_below(const fs::path& folder) {
  std::error_code error;
  std::int64_t bytes = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (at->is_regular_file(gone) && !at->is_symlink(gone)) {
      const std::uintmax_t size = at->file_size(gone);
      if (!gone) bytes += static_cast<std::int64_t>(size);
    }
  }
  return bytes;
}

api::Model read_model(const fs::path& folder, std::string name) {
  api::Model model;
  model.model_id = Uuid::from_name(kDocumentNamespace, "model:" + name).text();
  model.name = std::move(name);
  model.config["size_bytes"] = bytes_below(folder);
  const auto bytes = disk_files().read(folder / kManifestName);
  auto manifest =
      bytes ? json::read_text<Manifest>(*bytes) : Result<Manifest>(std::unexpected(bytes.error()));
  if (!manifest) {
    model.status = api::ModelStatus::error;
    model.config["error"] = fmt::format("{} cannot be read", kManifestName);
    return model;
  }
  model.type = manifest->type;
  model.version = std::move(manifest->version);
  for (auto& [key, value] : manifest->config) model.config.insert_or_assign(key, value);
  return model;
}

}  // namespace

Result<void> check_name(std::string_view name) {
  if (name.empty() || name.size() > 200) return invalid("name", "must have 1 to 200 characters");
  const auto segments = text::split(name, '/');
  for (const std::string_view segment : segments) {
    if (segment.empty() || segment.front() == '.' ||
        !std::ranges::all_of(segment, is_name_character)) {
      return invalid("name",
                     "must be made of letters, digits, '.', '_', '-' in segments between '/'");
    }
  }
  if (std::ranges::find(kReserved, segments.back()) != kReserved.end())
    return invalid("name", fmt::format("must not end in '{}', which is reserved", segments.back()));
  return {};
}

Result<std::vector<api::Model>> Shelf::list() const {
  std::vector<api::Model> models;
  std::error_code error;
  fs::recursive_directory_iterator at(folder_, error);
  if (error == std::errc::no_such_file_or_directory) return models;
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (!at->is_directory(gone) || at->is_symlink(gone)) continue;
    const std::string name = at->path().lexically_relative(folder_).generic_string();
    if (!check_name(name)) {
      at.disable_recursion_pending();
    } else if (fs::exists(at->path() / kManifestName, gone)) {
      at.disable_recursion_pending();  // a model's own folders are not models
      models.push_back(read_model(at->path(), name));
    }
  }
  if (error) return disk_error("list", folder_, error);
  std::ranges::sort(models, {}, &api::Model::name);
  return models;
}

Result<api::Model> Shelf::find(const std::string& name) const {
  TG_TRY_VOID(check_name(name));
  std::error_code error;
  const fs::path folder = folder_ / name;
  if (!fs::is_regular_file(folder / kManifestName, error)) return not_found("model");
  return read_model(folder, name);
}

Result<void> Shelf::remove(const std::string& name) const {
  TG_TRY_VOID(find(name));
  const fs::path folder = folder_ / name;
  const fs::path trash = folder_ / (std::string(kTrashPrefix) + random_hex(8));
  TG_TRY_VOID(disk_files().rename(folder, trash));
  TG_TRY_VOID(disk_files().sync_folder(folder.parent_path()));
  TG_TRY_VOID(TG_FAULT_RESULT("model.after_rename_before_delete"));
  std::error_code error;
  fs::remove_all(trash, error);
  if (error) return disk_error("delete", trash, error);
  // Removes the parent folders of a name like "org/model" if they are empty now.
  for (fs::path parent = folder.parent_path(); parent != folder_ && fs::remove(parent, error);)
    parent = parent.parent_path();
  return {};
}

Result<void> Shelf::remove_litter() const {
  std::error_code error;
  std::vector<fs::path> litter;
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    if (entry.path().filename().string().starts_with(kTrashPrefix)) litter.push_back(entry.path());
  }
  for (const fs::path& path : litter) {
    fs::remove_all(path, error);
    if (error) return disk_error("delete", path, error);
  }
  return {};
}

}  // namespace tg::model
