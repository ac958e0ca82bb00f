// What every store::KeyValue must do, and two more of them: a plain one, and one that breaks a
// rule.
#pragma once

#include "base/clock.hpp"
#include "store/kv.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct KvHarness {
  virtual ~KvHarness() = default;
  virtual store::KeyValue& kv() = 0;
  // Lets time go by for the store: a fake clock, or, for a store with a clock of its own, a wait.
  virtual void pass(std::chrono::milliseconds time) = 0;
};

std::vector<Rule<KvHarness>> kv_rules();

// One map behind one lock: the simplest thing that keeps the rules.
std::unique_ptr<store::KeyValue> make_plain_kv(const Clock& clock);
// Keeps all rules but the named one.
std::unique_ptr<store::KeyValue> make_broken_kv(const Clock& clock, std::string rule);

}  // namespace tg::testing
