#include "service/model/resources.hpp"

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include <fmt/core.h>
#include <sys/statvfs.h>

#include "base/text.hpp"

namespace tg::model {
namespace {

constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;

std::optional<std::uint64_t> number_at(std::string_view text) {
  text = text::trim(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// Files in /proc report a size of 0: read until the end.
Result<std::string> read_proc(const char* path) {
  std::ifstream in(path);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in.good() && !in.eof()) return internal(fmt::format("{} cannot be read", path));
  return bytes.str();
}

double used_percent(double total, double available) {
  return total > 0 ? 100.0 * (total - available) / total : 0;
}

}  // namespace

Result<Memory> parse_meminfo(std::string_view text) {
  std::optional<std::uint64_t> total;
  std::optional<std::uint64_t> available;
  for (const std::string_view line : text::split(text, '\n')) {
    if (line.starts_with("MemTotal:")) total = number_at(line.substr(9));
    if (line.starts_with("MemAvailable:")) available = number_at(line.substr(13));
  }
  if (!total || !available || *available > *total || *total > (1ULL << 50))
    return internal("/proc/meminfo lacks MemTotal or MemAvailable");
  return Memory{static_cast<std::int64_t>(*total * 1024),
                static_cast<std::int64_t>(*available * 1024)};
}

// cpu user nice system idle iowait irq softirq steal guest guest_nice; guest is part of user.
Result<CpuTimes> parse_cpu_times(std::string_view text) {
  constexpr std::size_t kIdle = 3;
  constexpr std::size_t kWaiting = 4;
  constexpr std::size_t kFields = 8;
  if (!text.starts_with("cpu ")) return internal("/proc/stat does not begin with cpu");
  CpuTimes times;
  std::size_t field = 0;
  for (const std::string_view word : text::split(text.substr(4, text.find('\n') - 4), ' ')) {
    if (word.empty()) continue;
    if (field == kFields) break;
    const auto ticks = number_at(word);
    if (!ticks) return internal("/proc/stat: number expected");
    times.total += *ticks;
    if (field != kIdle && field != kWaiting) times.busy += *ticks;
    ++field;
  }
  if (field <= kWaiting) return internal("/proc/stat: too few numbers");
  return times;
}

double cpu_percent(const CpuTimes& from, const CpuTimes& until) {
  if (until.total <= from.total || until.busy < from.busy) return 0;
  return 100.0 * static_cast<double>(until.busy - from.busy) /
         static_cast<double>(until.total - from.total);
}

ResourceMeter::ResourceMeter(std::filesystem::path folder) : folder_(std::move(folder)) {
  if (const auto text = read_proc("/proc/stat"))
    last_ = parse_cpu_times(*text).value_or(CpuTimes{});
}

double ResourceMeter::cpu_usage(const CpuTimes& now) {
  const std::scoped_lock lock(mutex_);
  if (now.total >= last_.total + kShortestTicks) {
    last_percent_ = cpu_percent(last_, now);
    last_ = now;
  }
  return last_percent_;
}

Result<api::Resources> ResourceMeter::read() {
  TG_TRY(const std::string meminfo, read_proc("/proc/meminfo"));
  TG_TRY(const Memory memory, parse_meminfo(meminfo));
  TG_TRY(const std::string stat, read_proc("/proc/stat"));
  TG_TRY(const CpuTimes times, parse_cpu_times(stat));
  struct statvfs disk{};
  if (::statvfs(folder_.c_str(), &disk) != 0)
    return internal(fmt::format("statvfs {} failed", folder_.string()));
  const double block = static_cast<double>(disk.f_frsize);
  api::Resources reply;
  reply.memory_total_gb = static_cast<double>(memory.total_bytes) / kGibibyte;
  reply.memory_available_gb = static_cast<double>(memory.available_bytes) / kGibibyte;
  reply.memory_usage_percent = used_percent(reply.memory_total_gb, reply.memory_available_gb);
  reply.disk_total_gb = block * static_cast<double>(disk.f_blocks) / kGibibyte;
  reply.disk_available_gb = block * static_cast<double>(disk.f_bavail) / kGibibyte;
  reply.disk_usage_percent = used_percent(reply.disk_total_gb, reply.disk_available_gb);
  reply.cpu_usage_percent = cpu_usage(times);
  reply.cache_directory = folder_.string();
  return reply;
}

}  // namespace tg::model
