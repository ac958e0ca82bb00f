// What every store::Blobs must do, and two more of them: one in memory, and one that breaks a rule.
#pragma once

#include "store/blob.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct BlobHarness {
  virtual ~BlobHarness() = default;
  virtual store::Blobs& blobs() = 0;
  // Has the blobs copied, and opens the copy.
  virtual Result<std::unique_ptr<store::Blobs>> copy() = 0;
  // Everything that the store keeps, on disk or in memory, in any order.
  virtual std::string bytes() = 0;
};

std::vector<Rule<BlobHarness>> blob_rules();

std::unique_ptr<store::Blobs> make_memory_blobs();
std::unique_ptr<BlobHarness> make_memory_blob_harness();
// Its blobs keep all rules but the named one.
std::unique_ptr<BlobHarness> make_broken_blob_harness(std::string rule);

}  // namespace tg::testing
