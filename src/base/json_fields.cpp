#include "base/json_fields.hpp"

namespace tg::json {

std::optional<std::string> text_in(const Object& object, std::string_view name) {
  const Value* value = object.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string(text->data(), text->size());
}

std::optional<std::int64_t> integer_in(const Object& object, std::string_view name) {
  const Value* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  const auto* number = value->if_uint64();  // sizes are stored as unsigned within a process
  if (number == nullptr || !std::in_range<std::int64_t>(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

const Array& array_in(const Object& object, std::string_view name) {
  static const Array none;
  const Value* value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

const Object& object_in(const Object& object, std::string_view name) {
  static const Object none;
  const Value* value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

}  // namespace tg::json
