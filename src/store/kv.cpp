#include "store/kv.hpp"

#include <charconv>

#include <fmt/core.h>

namespace tg::store {

Result<void> check_key_value(const std::string& key, const std::string& value) {
  if (key.empty() || key.size() > KeyValue::kLongestKey)
    return invalid("key", fmt::format("must have 1 to {} bytes", KeyValue::kLongestKey));
  if (value.size() > KeyValue::kLongestValue)
    return invalid("value", fmt::format("must have at most {} bytes", KeyValue::kLongestValue));
  return {};
}

Result<std::int64_t> parse_counter(const std::string& value) {
  std::int64_t number = 0;
  const char* const last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, number);
  if (error != std::errc() || end != last)
    return fail(Code::conflict, "kv.not_a_number", "the value is not an integer");
  return number;
}

}  // namespace tg::store
