// The configuration: one described struct per module (setting.hpp), filled from
//
//   flags > environment > .env > telegnosis.toml > defaults
//
//   Schema schema;
//   schema.add<GatewaySettings>().add<LogSettings>();
//   TG_TRY(const Config config, Config::load(schema, sources));  // or an error
//   const auto gateway = config.read<GatewaySettings>();
//
// An empty value in the environment or in .env counts as not set. All errors are reported together,
// each with the key, its origin, the value (masked if secret) and the allowed values. Unknown keys
// are errors in flags, in telegnosis.toml, and in .env if they resemble one of ours (same first
// word, or almost the same name). .env files and the environment are shared with other programs;
// there, other unknown keys are ignored or cause a warning. Thread-safe after load().
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/setting.hpp"

namespace tg {

// A row of a module's settings table, without its type.
struct KnownSetting {
  std::string module;
  std::string key;       // "RATE_LIMIT_PER_MINUTE"
  std::string toml_key;  // "gateway.rate_limit_per_minute"
  std::string doc;
  std::string allowed;  // follows "allowed: "
  std::string default_text;
  bool is_secret = false;
  // The canonical form of a value; nullopt: not allowed.
  std::function<std::optional<std::string>(std::string_view)> canonical;
};

class Config;

struct KnownModule {
  std::string name;
  std::string doc;
  std::vector<KnownSetting> settings;
  // Checks constraints between settings.
  std::function<Result<void>(const Config&)> check;
};

class Schema {
 public:
  // Requires settings_of(const T*). Throws std::logic_error if another module has the same key.
  template <typename T>
  Schema& add();
  const std::vector<KnownModule>& modules() const { return modules_; }
  const KnownSetting* find(std::string_view key_or_toml_key) const;

 private:
  Schema& add(KnownModule module);
  std::vector<KnownModule> modules_;
};

struct ConfigFlag {
  std::string key;  // KEY, module.key, or KEY_FILE of a secret
  std::string value;
  std::string flag;  // as the user typed it: "--port-base"
};
// Parses the "KEY=value" of `--set`.
Result<ConfigFlag> parse_set_flag(std::string_view text);

struct ConfigSources {
  std::vector<ConfigFlag> flags;
  std::map<std::string, std::string> environment;
  // Must be readable when named here. Otherwise .env and telegnosis.toml of the working folder (or
  // else /etc/telegnosis/telegnosis.toml) are read if they exist and this user may read them.
  std::optional<std::filesystem::path> env_file = std::nullopt;
  std::optional<std::filesystem::path> toml_file = std::nullopt;
};
std::map<std::string, std::string> process_environment();

struct ConfigEntry {
  std::string module;
  std::string key;
  std::string toml_key;
  std::string value;   // "***" where a secret is set
  std::string origin;  // "default", "telegnosis.toml:12", ".env:3", "environment", "--port-base"
  std::string doc;
};

class Config {
 public:
  static Result<Config> load(const Schema& schema, const ConfigSources& sources);

  // T must be part of the loaded schema.
  template <typename T>
  T read() const;
  // Every setting, in the order of the schema.
  std::vector<ConfigEntry> entries() const;
  // "environment: RATE_LIMT_PER_DAY is not known; did you mean RATE_LIMIT_PER_DAY?"
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class ConfigLoader;
  struct Value {
    std::string text;
    std::string origin;
  };
  Schema schema_;
  std::map<std::string, Value, std::less<>> values_;  // by key; absent: the default
  std::vector<std::string> warnings_;
};

// The candidate with an edit distance of at most two (insertion, deletion, substitution, swap).
std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates);

// --- templates -----------------------------------------------------------------------------------

namespace setting {

template <typename T>
constexpr bool every_line_names_a_member() {
  constexpr auto table = settings_of(static_cast<const T*>(nullptr));
  bool all = true;
  for (const Setting& line : table.lines) {
    bool found = false;
    boost::mp11::mp_for_each<json::MembersOf<T>>(
        [&](auto d) { found = found || line.field == std::string_view(d.name); });
    all = all && found;
  }
  return all;
}

// Calls visit(row, pointer to member) for every row of T's table.
template <typename T, typename Visitor>
void for_each_line(Visitor visit) {
  static_assert(every_line_names_a_member<T>(), "settings_of() names no member of the struct");
  static constexpr auto kTable = settings_of(static_cast<const T*>(nullptr));
  for (const Setting& line : kTable.lines) {
    boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
      if (line.field == std::string_view(d.name)) visit(line, d.pointer);
    });
  }
}

}  // namespace setting

template <typename T>
Schema& Schema::add() {
  constexpr auto table = settings_of(static_cast<const T*>(nullptr));
  KnownModule module{.name = std::string(table.module),
                     .doc = std::string(table.doc),
                     .settings = {},
                     .check = {}};
  const T defaults{};
  setting::for_each_line<T>([&](const Setting& line, auto pointer) {
    using Member = std::remove_cvref_t<decltype(defaults.*pointer)>;
    module.settings.push_back(
        {.module = module.name,
         .key = key_of(line),
         .toml_key = module.name + "." + std::string(json::wire_word(line.field)),
         .doc = std::string(line.doc),
         .allowed = setting::allowed<Member>(line),
         .default_text = setting::write(defaults.*pointer),
         .is_secret = line.is_secret,
         .canonical = [line](std::string_view text) -> std::optional<std::string> {
           const std::optional<Member> value = setting::read<Member>(line, text);
           if (!value) return std::nullopt;
           return setting::write(*value);
         }});
  });
  if constexpr (requires(const T& value) { check_settings(value); }) {
    module.check = [](const Config& config) { return check_settings(config.read<T>()); };
  }
  return add(std::move(module));
}

template <typename T>
T Config::read() const {
  T out{};
  setting::for_each_line<T>([&](const Setting& line, auto pointer) {
    const auto found = values_.find(key_of(line));
    if (found == values_.end()) return;
    using Member = std::remove_cvref_t<decltype(out.*pointer)>;
    // Cannot fail: load() has parsed it before.
    if (auto value = setting::read<Member>(line, found->second.text)) {
      out.*pointer = *std::move(value);
    }
  });
  return out;
}

}  // namespace tg
