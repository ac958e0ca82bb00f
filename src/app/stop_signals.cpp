#include "app/stop_signals.hpp"

#include <csignal>
#include <cstring>

#include <unistd.h>

namespace tg::app {
namespace {

sigset_t stop_set() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

void end_at_once(int) {
  ::_exit(0);
}

}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_set();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

const char* StopSignals::wait() {
  const sigset_t set = stop_set();
  int signal = 0;
  ::sigwait(&set, &signal);
  return signal == SIGINT ? "SIGINT" : "SIGTERM";
}

void StopSignals::next_one_ends() {
  std::signal(SIGTERM, end_at_once);
  std::signal(SIGINT, end_at_once);
  const sigset_t set = stop_set();
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace tg::app
