#include "service/auth/attempts.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/network.hpp"

namespace tg::auth {
namespace {

struct Window {
  std::string key;
  std::int64_t limit;
  std::chrono::milliseconds length;
};

std::array<Window, 2> windows_of(const AttemptLimits& limits, std::string_view address) {
  const std::string group = address_group(address);
  return {Window{fmt::format("attempts:{}:minute:{}", limits.kind, group), limits.per_minute,
                 std::chrono::minutes(1)},
          Window{fmt::format("attempts:{}:hour:{}", limits.kind, group), limits.per_hour,
                 std::chrono::hours(1)}};
}

}  // namespace

Task<Result<void>> Attempts::check(AttemptLimits limits, std::string address) {
  if (address.empty()) co_return Result<void>();
  std::chrono::milliseconds wait{0};
  for (const Window& window : windows_of(limits, address)) {
    if (window.limit == 0) continue;
    // get() first: an increment, even by 0, would make a counter for every address.
    TG_CO_TRY(const auto value, co_await kv_.get(window.key));
    if (!value) continue;
    TG_CO_TRY(const store::Counter used, co_await kv_.increment(window.key, 0, window.length));
    if (used.value >= window.limit) wait = std::max(wait, used.left.value_or(window.length));
  }
  if (wait.count() == 0) co_return Result<void>();
  auto refused = fail(Code::rate_limited, "rate_limited.address",
                      "too many attempts from your address; try again later");
  refused.error().retry_after = std::chrono::ceil<std::chrono::seconds>(wait);
  co_return refused;
}

Task<Result<void>> Attempts::record(AttemptLimits limits, std::string address) {
  if (address.empty()) co_return Result<void>();
  for (const Window& window : windows_of(limits, address)) {
    if (window.limit > 0) TG_CO_TRY_VOID(co_await kv_.increment(window.key, 1, window.length));
  }
  co_return Result<void>();
}

}  // namespace tg::auth
