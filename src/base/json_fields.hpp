// Access to fields of JSON objects that are not described structs: metadata, counts, reports,
// claims. A field of another type counts as missing. Pure functions: thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace tg::json {

std::optional<std::string> text_in(const Object& object, std::string_view name);
std::optional<std::int64_t> integer_in(const Object& object, std::string_view name);
// Empty if missing; otherwise a reference into `object`.
const Array& array_in(const Object& object, std::string_view name);
const Object& object_in(const Object& object, std::string_view name);

}  // namespace tg::json
