#include "runtime/process_metrics.hpp"

#include <charconv>
#include <fstream>
#include <sstream>
#include <string>

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/json.hpp"
#include "runtime/build_info.hpp"
#include "runtime/log.hpp"

namespace tg::metrics {
namespace {

std::string read_all(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The number after `name` at the start of a line ("VmRSS:    1234 kB").
std::uint64_t number_after(std::string_view text, std::string_view name) {
  std::size_t at = text.starts_with(name) ? 0 : text.find("\n" + std::string(name));
  if (at == std::string_view::npos) return 0;
  at = text.find_first_of("0123456789", at + name.size());
  if (at == std::string_view::npos) return 0;
  std::uint64_t number = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), number);
  return number;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::uint64_t count_open_files() {
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(folder)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(folder);
  return count - 1;  // without the descriptor of this iteration
}

// Field 22 of /proc/self/stat, in clock ticks since boot.
double read_start_time() {
  const std::string stat = read_all("/proc/self/stat");
  const std::size_t name_end = stat.rfind(')');  // the program's name may contain any character
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  const double ticks = std::strtod(field.c_str(), nullptr);
  return static_cast<double>(number_after(read_all("/proc/stat"), "btime")) +
         ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void write_log_lines(Exposition& out) {
  const log::Lines lines = log::lines();
  for (std::size_t i = 0; i < lines.by_level.size(); ++i) {
    out.counter("telegnosis_log_lines_total", "log lines, including suppressed ones",
                {{"level", std::string(json::enum_word(static_cast<log::Level>(i)))}},
                static_cast<double>(lines.by_level[i]));
  }
  out.counter("telegnosis_log_suppressed_total", "warnings and errors suppressed as repetitions",
              {}, static_cast<double>(lines.suppressed));
}

}  // namespace

ProcessUsage process_usage() {
  const std::string status = read_all("/proc/self/status");
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  static const double start_time = read_start_time();
  return {.resident_bytes = number_after(status, "VmRSS:") * 1024,
          .anonymous_bytes = number_after(status, "RssAnon:") * 1024,
          .virtual_bytes = number_after(status, "VmSize:") * 1024,
          .open_files = count_open_files(),
          .max_files = files.rlim_cur,
          .threads = number_after(status, "Threads:"),
          .cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime),
          .start_time_seconds = start_time};
}

Registry::Handle collect_process(Registry& registry) {
  return registry.collect([](Exposition& out) {
    const ProcessUsage usage = process_usage();
    const auto gauge = [&](std::string_view name, std::string_view help, auto value) {
      out.gauge(name, help, {}, static_cast<double>(value));
    };
    gauge("process_resident_memory_bytes", "resident memory", usage.resident_bytes);
    gauge("process_virtual_memory_bytes", "virtual memory", usage.virtual_bytes);
    gauge("telegnosis_process_anonymous_memory_bytes", "resident memory without a backing file",
          usage.anonymous_bytes);
    gauge("process_open_fds", "open file descriptors", usage.open_files);
    gauge("process_max_fds", "most file descriptors allowed", usage.max_files);
    gauge("process_threads", "threads", usage.threads);
    gauge("process_start_time_seconds", "start, in seconds since the Unix epoch",
          usage.start_time_seconds);
    out.counter("process_cpu_seconds_total", "processor time, user and system", {},
                usage.cpu_seconds);
    const BuildInfo& build = build_info();
    out.gauge("telegnosis_build_info", "version of this program; always 1",
              {{"version", std::string(build.version)},
               {"commit", std::string(build.commit)},
               {"compiler", std::string(build.compiler)}},
              1);
    write_log_lines(out);
  });
}

}  // namespace tg::metrics
