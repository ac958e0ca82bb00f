// Conformance suite of store::UsageEvents, with an implementation in memory and one that breaks a
// given rule.
#pragma once

#include "store/olap.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct UsageHarness {
  virtual ~UsageHarness() = default;
  virtual store::UsageEvents& events() = 0;
  // Calls copy_to() and opens the copy; null if this process does not store the events.
  virtual Result<std::unique_ptr<store::UsageEvents>> copy() = 0;
};

std::vector<Rule<UsageHarness>> usage_rules();

std::unique_ptr<store::UsageEvents> make_memory_usage_events();
std::unique_ptr<UsageHarness> make_memory_usage_harness();
// Breaks only the given rule.
std::unique_ptr<UsageHarness> make_broken_usage_harness(std::string rule);

}  // namespace tg::testing
