// Conformance suite of sql::Database, with a wrapper that breaks a given rule.
#pragma once

#include "store/sql.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

// An empty database.
struct SqlHarness {
  virtual ~SqlHarness() = default;
  virtual sql::Database& database() = 0;
  // Calls copy_to() and opens the copy.
  virtual Result<std::unique_ptr<sql::Database>> copy() = 0;
  // All bytes that the database keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<SqlHarness>> sql_rules();

// Breaks only the given rule, on top of a good database.
std::unique_ptr<sql::Database> make_broken_database(std::unique_ptr<sql::Database> good,
                                                    std::string rule);

}  // namespace tg::testing
