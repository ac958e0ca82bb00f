#include <cstdio>
#include <exception>

#include <malloc.h>

#include "app/commands/command_line.hpp"

namespace {

// Buffers from here on are mapped, and go back to the system when they are freed. By itself glibc
// raises the limit to the largest that it has seen, and keeps what lies under it.
constexpr int kMappedBytes = 1 << 20;

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, kMappedBytes);
  try {
    return tg::app::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "telegnosis: %s\n", error.what());
    return 1;
  }
}
