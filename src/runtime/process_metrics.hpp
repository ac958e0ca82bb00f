// Resource usage of this process (/proc/self), for /metrics and reports. Thread-safe.
#pragma once

#include <cstdint>

#include "runtime/metrics.hpp"

namespace tg::metrics {

struct ProcessUsage {
  std::uint64_t resident_bytes = 0;
  std::uint64_t anonymous_bytes = 0;  // RssAnon: resident memory without a backing file
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;
  std::uint64_t max_files = 0;
  std::uint64_t threads = 0;
  double cpu_seconds = 0;
  double start_time_seconds = 0;  // since the Unix epoch
};
ProcessUsage process_usage();

// Exports process_*, telegnosis_process_anonymous_memory_bytes, telegnosis_build_info and the log's
// counters while the handle lives.
[[nodiscard]] Registry::Handle collect_process(Registry& registry);

}  // namespace tg::metrics
