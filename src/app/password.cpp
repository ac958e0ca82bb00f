#include "app/password.hpp"

#include <cstdio>
#include <iostream>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace tg::app {
namespace {

// The controlling terminal, independent of the standard streams; echo is off during its lifetime.
class Terminal {
 public:
  Terminal() : file_(std::fopen("/dev/tty", "r+e")) {
    if (file_ == nullptr || ::tcgetattr(::fileno(file_), &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;  // the newline is shown
    is_silent_ = ::tcsetattr(::fileno(file_), TCSAFLUSH, &silent) == 0;
  }
  ~Terminal() {
    if (is_silent_) ::tcsetattr(::fileno(file_), TCSAFLUSH, &before_);
    if (file_ != nullptr) std::fclose(file_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_there() const { return is_silent_; }

  std::string ask(const std::string& prompt) {
    std::fputs(prompt.c_str(), file_);
    std::fflush(file_);
    std::string line;
    for (int c = std::fgetc(file_); c != EOF && c != '\n'; c = std::fgetc(file_))
      line += static_cast<char>(c);
    return line;
  }

 private:
  std::FILE* file_;
  termios before_{};
  bool is_silent_ = false;
};

}  // namespace

Result<std::string> ask_new_password(const std::string& prompt) {
  Terminal terminal;
  if (!terminal.is_there())
    return invalid("password", "must be given with --password-stdin when there is no terminal");
  std::string first = terminal.ask(prompt);
  if (first != terminal.ask("Repeat it: "))
    return invalid("password", "must be the same both times: the passwords do not match");
  return first;
}

Result<std::string> password_from_input() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    return invalid("password", "must be the first line of standard input");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace tg::app
