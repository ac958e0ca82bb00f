// Generates valid values of any described type: reproducible, all members different, and strings
// with characters that URLs and forms must escape.
#pragma once

#include <algorithm>
#include <string>

#include "api/endpoint.hpp"
#include "base/text.hpp"
#include "wire/fields.hpp"

namespace tg::contract {

class Samples {
 public:
  Samples() = default;
  // Whether inputs with a `stream` member ask for events.
  explicit Samples(bool is_streamed) : is_streamed_(is_streamed) {}

  template <typename T>
  T make(const Rule* rule = nullptr) {
    if constexpr (json::is_optional<T>) {
      return make<typename T::value_type>(rule);
    } else if constexpr (json::is_vector<T>) {
      T list;
      const std::size_t count =
          rule == nullptr ? 2 : std::clamp<std::size_t>(2, rule->min_length, rule->max_length);
      for (std::size_t i = 0; i < count; ++i) list.push_back(make<typename T::value_type>());
      return list;
    } else if constexpr (std::is_same_v<T, json::Object>) {
      return json::Object{
          {"число", next()}, {"null", nullptr}, {"list", json::Array{true, "\n\""}}};
    } else if constexpr (std::is_same_v<T, bool>) {
      return next() % 2 == 0;
    } else if constexpr (std::is_arithmetic_v<T>) {
      return static_cast<T>(number(rule, std::is_floating_point_v<T>));
    } else if constexpr (std::is_same_v<T, std::string>) {
      return string(rule);
    } else if constexpr (std::is_same_v<T, UnixMillis>) {
      return from_millis(1'750'000'000'000 + next() * 1001);
    } else if constexpr (std::is_same_v<T, Uuid>) {
      return Uuid::from_name(kDocumentNamespace, std::to_string(next()));
    } else if constexpr (json::DescribedEnum<T>) {
      using All = boost::describe::describe_enumerators<T>;
      return boost::mp11::mp_back<All>::value;
    } else if constexpr (std::is_same_v<T, api::Upload>) {
      return {.filename = "отчёт 1.md",
              .content_type = "text/markdown",
              .bytes = api::bytes_source("--a\r\n\r\n--b: text")};
    } else {
      return object<T>();
    }
  }

 private:
  std::int64_t next() { return ++count_; }

  double number(const Rule* rule, bool is_real) {
    double value = static_cast<double>(next()) + (is_real ? 0.25 : 0.0);
    if (rule == nullptr) return value;
    if (value > rule->max) value = is_real ? (rule->min + rule->max) / 2 : rule->max;
    return std::max(value, rule->min);
  }

  std::string string(const Rule* rule) {
    std::string text = "ключ a+b&c=1%41?#;\"é" + std::to_string(next());
    if (rule == nullptr) return text;
    text = text::substr(text, 0, rule->max_length);
    while (text::count_code_points(text) < rule->min_length) text += 'x';
    return text;
  }

  template <typename T>
  T object() {
    T out{};
    static constexpr auto kRules = json::rules_for<T>();
    wire::each_member<T>([&](auto d, auto) {
      auto& member = out.*d.pointer;
      member = make<std::remove_cvref_t<decltype(member)>>(
          json::find_rule<T>(kRules, json::wire_word(d.name)));
    });
    if constexpr (requires { out.stream = true; }) out.stream = is_streamed_;
    return out;
  }

  const bool is_streamed_ = false;
  std::int64_t count_ = 0;
};

}  // namespace tg::contract
