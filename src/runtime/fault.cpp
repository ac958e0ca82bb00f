#include "runtime/fault.hpp"

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include "base/text.hpp"

namespace tg::fault {
namespace {

struct Rule {
  std::string place;
  std::string action;
  std::size_t at = 0;  // 0: every passage
};

struct State {
  std::mutex mutex;
  std::vector<Rule> rules;
  std::map<std::string, std::size_t, std::less<>> counts;
  int trace = -1;
  int last = -1;
};

bool is_action(std::string_view action) {
  return action == "crash" || action == "error" || action == "hold" ||
         action.starts_with("delay:") || action.starts_with("barrier:/");
}

Result<std::vector<Rule>> parse(std::string_view plan) {
  std::vector<Rule> rules;
  for (const std::string_view part : text::split(plan, ',')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) return invalid("TG_FAULTS", "must be place=action");
    Rule rule{.place = std::string(part.substr(0, equals)),
              .action = std::string(part.substr(equals + 1))};
    if (const std::size_t at = rule.action.find('@'); at != std::string::npos) {
      rule.at = static_cast<std::size_t>(std::strtoul(rule.action.c_str() + at + 1, nullptr, 10));
      rule.action.resize(at);
    }
    if (!is_action(rule.action)) {
      return invalid("TG_FAULTS",
                     fmt::format("'{}' is none of crash, error, hold, delay:<ms>, barrier:<fifo>",
                                 rule.action));
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

State& state() {
  static State* const instance = [] {
    auto* made = new State;  // never destroyed: used until the process ends
    if (const char* plan = std::getenv("TG_FAULTS"); plan != nullptr) {
      if (auto rules = parse(plan)) made->rules = *std::move(rules);
    }
    if (const char* file = std::getenv("TG_FAULT_TRACE"); file != nullptr) {
      made->trace = ::open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (const char* file = std::getenv("TG_FAULT_LAST"); file != nullptr) {
      made->last = ::open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    }
    return made;
  }();
  return *instance;
}

Result<void> act(const std::string& place, const std::string& action) {
  if (action == "crash") {
    ::kill(::getpid(), SIGKILL);
    ::pause();
  }
  if (action == "hold") {
    while (true) ::pause();
  }
  if (action.starts_with("barrier:")) {
    // Opening a FIFO for reading blocks until it is opened for writing.
    const int fifo = ::open(action.c_str() + 8, O_RDONLY | O_CLOEXEC);
    if (fifo < 0) return internal(fmt::format("{} is no FIFO", action));
    ::close(fifo);
    return {};
  }
  if (action.starts_with("delay:")) {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::strtol(action.c_str() + 6, nullptr, 10)));
    return {};
  }
  return internal(fmt::format("fault injected at {}", place));
}

}  // namespace

Result<void> set_plan(std::string_view plan) {
  TG_TRY(auto rules, parse(plan));
  State& s = state();
  const std::scoped_lock lock(s.mutex);
  s.rules = std::move(rules);
  s.counts.clear();
  return {};
}

Result<void> pass(const char* place) {
  State& s = state();
  std::string action;
  {
    const std::scoped_lock lock(s.mutex);
    const std::size_t count = ++s.counts[place];
    if (count == 1 && s.trace >= 0) {
      const std::string line = fmt::format("{}\n", place);
      static_cast<void>(!::write(s.trace, line.data(), line.size()));
    }
    if (s.last >= 0) {
      const std::string line = fmt::format("{:<63}\n", place);
      static_cast<void>(!::pwrite(s.last, line.data(), line.size(), 0));
    }
    for (const Rule& rule : s.rules) {
      if (rule.place == place && (rule.at == 0 || rule.at == count)) action = rule.action;
    }
  }
  return action.empty() ? Result<void>() : act(place, action);
}

std::size_t passages(std::string_view place) {
  State& s = state();
  const std::scoped_lock lock(s.mutex);
  const auto found = s.counts.find(place);
  return found == s.counts.end() ? 0 : found->second;
}

}  // namespace tg::fault
