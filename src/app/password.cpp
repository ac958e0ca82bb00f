#include "app/password.hpp"

#include <cstdio>
#include <iostream>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace tg::app {
namespace {

// The terminal of the process, whatever its standard streams are; without echo while it lives.
class Terminal {
 public:
  Terminal() : file_(std::fopen("/dev/tty", "r+e")) {
    if (file_ == nullptr || ::tcgetattr(::fileno(file_), &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;  // the line end is shown
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
    return invalid("password", "there is no terminal to ask on: use --password-stdin");
  std::string first = terminal.ask(prompt);
  if (first != terminal.ask("Once more: ")) return invalid("password", "the two are not the same");
  return first;
}

Result<std::string> password_from_input() {
  std::string line;
  if (!std::getline(std::cin, line) || line.empty())
    return invalid("password", "standard input holds no line with it");
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace tg::app
