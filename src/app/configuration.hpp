// The settings of this run: command line over environment over files. Thread-safe: pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/service_host.hpp"
#include "base/error.hpp"
#include "runtime/config.hpp"

namespace tg::app {

// The settings given on the command line.
struct SettingFlags {
  std::string data;                      // --data; empty: not given
  std::vector<std::string> assignments;  // --set KEY=VALUE
  std::string config_file;               // --config; empty: the usual places
  std::vector<ConfigFlag> more;          // other options: --port-base, --url
};

Result<Config> load_config(const SettingFlags& flags);
// The configured folder, otherwise `telegnosis` in the user's data folder.
std::string data_folder(const Config& config);
// `only`: the services of this process; empty: all nine.
ServiceHostSettings service_host_settings(const Config& config, std::vector<std::string> only);
// A number of threads; 0 means one per core.
std::size_t threads_of(std::uint32_t setting);

}  // namespace tg::app
