#include "runtime/modules.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>

#include <fmt/core.h>

#include "runtime/log.hpp"

namespace tg {
namespace {

std::string milliseconds_since(std::chrono::steady_clock::time_point begin) {
  const auto took = std::chrono::steady_clock::now() - begin;
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
}

Result<void> start_one(const Module& module) {
  if (!module.start) return {};
  try {
    return module.start();
  } catch (const std::exception& error) {
    return internal(error.what());
  }
}

void stop_one(const Module& module) {
  if (!module.stop) return;
  try {
    module.stop();
  } catch (const std::exception& error) {
    log::error("a module did not stop cleanly", {{"module", module.name}, {"what", error.what()}});
  }
}

}  // namespace

// Depth-first topological sort.
class Modules::Sorter {
 public:
  explicit Sorter(const Modules& modules) : modules_(modules) {}

  Result<void> visit(const std::string& name, const std::string& needed_by) {
    const Module* module = modules_.find(name);
    if (module == nullptr) {
      return fail(Code::validation, "modules.unknown",
                  needed_by.empty()
                      ? fmt::format("there is no module {}", name)
                      : fmt::format("module {} needs {}, which is not there", needed_by, name));
    }
    switch (states_[name]) {
      case State::done:
        return {};
      case State::open:
        return fail(Code::validation, "modules.circle", "modules need each other: " + circle(name));
      case State::unseen:
        break;
    }
    states_[name] = State::open;
    path_.push_back(name);
    for (const std::string& need : module->needs) TG_TRY_VOID(visit(need, name));
    path_.pop_back();
    states_[name] = State::done;
    sorted_.push_back(name);
    return {};
  }

  std::vector<std::string> take() { return std::move(sorted_); }

 private:
  enum class State { unseen, open, done };

  std::string circle(const std::string& name) const {
    std::string text;
    for (auto at = std::ranges::find(path_, name); at != path_.end(); ++at) text += *at + " -> ";
    return text + name;
  }

  const Modules& modules_;
  std::map<std::string, State> states_;
  std::vector<std::string> path_;
  std::vector<std::string> sorted_;
};

const Module* Modules::find(std::string_view name) const {
  const auto found = std::ranges::find(modules_, name, &Module::name);
  return found == modules_.end() ? nullptr : &*found;
}

Result<std::vector<std::string>> Modules::order(const std::vector<std::string>& wanted) const {
  Sorter sorter(*this);
  for (const Module& module : modules_) {
    if (std::ranges::count(modules_, module.name, &Module::name) > 1) {
      return fail(Code::validation, "modules.twice",
                  fmt::format("there are two modules {}", module.name));
    }
    if (wanted.empty()) TG_TRY_VOID(sorter.visit(module.name, ""));
  }
  for (const std::string& name : wanted) TG_TRY_VOID(sorter.visit(name, ""));
  return sorter.take();
}

Result<void> Modules::start(const std::vector<std::string>& wanted) {
  TG_TRY(const std::vector<std::string> names, order(wanted));
  for (const std::string& name : names) {
    if (std::ranges::find(started_, name) != started_.end()) continue;
    const auto begin = std::chrono::steady_clock::now();
    if (auto started = start_one(*find(name)); !started) {
      Error error = std::move(started).error();
      stop();
      error.message = fmt::format("{} could not start: {}", name, error.message);
      return std::unexpected(std::move(error));
    }
    started_.push_back(name);
    log::debug("module started", {{"module", name}, {"ms", milliseconds_since(begin)}});
  }
  return {};
}

void Modules::stop() {
  while (!started_.empty()) {
    const std::string name = std::move(started_.back());
    started_.pop_back();
    const auto begin = std::chrono::steady_clock::now();
    stop_one(*find(name));
    log::debug("module stopped", {{"module", name}, {"ms", milliseconds_since(begin)}});
  }
}

}  // namespace tg
