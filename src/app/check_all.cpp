#include "app/check_all.hpp"

#include "app/local_call.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

// A service that cannot be asked is an error; one that fails to read its own data has found a
// violation.
Result<void> add_report(Checked& all, std::string name, Result<api::FsckReport> found) {
  if (found) {
    all.reports.emplace_back(std::move(name), *std::move(found));
    return {};
  }
  const Error& error = found.error();
  if (is_elsewhere(error)) {
    all.not_asked.emplace_back(std::move(name), error.message);
    return {};
  }
  if (error.code != Code::internal) return std::unexpected(error);
  all.reports.emplace_back(
      std::move(name),
      api::FsckReport{.violations = {error.message + ": " + error.detail}, .counts = {}});
  return {};
}

}  // namespace

bool is_elsewhere(const Error& error) {
  return error.reason == "not_through_gateway" || error.reason.starts_with("not_here.");
}

Result<Checked> check_reachable(const Services& services) {
  Checked all;
  TG_TRY_VOID(each_keeper(services, [&all](std::string_view name, auto& service) {
    return add_report(all, std::string(name), run_blocking(service.fsck(local_call(), {})));
  }));
  return all;
}

Result<Checked> check_all(const Services& services) {
  TG_TRY(Checked all, check_reachable(services));
  if (all.reports.empty())
    return fail(Code::unavailable, "fsck.nothing_here", all.not_asked.front().second);
  return all;
}

}  // namespace tg::app
