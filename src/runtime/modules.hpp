// The parts of a process, started in the order of their needs and stopped in reverse.
//
//   Modules modules;
//   modules.add({.name = "telegram", .needs = {"database"}, .start = .., .stop = ..});
//   modules.add({.name = "database", .start = .., .stop = ..});
//   TG_TRY_VOID(modules.start());          // database, telegram
//   ...
//   modules.stop();                     // telegram, database
//
// When one does not start, those that did are stopped, and the error says which one it was and
// why. start() and stop() run the functions on the calling thread (run_blocking() there is what a
// coroutine needs); one thread uses a Modules.
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
  std::function<Result<void>()> start = {};  // may throw; empty: nothing to do
  std::function<void()> stop = {};           // called only after a start that went well
};

class Modules {
 public:
  Modules() = default;
  ~Modules() { stop(); }
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;

  void add(Module module) { modules_.push_back(std::move(module)); }

  // The names in the order of starting; `wanted` with all they need, or everything when empty. As
  // given where needs leave it open. Refuses a name that is there twice or not at all, and circles.
  Result<std::vector<std::string>> order(const std::vector<std::string>& wanted = {}) const;
  Result<void> start(const std::vector<std::string>& wanted = {});
  void stop();
  std::vector<std::string> running() const { return started_; }

 private:
  class Sorter;
  const Module* find(std::string_view name) const;
  std::vector<Module> modules_;
  std::vector<std::string> started_;  // in the order of starting
};

}  // namespace tg
