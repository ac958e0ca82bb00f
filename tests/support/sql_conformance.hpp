// What every sql::Database must do, and one that breaks a rule.
#pragma once

#include "store/sql.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

// A database that holds nothing yet.
struct SqlHarness {
  virtual ~SqlHarness() = default;
  virtual sql::Database& database() = 0;
  // Has the database copied, and opens the copy.
  virtual Result<std::unique_ptr<sql::Database>> copy() = 0;
  // Everything that the database keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<SqlHarness>> sql_rules();

// Keeps all rules but the named one, on top of a good database.
std::unique_ptr<sql::Database> make_broken_database(std::unique_ptr<sql::Database> good,
                                                    std::string rule);

}  // namespace tg::testing
