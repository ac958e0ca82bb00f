// Reads single values of an export's JSON in the forms that its versions use. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace tg::telegram {

inline const json::Value* find(const json::Object& object, std::string_view key) {
  return object.if_contains(key);
}
// nullopt if absent or empty.
std::optional<std::string> string_of(const json::Object& object, std::string_view key);
// Accepts numbers and, as times are written, strings.
std::optional<std::int64_t> integer_of(const json::Object& object, std::string_view key);
// A string, or an array of strings and {type, text} objects.
std::string plain_text(const json::Value& value);

}  // namespace tg::telegram
