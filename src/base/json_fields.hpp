// Fields of a JSON object that is no described struct: metadata, counts, reports, claims. A field
// that is missing and one of another type are the same: nothing. Values: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace tg::json {

std::optional<std::string> text_in(const Object& object, std::string_view name);
std::optional<std::int64_t> integer_in(const Object& object, std::string_view name);
// Empty where there is none; otherwise part of `object`.
const Array& array_in(const Object& object, std::string_view name);
const Object& object_in(const Object& object, std::string_view name);

}  // namespace tg::json
