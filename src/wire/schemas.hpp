// JSON Schemas (2020-12) of described types, with their rules. Internal to wire.
#pragma once

#include <map>
#include <string>
#include <typeinfo>

#include "base/json.hpp"
#include "wire/fields.hpp"

namespace tg::wire {

// The direction of a value: inputs may omit fields with defaults, outputs are complete.
enum class Way : std::uint8_t { in, out };

json::Object enum_schema(std::string_view words);
json::Object or_null(json::Object schema);
void put_rule(json::Object& schema, const Rule& rule);
// "tg::api::Enveloped<tg::api::ChannelList>" as "EnvelopedChannelList".
std::string schema_name(const std::type_info& type, Way way);

// The named schemas that others refer to. Not thread-safe.
class Schemas {
 public:
  template <typename T>
  json::Object of(Way way, const Rule* rule = nullptr) {
    json::Object schema = plain<T>(way);
    if (rule != nullptr) put_rule(schema, *rule);
    return json::is_optional<T> ? or_null(std::move(schema)) : schema;
  }
  const std::map<std::string, json::Object>& named() const { return named_; }

 private:
  template <typename T>
  json::Object plain(Way way) {
    if constexpr (json::is_optional<T>) {
      return plain<typename T::value_type>(way);
    } else if constexpr (std::is_same_v<T, json::Value>) {
      return {};
    } else if constexpr (std::is_same_v<T, json::Object>) {
      return {{"type", "object"}};
    } else if constexpr (std::is_same_v<T, bool>) {
      return {{"type", "boolean"}};
    } else if constexpr (std::is_integral_v<T>) {
      return {{"type", "integer"}, {"format", "int64"}};
    } else if constexpr (std::is_floating_point_v<T>) {
      return {{"type", "number"}};
    } else if constexpr (std::is_same_v<T, std::string>) {
      return {{"type", "string"}};
    } else if constexpr (std::is_same_v<T, UnixMillis>) {
      return {{"type", "string"}, {"format", "date-time"}};
    } else if constexpr (std::is_same_v<T, Uuid>) {
      return {{"type", "string"}, {"format", "uuid"}};
    } else if constexpr (json::DescribedEnum<T>) {
      return enum_schema(json::enum_words<T>());
    } else if constexpr (json::is_vector<T>) {
      return {{"type", "array"}, {"items", of<typename T::value_type>(way)}};
    } else if constexpr (json::is_string_map<T>) {
      return {{"type", "object"}, {"additionalProperties", of<typename T::mapped_type>(way)}};
    } else {
      return reference<T>(way);
    }
  }

  template <typename T>
  json::Object reference(Way way) {
    const std::string name = schema_name(typeid(T), way);
    if (named_.try_emplace(name).second) {
      json::Object made = object<T>(way);
      named_[name] = std::move(made);
    }
    return {{"$ref", "#/components/schemas/" + name}};
  }

  template <typename T>
  json::Object object(Way way) {
    static constexpr auto kRules = json::rules_for<T>();
    json::Object properties;
    json::Array required;
    const T defaults{};
    boost::mp11::mp_for_each<json::MembersOf<T>>([&](auto d) {
      using Member = std::remove_cvref_t<decltype(std::declval<T&>().*d.pointer)>;
      const std::string_view name = json::wire_word(d.name);
      const Rule* rule = json::find_rule<T>(kRules, name);
      json::Object schema = of<Member>(way, rule);
      const bool is_required = way == Way::out || (rule != nullptr && rule->is_required);
      if (is_required) {
        required.emplace_back(name);
      } else if constexpr (std::is_arithmetic_v<Member> || json::DescribedEnum<Member>) {
        schema["default"] = json::write(defaults.*d.pointer);
      }
      properties[name] = std::move(schema);
    });
    json::Object schema{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) schema["required"] = std::move(required);
    if constexpr (requires { refuses_unknown(static_cast<const T*>(nullptr)); })
      schema["additionalProperties"] = false;
    return schema;
  }

  std::map<std::string, json::Object> named_;
};

}  // namespace tg::wire
