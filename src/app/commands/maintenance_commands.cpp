// fsck, erase, backup, restore.
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/backup.hpp"
#include "app/check_all.hpp"
#include "app/commands/command_line.hpp"
#include "app/restore.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

int run_fsck(Services& services, bool as_json) {
  json::Object out;
  std::size_t violations = 0;
  const auto found = check_all(services);
  if (!found) return report(found.error());
  for (const auto& [service, checked] : found->reports) {
    violations += checked.violations.size();
    out[service] = json::write(checked);
    if (as_json) continue;
    print(fmt::format("{}: {}", service, json::to_text(json::Value(checked.counts))));
    for (const std::string& violation : checked.violations)
      print(fmt::format("  violated: {}", violation));
  }
  for (const auto& [service, why] : found->not_asked)
    print_note(fmt::format("{}: not checked: {}", service, why));
  if (as_json) print(json::to_pretty_text(json::Value(out)));
  const char* const well =
      found->not_asked.empty() ? "no violations" : "no violations in the services checked";
  if (!as_json)
    print(violations == 0 ? well : counted(static_cast<std::int64_t>(violations), "violation"));
  return violations == 0 ? 0 : static_cast<int>(ExitCode::failed);
}

int run_erase(Services& services) {
  const auto done = each_keeper(services, [](std::string_view, auto& service) -> Result<void> {
    TG_TRY_VOID(run_blocking(service.erase(local_call(), {})));
    return {};
  });
  if (!done) return report(done.error());
  print("deleted data has been overwritten on disk");
  return 0;
}

int run_backup(Services& services, const std::string& folder) {
  const auto done = back_up(services, std::filesystem::absolute(folder));
  if (!done) return report(done.error());
  print(fmt::format("backup written to {}", folder));
  return 0;
}

int run_restore(const SettingFlags& flags, const std::string& folder) {
  const auto config = load_config(flags);
  if (!config) return report(config.error());
  const std::string data = data_folder(*config);
  const auto restored = restore(folder, data);
  if (!restored) return report(restored.error());
  for (const auto& [service, checked] : restored->reports)
    print(fmt::format("{}: {}", service, json::to_text(json::Value(checked.counts))));
  for (const auto& [service, why] : restored->not_asked)
    print_note(fmt::format("{}: not checked: {}", service, why));
  print(fmt::format("{} has been restored and checked", data));
  return 0;
}

}  // namespace

void add_maintenance_commands(CommandLine& line) {
  CLI::App* fsck = line.add("fsck", "check the stored data; exit code 1 if it finds violations",
                            "telegnosis fsck --json");
  const auto json = line.json_flag(fsck);
  line.over_services(fsck, [json](Services& services) { return run_fsck(services, *json); });

  CLI::App* erase = line.add("erase", "overwrite deleted data on disk", "telegnosis erase --now");
  erase->add_flag_callback("--now", [] {}, "required: confirms that it runs now")->required();
  line.over_services(erase, run_erase);

  auto folder = std::make_shared<std::string>();
  CLI::App* backup = line.add("backup", "make a consistent copy of all data",
                              "telegnosis backup /backup/2025-06-01");
  backup->add_option("FOLDER", *folder, "a new folder, or an empty one")->required();
  line.over_services(backup,
                     [folder](Services& services) { return run_backup(services, *folder); });

  auto source = std::make_shared<std::string>();
  CLI::App* restoring = line.add("restore", "rebuild the data folder from a backup and check it",
                                 "telegnosis --data /new restore /backup/2025-06-01");
  restoring->add_option("FOLDER", *source, "a folder that `backup` wrote")->required();
  line.choose(restoring, [&line, source] { return run_restore(line.setting_flags(), *source); });
}

}  // namespace tg::app
