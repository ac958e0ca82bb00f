// What every store::Blobs must do, and two more of them: one in memory, and one that breaks a rule.
#pragma once

#include "store/blob.hpp"
#include "tests/support/conformance.hpp"

namespace tg::testing {

struct BlobHarness {
  virtual ~BlobHarness() = default;
  virtual store::Blobs& blobs() = 0;
};

std::vector<Rule<BlobHarness>> blob_rules();

std::unique_ptr<store::Blobs> make_memory_blobs();
// Keeps all rules but the named one.
std::unique_ptr<store::Blobs> make_broken_blobs(std::string rule);

}  // namespace tg::testing
