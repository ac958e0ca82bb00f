#include "wire/schemas.hpp"

#include <boost/core/demangle.hpp>

#include "base/text.hpp"

namespace tg::wire {
namespace {

json::Value number_of(double number) {
  if (number == std::floor(number) && std::fabs(number) < 1e15)
    return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace

json::Object enum_schema(std::string_view words) {
  json::Array list;
  for (const std::string_view word : text::split(words, ',')) list.emplace_back(text::trim(word));
  return {{"type", "string"}, {"enum", std::move(list)}};
}

json::Object or_null(json::Object schema) {
  json::Value* type = schema.if_contains("type");
  if (type == nullptr) {
    return {{"anyOf", json::Array{std::move(schema), json::Object{{"type", "null"}}}}};
  }
  *type = json::Array{*type, "null"};
  if (json::Value* words = schema.if_contains("enum")) words->get_array().emplace_back(nullptr);
  return schema;
}

void put_rule(json::Object& schema, const Rule& rule) {
  if (std::isfinite(rule.min)) schema["minimum"] = number_of(rule.min);
  if (std::isfinite(rule.max)) schema["maximum"] = number_of(rule.max);
  const json::Value* type = schema.if_contains("type");
  const bool is_array = type != nullptr && *type == "array";
  if (rule.min_length > 0) schema[is_array ? "minItems" : "minLength"] = rule.min_length;
  if (rule.max_length != std::numeric_limits<std::size_t>::max())
    schema[is_array ? "maxItems" : "maxLength"] = rule.max_length;
  if (!rule.doc.empty()) schema["description"] = rule.doc;
}

std::string schema_name(const std::type_info& type, Way way) {
  std::string name;
  std::string word;
  const std::string demangled = boost::core::demangle(type.name()) + '>';
  for (const char c : demangled) {
    if (c == ':') {
      word.clear();  // a namespace
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else {
      name += std::exchange(word, {});
    }
  }
  return way == Way::in ? name + "Input" : name;
}

}  // namespace tg::wire
