// Waits for SIGTERM and SIGINT. Must be constructed before any other thread is started: threads
// inherit the blocked signals, so that only wait() receives them. Not thread-safe.
#pragma once

namespace tg::app {

class StopSignals {
 public:
  StopSignals();
  // Blocks until a signal arrives; returns "SIGTERM" or "SIGINT".
  const char* wait();
  // From then on a signal ends the process at once, with exit code 0: everything that was
  // acknowledged is on disk.
  void next_one_ends();
};

}  // namespace tg::app
