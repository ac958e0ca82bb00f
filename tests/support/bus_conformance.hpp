// Conformance suite of store::Bus, with a simple implementation that scans all events in C++, and
// one that breaks a given rule.
#pragma once

#include "base/clock.hpp"
#include "store/bus.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct BusHarness {
  virtual ~BusHarness() = default;
  virtual store::Bus& bus() = 0;
  // Where events are appended; has the outbox tables.
  virtual sql::Database& database() = 0;
  virtual void pass(std::chrono::milliseconds time) = 0;
  // A new bus over the same database, as after a crash.
  virtual void restart() = 0;
};

std::vector<Rule<BusHarness>> bus_rules();

std::unique_ptr<store::Bus> make_plain_bus(sql::Database& database, const Clock& clock);
// Breaks only the given rule.
std::unique_ptr<store::Bus> make_broken_bus(sql::Database& database, const Clock& clock,
                                            std::string rule);

}  // namespace tg::testing
