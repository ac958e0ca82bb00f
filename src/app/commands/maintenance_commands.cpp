#include <fmt/core.h>

#include "app/commands/commands.hpp"
#include "app/terminal.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

// What answers 501 in this version, in the words of the reasons.
constexpr auto kNotImplemented =
    std::to_array<std::string_view>({"join", "leave", "login", "web_preview", "dense_vectors",
                                     "providers", "streaming", "pdf", "docx"});

}  // namespace

int run_status(House& house, bool capabilities, bool as_json) {
  if (capabilities) {
    json::Array missing;
    for (const std::string_view what : kNotImplemented) {
      if (!as_json) print(fmt::format("not_implemented.{}", what));
      missing.emplace_back(fmt::format("not_implemented.{}", what));
    }
    if (as_json) print(json::to_text(missing));
    return 0;
  }
  const auto health = run_blocking(house.gateway().health(local_call(), {}));
  if (!health) return report(health.error());
  const auto pipeline = run_blocking(house.documents().statistics(local_call(), {}));
  const auto index = run_blocking(house.vectors().statistics(local_call(), {}));
  json::Object out{{"health", json::write(*health)}};
  if (pipeline) out["pipeline"] = json::write(*pipeline);
  if (index) out["index"] = json::write(*index);
  print(json::to_pretty_text(json::Value(out)));
  return health->status == api::HealthStatus::unhealthy ? static_cast<int>(ExitCode::failed) : 0;
}

int run_fsck(House& house, bool as_json) {
  json::Object out;
  std::size_t violations = 0;
  const auto add = [&](const char* service, const Result<api::FsckReport>& found) {
    const api::FsckReport checked =
        found
            ? *found
            : api::FsckReport{.violations = {found.error().message + ": " + found.error().detail}};
    violations += checked.violations.size();
    out[service] = json::write(checked);
    if (as_json) return;
    print(fmt::format("{}: {}", service, json::to_text(json::Value(checked.counts))));
    for (const std::string& violation : checked.violations)
      print(fmt::format("  violated: {}", violation));
  };
  add("telegram", run_blocking(house.telegram().fsck(local_call(), {})));
  add("document", run_blocking(house.documents().fsck(local_call(), {})));
  add("vector", run_blocking(house.vectors().fsck(local_call(), {})));
  if (as_json) print(json::to_pretty_text(json::Value(out)));
  if (!as_json) print(violations == 0 ? "all is well" : fmt::format("{} violations", violations));
  return violations == 0 ? 0 : static_cast<int>(ExitCode::failed);
}

int run_erase(House& house) {
  for (const auto& done : {run_blocking(house.telegram().erase(local_call(), {})),
                           run_blocking(house.documents().erase(local_call(), {})),
                           run_blocking(house.vectors().erase(local_call(), {})),
                           run_blocking(house.retrieval().erase(local_call(), {}))}) {
    if (!done) return report(done.error());
  }
  print("what was deleted is overwritten");
  return 0;
}

}  // namespace tg::app
