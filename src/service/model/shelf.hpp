// The models that lie on this service's disk: FOLDER/<name>/model.json beside the model's files,
// where a name may span folders ("intfloat/multilingual-e5-small"). A folder without a readable
// model.json is no model; one with a broken model.json is listed with status `error`. Blocking.
// Thread-safe: it holds nothing but the folder's name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "api/model.hpp"

namespace tg::model {

// 1 to 200 characters, segments of letters, digits, '.', '_', '-' that do not begin with a dot, and
// no last segment that is a word of the API (load, unload, download, generate).
Result<void> check_name(std::string_view name);

class Shelf {
 public:
  explicit Shelf(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // In the order of names.
  Result<std::vector<api::Model>> list() const;
  Result<api::Model> find(const std::string& name) const;
  // The model disappears at once (one rename), then its files go.
  Result<void> remove(const std::string& name) const;
  // What a crash left between the two steps of remove().
  Result<void> remove_litter() const;

 private:
  std::filesystem::path folder_;
};

}  // namespace tg::model
