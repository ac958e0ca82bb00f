#include "runtime/config.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>

#include <fmt/core.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "base/text.hpp"
#include "runtime/env_file.hpp"
#include "runtime/files.hpp"

namespace tg {
namespace {

constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::string_view kSystemFile = "/etc/telegnosis/telegnosis.toml";

// Edit distance with transpositions (optimal string alignment).
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + same});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

std::string_view first_word(std::string_view key) {
  return key.substr(0, key.find('_'));
}

// A value as found in its source, before parsing.
struct Raw {
  std::string key;
  std::string value;
  std::string origin;
};

// How a source treats unknown keys.
enum class Unknown { refuse, refuse_if_like_ours, warn_if_near };

Result<std::string> toml_value(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return setting::write_number(number->get());
  if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
  const auto* array = node.as_array();
  if (array == nullptr) return invalid("value", "must be text, a number, true, false or a list");
  std::string list;
  for (const toml::node& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr || text->get().contains(',')) {
      return invalid("value", "must be a list of strings without commas");
    }
    list += (list.empty() ? "" : ",") + text->get();
  }
  return list;
}

}  // namespace

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates) {
  const std::size_t most = name.size() < 6 ? 1 : 2;
  std::optional<std::string> best;
  std::size_t fewest = most + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t count = slips(name, candidate);
    if (count < fewest) {
      fewest = count;
      best = candidate;
    }
  }
  return best;
}

Schema& Schema::add(KnownModule module) {
  for (const KnownSetting& setting : module.settings) {
    if (find(setting.key) != nullptr || find(setting.toml_key) != nullptr) {
      throw std::logic_error("two settings are called " + setting.key);
    }
  }
  modules_.push_back(std::move(module));
  return *this;
}

const KnownSetting* Schema::find(std::string_view key_or_toml_key) const {
  for (const KnownModule& module : modules_) {
    for (const KnownSetting& setting : module.settings) {
      if (setting.key == key_or_toml_key || setting.toml_key == key_or_toml_key) return &setting;
    }
  }
  return nullptr;
}

Result<ConfigFlag> parse_set_flag(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return invalid("--set", fmt::format("must be KEY=VALUE, got \"{}\"", text));
  }
  return ConfigFlag{.key = std::string(text.substr(0, equals)),
                    .value = std::string(text.substr(equals + 1)),
                    .flag = "--set"};
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> variables;
  for (char** line = environ; line != nullptr && *line != nullptr; ++line) {
    const std::string_view text = *line;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

// Reads the sources in ascending order of precedence; each overrides the previous ones.
class ConfigLoader {
 public:
  explicit ConfigLoader(const Schema& schema) {
    config_.schema_ = schema;
    for (const KnownModule& module : schema.modules()) {
      for (const KnownSetting& setting : module.settings) {
        names_.push_back(setting.key);
        toml_names_.push_back(setting.toml_key);
        words_.insert(std::string(first_word(setting.key)));
        if (setting.is_secret) {
          names_.push_back(setting.key + std::string(kFileSuffix));
          toml_names_.push_back(setting.toml_key + "_file");
        }
      }
    }
  }

  Result<Config> load(const ConfigSources& sources) {
    read_toml(sources.toml_file);
    read_env_file(sources.env_file);
    std::vector<Raw> raws;
    for (const auto& [key, value] : sources.environment) {
      if (!value.empty()) raws.push_back({key, value, "environment"});
    }
    take(raws, Unknown::warn_if_near, names_);
    raws.clear();
    for (const ConfigFlag& flag : sources.flags) raws.push_back({flag.key, flag.value, flag.flag});
    take(raws, Unknown::refuse, names_);
    read_secret_files();
    check_values();
    if (problems_.empty()) check_modules();
    if (problems_.empty()) return std::move(config_);
    std::string message = "the configuration is not usable";
    for (const std::string& problem : problems_) message += "\n  " + problem;
    return fail(Code::validation, "invalid.configuration", message);
  }

 private:
  void read_toml(const std::optional<std::filesystem::path>& named) {
    std::filesystem::path file = named.value_or("telegnosis.toml");
    std::error_code error;  // set if the working folder may not be searched
    if (!named && !std::filesystem::exists(file, error)) file = kSystemFile;
    const std::optional<std::string> text = read_source(file, named.has_value());
    if (!text) return;
    try {
      std::vector<Raw> raws;
      flatten(toml::parse(*text), "", file.string(), raws);
      take(raws, Unknown::refuse, toml_names_);
    } catch (const toml::parse_error& error) {
      problems_.push_back(
          fmt::format("{}:{}: {}", file.string(), error.source().begin.line, error.description()));
    }
  }

  void flatten(const toml::table& table, const std::string& prefix, const std::string& file,
               std::vector<Raw>& raws) {
    for (const auto& [name, node] : table) {
      const std::string key = prefix + std::string(name.str());
      const std::string origin = fmt::format("{}:{}", file, node.source().begin.line);
      if (const auto* inner = node.as_table()) {
        flatten(*inner, key + ".", file, raws);
      } else if (auto value = toml_value(node)) {
        raws.push_back({key, *std::move(value), origin});
      } else {
        problems_.push_back(fmt::format("{} ({}): {}", key, origin, value.error().message));
      }
    }
  }

  void read_env_file(const std::optional<std::filesystem::path>& named) {
    const std::filesystem::path file = named.value_or(".env");
    const std::optional<std::string> text = read_source(file, named.has_value());
    if (!text) return;
    auto lines = parse_env_file(*text);
    if (!lines) {
      problems_.push_back(fmt::format("{}: {}", file.string(), lines.error().message));
      return;
    }
    std::vector<Raw> raws;
    for (EnvLine& line : *lines) {
      if (line.value.empty()) continue;
      raws.push_back({std::move(line.key), std::move(line.value),
                      fmt::format("{}:{}", file.string(), line.line)});
    }
    take(raws, Unknown::refuse_if_like_ours, names_);
  }

  std::optional<std::string> read_source(const std::filesystem::path& file, bool is_named) {
    auto text = disk_files().read(file);
    if (text) return *std::move(text);
    std::error_code error;
    if (is_named) {
      problems_.push_back(text.error().detail);
    } else if (std::filesystem::exists(file, error)) {
      config_.warnings_.push_back(text.error().detail + "; the file is ignored");
    }
    return std::nullopt;
  }

  // The setting whose KEY_FILE (or toml_key_file) this is.
  const KnownSetting* find_secret_file(std::string_view key) const {
    for (const std::string_view suffix : {kFileSuffix, std::string_view("_file")}) {
      if (!key.ends_with(suffix)) continue;
      const KnownSetting* found = config_.schema_.find(key.substr(0, key.size() - suffix.size()));
      if (found != nullptr && found->is_secret) return found;
    }
    return nullptr;
  }

  void take(const std::vector<Raw>& raws, Unknown unknown, const std::vector<std::string>& names) {
    std::map<std::string, std::string> taken;  // key -> its name in this source
    for (const Raw& raw : raws) {
      const KnownSetting* setting = config_.schema_.find(raw.key);
      const KnownSetting* of_file = setting == nullptr ? find_secret_file(raw.key) : nullptr;
      if (setting == nullptr && of_file == nullptr) {
        say_unknown(raw, unknown, names);
        continue;
      }
      const std::string& key = setting != nullptr ? setting->key : of_file->key;
      const auto [before, is_new] = taken.emplace(key, raw.key);
      if (!is_new && before->second != raw.key) {
        problems_.push_back(fmt::format("{} and {} ({}): only one of them may be set",
                                        before->second, raw.key, raw.origin));
        continue;
      }
      config_.values_[key] = {raw.value, raw.origin};
      if (of_file != nullptr) {
        secret_files_[key] = raw.key;
      } else {
        secret_files_.erase(key);
      }
    }
  }

  void say_unknown(const Raw& raw, Unknown unknown, const std::vector<std::string>& names) {
    const std::optional<std::string> near = nearest_name(raw.key, names);
    std::string what = fmt::format("{} ({}) is not known", raw.key, raw.origin);
    if (near) what += fmt::format("; did you mean {}?", *near);
    const bool is_like_ours = near || words_.contains(std::string(first_word(raw.key)));
    if (unknown == Unknown::refuse || (unknown == Unknown::refuse_if_like_ours && is_like_ours)) {
      if (!near) what += "; `telegnosis config` lists all settings";
      problems_.push_back(std::move(what));
    } else if (near || unknown == Unknown::refuse_if_like_ours) {
      config_.warnings_.push_back(std::move(what));
    }
  }

  void read_secret_files() {
    for (const auto& [key, name] : secret_files_) {
      Config::Value& value = config_.values_[key];
      auto secret = disk_files().read(value.text);
      if (!secret) {
        problems_.push_back(fmt::format("{} ({}): {}", name, value.origin, secret.error().detail));
        continue;
      }
      // Editors and `echo` add a line end that is not part of the secret.
      if (secret->ends_with('\n')) secret->pop_back();
      if (secret->ends_with('\r')) secret->pop_back();
      value.origin = fmt::format("{} ({})", value.text, value.origin);
      value.text = *std::move(secret);
    }
  }

  void check_values() {
    for (auto& [key, value] : config_.values_) {
      const KnownSetting* setting = config_.schema_.find(key);
      if (auto canonical = setting->canonical(value.text)) {
        value.text = *std::move(canonical);
        continue;
      }
      problems_.push_back(fmt::format("{} ({}): \"{}\" is not allowed; allowed: {}", key,
                                      value.origin, setting->is_secret ? "***" : value.text,
                                      setting->allowed));
    }
  }

  void check_modules() {
    for (const KnownModule& module : config_.schema_.modules()) {
      if (!module.check) continue;
      if (auto checked = module.check(config_); !checked) {
        problems_.push_back(checked.error().message);
      }
    }
  }

  Config config_;
  std::vector<std::string> names_;
  std::vector<std::string> toml_names_;
  std::set<std::string, std::less<>> words_;
  std::map<std::string, std::string> secret_files_;  // key -> the setting that names the file
  std::vector<std::string> problems_;
};

Result<Config> Config::load(const Schema& schema, const ConfigSources& sources) {
  return ConfigLoader(schema).load(sources);
}

std::vector<ConfigEntry> Config::entries() const {
  std::vector<ConfigEntry> entries;
  for (const KnownModule& module : schema_.modules()) {
    for (const KnownSetting& setting : module.settings) {
      const auto found = values_.find(setting.key);
      std::string value = found == values_.end() ? setting.default_text : found->second.text;
      if (setting.is_secret && !value.empty()) value = "***";
      entries.push_back({.module = module.name,
                         .key = setting.key,
                         .toml_key = setting.toml_key,
                         .value = std::move(value),
                         .origin = found == values_.end() ? "default" : found->second.origin,
                         .doc = setting.doc});
    }
  }
  return entries;
}

}  // namespace tg
