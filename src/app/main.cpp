#include <cstdio>
#include <exception>

#include "app/commands/command_line.hpp"

int main(int argc, char** argv) {
  try {
    return tg::app::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "telegnosis: %s\n", error.what());
    return 1;
  }
}
