#include <cstdint>
#include <cstdlib>

#include "runtime/env_file.hpp"

// Parsed values can be written in single or double quotes and are parsed as the same values again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines =
      tg::parse_env_file({reinterpret_cast<const char*>(data), size});  // NOLINT(*reinterpret-cast)
  if (!lines) return 0;
  std::string written;
  for (const tg::EnvLine& line : *lines) {
    written += line.key + "=\"";
    for (const char c : line.value) {
      if (c == '"' || c == '\\') written += '\\';
      written += c;
    }
    written += "\"\n";
  }
  const auto again = tg::parse_env_file(written);
  if (!again || again->size() != lines->size()) std::abort();
  for (std::size_t i = 0; i < lines->size(); ++i) {
    if ((*again)[i].key != (*lines)[i].key || (*again)[i].value != (*lines)[i].value) std::abort();
  }
  return 0;
}
