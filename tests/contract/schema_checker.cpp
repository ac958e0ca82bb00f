#include "contract/schema_checker.hpp"

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"

namespace tg::contract {
namespace {

bool is_of_type(const json::Value& value, std::string_view type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.is_bool();
  if (type == "string") return value.is_string();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  return type == "number" && value.is_number();
}

bool is_of_types(const json::Value& value, const json::Value& types) {
  if (types.is_string()) return is_of_type(value, types.get_string());
  return std::ranges::any_of(types.get_array(), [&value](const json::Value& type) {
    return is_of_type(value, type.get_string());
  });
}

bool has_format(std::string_view text, std::string_view format) {
  if (format == "date-time") return parse_iso8601(text).has_value();
  if (format == "uuid") return Uuid::parse(text).has_value();
  return format == "int64" || format == "binary";
}

const std::set<std::string, std::less<>> kKnown{
    "type",       "enum",        "const",           "format",
    "properties", "required",    "items",           "minimum",
    "maximum",    "minItems",    "maxItems",        "additionalProperties",
    "anyOf",      "minLength",   "maxLength",       "default",
    "$ref",       "description", "contentMediaType"};

}  // namespace

std::vector<std::string> SchemaChecker::check(const json::Value& value,
                                              const json::Value& schema) const {
  Problems problems;
  check(value, schema.get_object(), "", problems);
  return problems;
}

const json::Value* SchemaChecker::at(const json::Value& from, std::vector<std::string_view> names) {
  const json::Value* place = &from;
  for (const std::string_view name : names) {
    const json::Object* object = place->if_object();
    place = object == nullptr ? nullptr : object->if_contains(name);
    if (place == nullptr) return nullptr;
  }
  return place;
}

const json::Object* SchemaChecker::operation(std::string_view verb, std::string_view path) const {
  std::string low(verb);
  for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string plain(path);
  for (std::size_t dots = 0; (dots = plain.find("...}")) != std::string::npos;)
    plain.erase(dots, 3);
  const json::Value* found = at(document_, {"paths", plain, low});
  return found == nullptr ? nullptr : found->if_object();
}

void SchemaChecker::check(const json::Value& value, const json::Object& schema,
                          const std::string& path, Problems& problems) const {
  for (const auto& entry : schema) {
    if (!kKnown.contains(std::string_view(entry.key())))
      problems.push_back(path + ": the checker does not know " + std::string(entry.key()));
  }
  if (const json::Value* reference = schema.if_contains("$ref")) {
    const std::string_view name = reference->get_string();
    const json::Value* found =
        at(document_, {"components", "schemas", name.substr(name.rfind('/') + 1)});
    if (found == nullptr) {
      problems.push_back(path + ": refers to nothing");
    } else {
      check(value, found->get_object(), path, problems);
    }
    return;
  }
  if (const json::Value* any = schema.if_contains("anyOf"))
    check_any(value, any->get_array(), path, problems);
  if (const json::Value* types = schema.if_contains("type"); types && !is_of_types(value, *types)) {
    problems.push_back(path + ": has another type");
    return;
  }
  if (const json::Value* words = schema.if_contains("enum");
      words && std::ranges::find(words->get_array(), value) == words->get_array().end())
    problems.push_back(path + ": is none of the words");
  if (const json::Value* only = schema.if_contains("const"); only && *only != value)
    problems.push_back(path + ": is another constant");
  if (value.is_number()) {
    const double number = value.to_number<double>();
    if (const auto* min = schema.if_contains("minimum"); min && number < min->to_number<double>())
      problems.push_back(path + ": too small");
    if (const auto* max = schema.if_contains("maximum"); max && number > max->to_number<double>())
      problems.push_back(path + ": too large");
  }
  if (const auto* text = value.if_string()) {
    const std::size_t length = text::count_code_points(*text);
    if (const auto* min = schema.if_contains("minLength");
        min && length < min->to_number<std::size_t>())
      problems.push_back(path + ": too short");
    if (const auto* max = schema.if_contains("maxLength");
        max && length > max->to_number<std::size_t>())
      problems.push_back(path + ": too long");
    if (const auto* format = schema.if_contains("format");
        format && !has_format(*text, format->get_string()))
      problems.push_back(path + ": is not of its format");
  }
  if (const auto* object = value.if_object()) check_object(*object, schema, path, problems);
  if (const auto* array = value.if_array()) check_array(*array, schema, path, problems);
}

void SchemaChecker::check_object(const json::Object& value, const json::Object& schema,
                                 const std::string& path, Problems& problems) const {
  const json::Value* properties = schema.if_contains("properties");
  const json::Value* more = schema.if_contains("additionalProperties");
  for (const auto& entry : value) {
    const std::string at_path = path + "/" + std::string(entry.key());
    const json::Value* property =
        properties == nullptr ? nullptr : properties->get_object().if_contains(entry.key());
    if (property != nullptr) {
      check(entry.value(), property->get_object(), at_path, problems);
    } else if (more != nullptr && more->is_bool() && !more->get_bool()) {
      problems.push_back(at_path + ": is not known");
    } else if (more != nullptr && more->is_object()) {
      check(entry.value(), more->get_object(), at_path, problems);
    } else if (properties != nullptr) {
      problems.push_back(at_path + ": is not described");
    }
  }
  const json::Value* required = schema.if_contains("required");
  if (required == nullptr) return;
  for (const json::Value& name : required->get_array()) {
    if (!value.contains(name.get_string()))
      problems.push_back(path + "/" + std::string(name.get_string()) + ": is missing");
  }
}

void SchemaChecker::check_array(const json::Array& value, const json::Object& schema,
                                const std::string& path, Problems& problems) const {
  if (const auto* min = schema.if_contains("minItems");
      min && value.size() < min->to_number<std::size_t>())
    problems.push_back(path + ": has too few items");
  if (const auto* max = schema.if_contains("maxItems");
      max && value.size() > max->to_number<std::size_t>())
    problems.push_back(path + ": has too many items");
  const json::Value* items = schema.if_contains("items");
  if (items == nullptr) return;
  for (std::size_t i = 0; i < value.size(); ++i)
    check(value[i], items->get_object(), path + "/" + std::to_string(i), problems);
}

void SchemaChecker::check_any(const json::Value& value, const json::Array& schemas,
                              const std::string& path, Problems& problems) const {
  Problems all;
  for (const json::Value& schema : schemas) {
    Problems of_this;
    check(value, schema.get_object(), path, of_this);
    if (of_this.empty()) return;
    all.insert(all.end(), of_this.begin(), of_this.end());
  }
  problems.insert(problems.end(), all.begin(), all.end());
}

}  // namespace tg::contract
