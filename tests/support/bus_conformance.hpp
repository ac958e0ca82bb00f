// What every store::Bus must do, and two more of them: one that looks at everything in C++, and one
// that breaks a rule.
#pragma once

#include "base/clock.hpp"
#include "store/bus.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct BusHarness {
  virtual ~BusHarness() = default;
  virtual store::Bus& bus() = 0;
  // Where events are appended; it holds the outbox tables.
  virtual sql::Database& database() = 0;
  virtual void pass(std::chrono::milliseconds time) = 0;
  // Another bus over the same database, as after a kill.
  virtual void restart() = 0;
};

std::vector<Rule<BusHarness>> bus_rules();

std::unique_ptr<store::Bus> make_plain_bus(sql::Database& database, const Clock& clock);
// Keeps all rules but the named one.
std::unique_ptr<store::Bus> make_broken_bus(sql::Database& database, const Clock& clock,
                                            std::string rule);

}  // namespace tg::testing
