#include <cstdio>
#include <exception>

#include <malloc.h>

#include "app/commands/command_line.hpp"

namespace {

// Allocations of this size and above are mapped, and returned to the system when freed. Without a
// fixed threshold glibc raises it to the largest block freed so far and retains smaller ones.
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
