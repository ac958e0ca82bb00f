#include "service/telegram/export_values.hpp"

#include <charconv>

#include "base/json_fields.hpp"

namespace tg::telegram {

std::optional<std::string> string_of(const json::Object& object, std::string_view key) {
  auto text = json::text_in(object, key);
  return text && text->empty() ? std::nullopt : text;
}

std::optional<std::int64_t> integer_of(const json::Object& object, std::string_view key) {
  if (const auto number = json::integer_in(object, key)) return number;
  const auto text = json::text_in(object, key);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

std::string plain_text(const json::Value& value) {
  if (value.is_string()) return std::string(value.get_string());
  std::string out;
  if (const json::Array* array = value.if_array()) {
    for (const json::Value& part : *array) out += plain_text(part);
  } else if (const json::Object* object = value.if_object()) {
    if (const json::Value* text = find(*object, "text")) out = plain_text(*text);
  }
  return out;
}

}  // namespace tg::telegram
