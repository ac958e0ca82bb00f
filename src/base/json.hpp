// Reads and writes described structs as JSON, with validation rules declared beside the struct.
//
//   struct SearchRequest { std::string query; int top_k = 5; };
//   BOOST_DESCRIBE_STRUCT(SearchRequest, (), (query, top_k))
//   constexpr auto rules_of(const SearchRequest*) {
//     return std::array{Rule("query").required().length(1, 4000), Rule("top_k").range(1, 100)};
//   }
//   Result<SearchRequest> request = json::read<SearchRequest>(value, warnings);
//
// A member's initialiser is its default. A std::optional may be absent or null and is written as
// null. A described enum is written as its enumerator's name. A trailing underscore is not part of
// the name on the wire. An invalid value is Code::validation with the path of the field
// ("filters.date_range.start"). Unknown fields are added to `warnings`, or rejected if
// `refuses_unknown(const T*)` exists. Plain values; functions are thread-safe.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace tg {

// Constraints of a field; also written to the OpenAPI document.
struct Rule {
  std::string_view name;
  bool is_required = false;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::size_t min_length = 0;  // code points of a string, items of an array
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::string_view doc = {};

  constexpr explicit Rule(std::string_view field) : name(field) {}
  constexpr Rule required() const {
    Rule rule = *this;
    rule.is_required = true;
    return rule;
  }
  constexpr Rule range(double low, double high) const {
    Rule rule = *this;
    rule.min = low;
    rule.max = high;
    return rule;
  }
  constexpr Rule length(std::size_t low, std::size_t high) const {
    Rule rule = *this;
    rule.min_length = low;
    rule.max_length = high;
    return rule;
  }
  constexpr Rule about(std::string_view text) const {
    Rule rule = *this;
    rule.doc = text;
    return rule;
  }
};

namespace json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using Warnings = std::vector<std::string>;

// Strict JSON: depth at most 32, no comments, valid UTF-8, no duplicate names when `unique_names`.
Result<Value> parse(std::string_view text);
bool has_duplicate_names(std::string_view text);
std::string to_text(const Value& value);
// Indented by 2, UTF-8 unescaped.
std::string to_pretty_text(const Value& value);

template <typename T>
concept Described = boost::describe::has_describe_members<T>::value && !std::is_union_v<T>;
template <typename T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;
template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <typename T>
inline constexpr bool is_string_map = false;
template <typename T>
inline constexpr bool is_string_map<std::map<std::string, T>> = true;

template <typename T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                           boost::describe::mod_inherited>;

// The name on the wire: without the trailing underscore that avoids a C++ keyword.
constexpr std::string_view wire_word(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}

template <typename T>
constexpr auto rules_for() {
  if constexpr (requires { rules_of(static_cast<const T*>(nullptr)); }) {
    return rules_of(static_cast<const T*>(nullptr));
  } else {
    return std::array<Rule, 0>{};
  }
}

template <typename T>
constexpr const Rule* find_rule(const auto& rules, std::string_view name) {
  for (const Rule& rule : rules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

template <DescribedEnum E>
std::string_view enum_word(E value) {
  std::string_view word;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (d.value == value) word = wire_word(d.name);
  });
  return word;
}

template <DescribedEnum E>
std::optional<E> enum_of(std::string_view word) {
  std::optional<E> found;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (wire_word(d.name) == word) found = d.value;
  });
  return found;
}

template <DescribedEnum E>
std::string enum_words() {
  std::string words;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!words.empty()) words += ", ";
    words += wire_word(d.name);
  });
  return words;
}

// The path to the field being read, for messages.
class Path {
 public:
  explicit Path(std::string text = {}) : text_(std::move(text)) {}
  Path field(std::string_view name) const {
    return Path(text_.empty() ? std::string(name) : text_ + "." + std::string(name));
  }
  Path item(std::size_t index) const { return Path(text_ + "[" + std::to_string(index) + "]"); }
  std::string_view text() const { return text_.empty() ? std::string_view("body") : text_; }

 private:
  std::string text_;
};

Result<void> check_rule(const Rule& rule, double number, const Path& path);
Result<void> check_length(const Rule& rule, std::size_t length, const char* unit, const Path& path);
std::unexpected<Error> wrong_type(const Path& path, std::string_view expected, const Value& got);
std::unexpected<Error> missing(const Path& path);
// Strings are accepted, too: numbers and booleans in query and path parameters are text.
Result<std::int64_t> read_integer(const Value& value, const Path& path);
Result<double> read_number(const Value& value, const Path& path);
Result<bool> read_bool(const Value& value, const Path& path);
Result<std::string> read_string(const Value& value, const Path& path);
std::size_t string_length(std::string_view text);

template <typename T>
Result<void> read_into(T& out, const Value& value, const Path& path, const Rule* rule,
                       Warnings& warnings);

template <Described T>
Result<void> read_object(T& out, const Value& value, const Path& path, Warnings& warnings) {
  const Object* object = value.if_object();
  if (object == nullptr) return wrong_type(path, "an object", value);
  static constexpr auto kRules = rules_for<T>();
  Result<void> result;
  std::size_t known = 0;
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto d) {
    if (!result) return;
    const std::string_view name = wire_word(d.name);
    const Rule* rule = find_rule<T>(kRules, name);
    const Value* found = object->if_contains(name);
    if (found != nullptr) ++known;
    using Member = std::remove_cvref_t<decltype(out.*d.pointer)>;
    if (found == nullptr ||
        (found->is_null() && !is_optional<Member> && !std::is_same_v<Member, Value>)) {
      if (rule != nullptr && rule->is_required) result = missing(path.field(name));
      return;
    }
    result = read_into(out.*d.pointer, *found, path.field(name), rule, warnings);
  });
  if (!result || known == object->size()) return result;
  for (const auto& entry : *object) {
    bool is_member = false;
    boost::mp11::mp_for_each<MembersOf<T>>([&](auto d) {
      is_member = is_member || wire_word(d.name) == std::string_view(entry.key());
    });
    if (is_member) continue;
    const Path at = path.field(entry.key());
    if constexpr (requires { refuses_unknown(static_cast<const T*>(nullptr)); }) {
      std::string names;
      boost::mp11::mp_for_each<MembersOf<T>>(
          [&](auto d) { names += (names.empty() ? "" : ", ") + std::string(wire_word(d.name)); });
      return invalid(at.text(), "is not known; known are " + names);
    }
    warnings.push_back("unknown field " + std::string(at.text()) + " was ignored");
  }
  return result;
}

template <typename T>
Result<void> read_into(T& out, const Value& value, const Path& path, const Rule* rule,
                       Warnings& warnings) {
  if constexpr (is_optional<T>) {
    if (value.is_null()) {
      out.reset();
      return {};
    }
    return read_into(out.emplace(), value, path, rule, warnings);
  } else if constexpr (std::is_same_v<T, Value>) {
    out = value;
    return {};
  } else if constexpr (std::is_same_v<T, Object>) {
    if (!value.is_object()) return wrong_type(path, "an object", value);
    out = value.get_object();
    return {};
  } else if constexpr (std::is_same_v<T, bool>) {
    TG_TRY(out, read_bool(value, path));
    return {};
  } else if constexpr (std::is_integral_v<T>) {
    TG_TRY(const std::int64_t number, read_integer(value, path));
    if (!std::in_range<T>(number)) return invalid(path.text(), "must be a smaller number");
    out = static_cast<T>(number);
    return rule == nullptr ? Result<void>() : check_rule(*rule, static_cast<double>(number), path);
  } else if constexpr (std::is_floating_point_v<T>) {
    TG_TRY(const double number, read_number(value, path));
    out = static_cast<T>(number);
    return rule == nullptr ? Result<void>() : check_rule(*rule, number, path);
  } else if constexpr (std::is_same_v<T, std::string>) {
    TG_TRY(out, read_string(value, path));
    return rule == nullptr ? Result<void>()
                           : check_length(*rule, string_length(out), "characters", path);
  } else if constexpr (std::is_same_v<T, UnixMillis>) {
    TG_TRY(const std::string text, read_string(value, path));
    auto time = parse_iso8601(text);
    if (!time) return invalid(path.text(), time.error().message);
    out = *time;
    return {};
  } else if constexpr (std::is_same_v<T, Uuid>) {
    TG_TRY(const std::string text, read_string(value, path));
    auto id = Uuid::parse(text);
    if (!id) return invalid(path.text(), id.error().message);
    out = *id;
    return {};
  } else if constexpr (DescribedEnum<T>) {
    TG_TRY(const std::string text, read_string(value, path));
    const std::optional<T> found = enum_of<T>(text);
    if (!found) return invalid(path.text(), "must be one of " + enum_words<T>());
    out = *found;
    return {};
  } else if constexpr (is_vector<T>) {
    const Array* array = value.if_array();
    if (array == nullptr) return wrong_type(path, "an array", value);
    if (rule != nullptr) TG_TRY_VOID(check_length(*rule, array->size(), "items", path));
    out.clear();
    out.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      TG_TRY_VOID(read_into(out.emplace_back(), (*array)[i], path.item(i), nullptr, warnings));
    }
    return {};
  } else if constexpr (is_string_map<T>) {
    const Object* object = value.if_object();
    if (object == nullptr) return wrong_type(path, "an object", value);
    for (const auto& entry : *object) {
      TG_TRY_VOID(read_into(out[std::string(entry.key())], entry.value(), path.field(entry.key()),
                            nullptr, warnings));
    }
    return {};
  } else {
    static_assert(Described<T>, "this type has no JSON form: describe it");
    return read_object(out, value, path, warnings);
  }
}

template <typename T>
Result<T> read(const Value& value, Warnings& warnings) {
  T out{};
  TG_TRY_VOID(read_into(out, value, Path(), nullptr, warnings));
  return out;
}

template <typename T>
Result<T> read_text(std::string_view text) {
  TG_TRY(const Value value, parse(text));
  Warnings ignored;
  return read<T>(value, ignored);
}

template <typename T>
Value write(const T& value) {
  if constexpr (is_optional<T>) {
    return value ? write(*value) : Value(nullptr);
  } else if constexpr (std::is_same_v<T, Value>) {
    return value;
  } else if constexpr (std::is_same_v<T, Object>) {
    return Value(value);
  } else if constexpr (std::is_same_v<T, bool>) {
    return Value(value);
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) return Value(static_cast<std::int64_t>(value));
    return Value(static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_floating_point_v<T>) {
    return std::isfinite(value) ? Value(static_cast<double>(value)) : Value(nullptr);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return Value(boost::json::string(value));
  } else if constexpr (std::is_same_v<T, UnixMillis>) {
    return Value(boost::json::string(format_iso8601(value)));
  } else if constexpr (std::is_same_v<T, Uuid>) {
    return Value(boost::json::string(value.text()));
  } else if constexpr (DescribedEnum<T>) {
    return Value(boost::json::string(enum_word(value)));
  } else if constexpr (is_vector<T>) {
    Array array;
    array.reserve(value.size());
    for (const auto& item : value) array.push_back(write(item));
    return array;
  } else if constexpr (is_string_map<T>) {
    Object object;
    for (const auto& [name, item] : value) object.emplace(name, write(item));
    return object;
  } else {
    static_assert(Described<T>, "this type has no JSON form: describe it");
    Object object;
    boost::mp11::mp_for_each<MembersOf<T>>(
        [&](auto d) { object.emplace(wire_word(d.name), write(value.*d.pointer)); });
    return object;
  }
}

}  // namespace json
}  // namespace tg
