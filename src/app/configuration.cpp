#include "app/configuration.hpp"

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "app/settings.hpp"

namespace tg::app {

Result<Config> load_config(const SettingFlags& flags) {
  ConfigSources sources;
  sources.flags = flags.more;
  if (!flags.data.empty()) {
    const std::string whole = std::filesystem::absolute(flags.data).string();
    sources.flags.push_back({.key = "TELEGNOSIS_DATA", .value = whole, .flag = "--data"});
  }
  for (const std::string& assignment : flags.assignments) {
    TG_TRY(ConfigFlag flag, parse_set_flag(assignment));
    sources.flags.push_back(std::move(flag));
  }
  sources.environment = process_environment();
  if (!flags.config_file.empty()) sources.toml_file = flags.config_file;
  return Config::load(settings_schema(), sources);
}

std::string data_folder(const Config& config) {
  namespace fs = std::filesystem;
  const fs::path folder = config.read<DataSettings>().folder;
  if (!folder.empty()) return fs::absolute(folder).string();
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return (fs::path(data) / "telegnosis").string();
  const char* home = std::getenv("HOME");
  return (fs::path(home == nullptr ? "." : home) / ".local" / "share" / "telegnosis").string();
}

ServiceHostSettings service_host_settings(const Config& config, std::vector<std::string> only) {
  const auto server = config.read<ServerSettings>();
  ServiceHostSettings settings;
  settings.config = config;
  settings.data = data_folder(config);
  settings.import_folder = config.read<DataSettings>().import_folder;
  settings.loops = threads_of(server.loops);
  settings.threads = threads_of(server.compute_threads);
  settings.compute_queue = server.compute_queue;
  settings.only = std::move(only);
  settings.urls = urls_of(config.read<ServiceSettings>());
  return settings;
}

std::size_t threads_of(std::uint32_t setting) {
  return setting != 0 ? setting : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace tg::app
