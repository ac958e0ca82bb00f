// The models on disk: FOLDER/<name>/model.json beside the model's files, where a name may span
// folders ("intfloat/multilingual-e5-small"). A folder without model.json is not a model; one with
// an invalid model.json is listed with status `error`. Blocking. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "api/model.hpp"

namespace tg::model {

// 1 to 200 characters, in segments of letters, digits, '.', '_', '-' that do not begin with a dot;
// the last segment must not be reserved by the API (load, unload, download, generate).
Result<void> check_name(std::string_view name);

class Shelf {
 public:
  explicit Shelf(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Sorted by name.
  Result<std::vector<api::Model>> list() const;
  Result<api::Model> find(const std::string& name) const;
  // Removes the model atomically (by a rename), then deletes its files.
  Result<void> remove(const std::string& name) const;
  // Deletes what a crash left between the two steps of remove().
  Result<void> remove_litter() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace tg::model
