// SIGTERM and SIGINT as something to wait for. Made before any other thread, which inherit the
// blocked signals, so that only wait() sees them.
#pragma once

namespace tg::app {

class StopSignals {
 public:
  StopSignals();
  // Until somebody asks the process to stop; "SIGTERM", "SIGINT".
  const char* wait();
  // From then on the next signal ends the process at once, with exit code 0: all that was answered
  // is on disk already.
  void next_one_ends();
};

}  // namespace tg::app
