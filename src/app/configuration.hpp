// The settings of this run: what the command line says over what the environment and the files say.
#pragma once

#include <string>
#include <vector>

#include "app/service_host.hpp"
#include "base/error.hpp"
#include "runtime/config.hpp"

namespace tg::app {

// What the command line says about settings.
struct SettingFlags {
  std::string data;                      // --data; empty: not given
  std::vector<std::string> assignments;  // --set KEY=VALUE
  std::string config_file;               // --config; empty: the usual places
  std::vector<ConfigFlag> more;          // of single commands: --port-base
};

Result<Config> load_config(const SettingFlags& flags);
// As the settings say; else `telegnosis` in the user's folder for data.
std::string data_folder(const Config& config);
// `only`: the services of this process; empty: all nine.
ServiceHostSettings service_host_settings(const Config& config, std::vector<std::string> only);
// A count of threads where 0 means one a core.
std::size_t threads_of(std::uint32_t setting);

}  // namespace tg::app
