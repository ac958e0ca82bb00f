// Resources of the machine: memory and CPU from /proc, disk from statvfs. Parsing is separate from
// reading for the sake of tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string_view>

#include "api/model.hpp"

namespace tg::model {

struct Memory {
  std::int64_t total_bytes = 0;
  std::int64_t available_bytes = 0;
};
// The text of /proc/meminfo.
Result<Memory> parse_meminfo(std::string_view text);

// CPU time of all processors since boot, in clock ticks.
struct CpuTimes {
  std::uint64_t busy = 0;
  std::uint64_t total = 0;
};
// The text of /proc/stat. I/O wait counts as idle.
Result<CpuTimes> parse_cpu_times(std::string_view text);
// 0..100; 0 if no time has passed.
double cpu_percent(const CpuTimes& from, const CpuTimes& until);

// CPU usage is measured since the previous reading (at first: since construction); a reading less
// than `kShortestTicks` after the previous one repeats its value. Thread-safe.
class ResourceMeter {
 public:
  static constexpr std::uint64_t kShortestTicks = 20;

  explicit ResourceMeter(std::filesystem::path folder);
  Result<api::Resources> read();

 private:
  double cpu_usage(const CpuTimes& now);

  const std::filesystem::path folder_;
  std::mutex mutex_;
  CpuTimes last_;            // guarded by mutex_
  double last_percent_ = 0;  // guarded by mutex_
};

}  // namespace tg::model
