// What every store::SearchIndex must do, and two more of them: one in memory that compares word by
// word, and one that breaks a rule. How well an index ranks is measured elsewhere (bench/).
#pragma once

#include "store/vec.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct IndexHarness {
  virtual ~IndexHarness() = default;
  virtual store::SearchIndex& index() = 0;
  // Has the index copied, and opens the copy.
  virtual Result<std::unique_ptr<store::SearchIndex>> copy() = 0;
  // Everything that the index keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<IndexHarness>> index_rules();

std::unique_ptr<IndexHarness> make_memory_index_harness();
// Its index keeps all rules but the named one.
std::unique_ptr<IndexHarness> make_broken_index_harness(std::string rule);

}  // namespace tg::testing
