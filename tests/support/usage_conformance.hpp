// What every store::UsageEvents must do, and two more of them: one in memory, and one that breaks a
// rule.
#pragma once

#include "store/olap.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct UsageHarness {
  virtual ~UsageHarness() = default;
  virtual store::UsageEvents& events() = 0;
  // Has the events copied, and opens the copy; null: this process keeps none of them.
  virtual Result<std::unique_ptr<store::UsageEvents>> copy() = 0;
};

std::vector<Rule<UsageHarness>> usage_rules();

std::unique_ptr<store::UsageEvents> make_memory_usage_events();
std::unique_ptr<UsageHarness> make_memory_usage_harness();
// Its events keep all rules but the named one.
std::unique_ptr<UsageHarness> make_broken_usage_harness(std::string rule);

}  // namespace tg::testing
