// What every store::SearchIndex must do, and two more of them: one in memory that compares word by
// word, and one that breaks a rule. How well an index ranks is measured elsewhere (bench/).
#pragma once

#include "store/vec.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct IndexHarness {
  virtual ~IndexHarness() = default;
  virtual store::SearchIndex& index() = 0;
};

std::vector<Rule<IndexHarness>> index_rules();

std::unique_ptr<store::SearchIndex> make_memory_index();
// Keeps all rules but the named one.
std::unique_ptr<store::SearchIndex> make_broken_index(std::string rule);

}  // namespace tg::testing
