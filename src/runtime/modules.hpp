// Starts the parts of a process in the order of their dependencies, and stops them in reverse.
//
//   Modules modules;
//   modules.add({.name = "telegram", .needs = {"database"}, .start = .., .stop = ..});
//   modules.add({.name = "database", .start = .., .stop = ..});
//   TG_TRY_VOID(modules.start());          // database, telegram
//   ...
//   modules.stop();                     // telegram, database
//
// If one fails to start, the started ones are stopped, and the error names it and the cause. The
// functions run on the calling thread (use run_blocking() for coroutines). Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg {

struct Module {
  std::string name;
  std::vector<std::string> needs = {};
  std::function<Result<void>()> start = {};  // may throw; optional
  std::function<void()> stop = {};           // called only after a successful start; optional
};

class Modules {
 public:
  Modules() = default;
  ~Modules() { stop(); }
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  void add(Module module) { modules_.push_back(std::move(module)); }

  // The start order of `wanted` and its dependencies, or of all modules if it is empty. Otherwise
  // independent modules keep the order of add(). Code::validation for duplicate or unknown names
  // and for dependency cycles.
  Result<std::vector<std::string>> order(const std::vector<std::string>& wanted = {}) const;
  Result<void> start(const std::vector<std::string>& wanted = {});
  void stop();
  std::vector<std::string> running() const { return started_; }

 private:
  class Sorter;
  const Module* find(std::string_view name) const;
  std::vector<Module> modules_;
  std::vector<std::string> started_;  // in start order
};

}  // namespace tg
