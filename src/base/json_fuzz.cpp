// Whatever the bytes are, reading JSON answers with a value or an error, and what was read and
// written again reads as a value of the same kind. (Equal to the last bit it need not be: the
// library reads decimal fractions to within one unit in the last place.)
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
