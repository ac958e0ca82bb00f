// What every sql::Database must do, and one that breaks a rule.
#pragma once

#include "store/sql.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

// A database that holds nothing yet.
struct SqlHarness {
  virtual ~SqlHarness() = default;
  virtual sql::Database& database() = 0;
};

std::vector<Rule<SqlHarness>> sql_rules();

// Keeps all rules but the named one, on top of a good database.
std::unique_ptr<sql::Database> make_broken_database(std::unique_ptr<sql::Database> good,
                                                    std::string rule);

}  // namespace tg::testing
