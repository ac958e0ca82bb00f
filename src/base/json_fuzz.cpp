// Parsing any bytes gives a value or an error, and a value that is written and read again has the
// same kind. (It may differ in the last bit: the library reads decimal fractions to within one unit
// in the last place.)
#include <cstdlib>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = tg::json::parse(text);
  if (!value) return 0;
  const auto again = tg::json::parse(tg::json::to_text(*value));
  if (again && again->kind() != value->kind()) std::abort();
  static_cast<void>(tg::json::has_duplicate_names(text));
  return 0;
}
