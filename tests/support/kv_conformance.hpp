// Conformance suite of store::KeyValue, with a simple implementation and one that breaks a given
// rule.
#pragma once

#include "base/clock.hpp"
#include "store/kv.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct KvHarness {
  virtual ~KvHarness() = default;
  virtual store::KeyValue& kv() = 0;
  // Lets time pass for the store: advances a fake clock or, for an external store, waits.
  virtual void pass(std::chrono::milliseconds time) = 0;
};

std::vector<Rule<KvHarness>> kv_rules();

// One map and one lock.
std::unique_ptr<store::KeyValue> make_plain_kv(const Clock& clock);
// Breaks only the given rule.
std::unique_ptr<store::KeyValue> make_broken_kv(const Clock& clock, std::string rule);

}  // namespace tg::testing
