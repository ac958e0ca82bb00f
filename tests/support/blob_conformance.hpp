// Conformance suite of store::Blobs, with an implementation in memory and one that breaks a given
// rule.
#pragma once

#include "store/blob.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct BlobHarness {
  virtual ~BlobHarness() = default;
  virtual store::Blobs& blobs() = 0;
  // Calls copy_to() and opens the copy.
  virtual Result<std::unique_ptr<store::Blobs>> copy() = 0;
  // All bytes that the store keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<BlobHarness>> blob_rules();

std::unique_ptr<store::Blobs> make_memory_blobs();
std::unique_ptr<BlobHarness> make_memory_blob_harness();
// Breaks only the given rule.
std::unique_ptr<BlobHarness> make_broken_blob_harness(std::string rule);

}  // namespace tg::testing
