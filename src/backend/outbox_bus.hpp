// The bus port on the outbox table in a service's own database (store/bus.hpp, kOutboxTables).
// Thread-safe.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "store/bus.hpp"

namespace tg::backend {

// `database` and `clock` must outlive the bus.
std::unique_ptr<store::Bus> make_outbox_bus(sql::Database& database, const Clock& clock);

}  // namespace tg::backend
