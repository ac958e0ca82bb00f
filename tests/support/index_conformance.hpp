// Conformance suite of store::SearchIndex, with an implementation in memory that compares words,
// and one that breaks a given rule. Ranking quality is measured elsewhere (bench/).
#pragma once

#include "store/vec.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct IndexHarness {
  virtual ~IndexHarness() = default;
  virtual store::SearchIndex& index() = 0;
  // Calls copy_to() and opens the copy.
  virtual Result<std::unique_ptr<store::SearchIndex>> copy() = 0;
  // All bytes that the index keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<IndexHarness>> index_rules();

std::unique_ptr<IndexHarness> make_memory_index_harness();
// Breaks only the given rule.
std::unique_ptr<IndexHarness> make_broken_index_harness(std::string rule);

}  // namespace tg::testing
