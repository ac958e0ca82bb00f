// A method's input as both HTTP ends see it: a list of named fields, each with its location in the
// request. Only one loop per method depends on types; the rest is in fields.cpp. Not thread-safe:
// one request's. Errors: validation, naming the field.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/endpoint.hpp"
#include "base/json.hpp"

namespace tg::wire {

using Words = std::vector<std::pair<std::string, std::string>>;

// How the text of a path, query or form field is parsed. `word`: a string with a restricted format
// (an enumerator, an id, a time).
enum class Kind : std::uint8_t { string, word, integer, number, boolean, json };

struct Field {
  std::string_view name;
  api::From from = api::From::body;
  Kind kind = Kind::json;
  bool is_list = false;
  bool is_optional = false;
  bool also_in_query = false;  // a body field that may be in the query string instead
  bool is_whole_body = false;
};

namespace detail {

template <typename T>
struct Inner {
  using type = T;
};
template <typename T>
struct Inner<std::optional<T>> : Inner<T> {};
template <typename T>
struct Inner<std::vector<T>> : Inner<T> {};

template <typename T>
inline constexpr bool is_list = json::is_vector<T>;
template <typename T>
inline constexpr bool is_list<std::optional<T>> = json::is_vector<T>;

template <typename T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, bool>) return Kind::boolean;
  if constexpr (std::is_integral_v<T>) return Kind::integer;
  if constexpr (std::is_floating_point_v<T>) return Kind::number;
  if constexpr (std::is_same_v<T, std::string>) return Kind::string;
  if constexpr (api::detail::is_plain<T>) return Kind::word;
  return Kind::json;
}

// Whether `Spec::query` lists "?name".
constexpr bool lists_optionally(std::string_view words, std::string_view name) {
  for (std::size_t at = 0; (at = words.find('?', at)) != std::string_view::npos; ++at) {
    const std::string_view rest = words.substr(at + 1);
    if (rest.substr(0, rest.find(' ')) == name) return true;
  }
  return false;
}

}  // namespace detail

// Calls f(descriptor, integral_constant index) for every member of a method's input.
template <typename T, typename F>
constexpr void each_member(F&& f) {
  using Members = json::MembersOf<T>;
  boost::mp11::mp_for_each<boost::mp11::mp_iota<boost::mp11::mp_size<Members>>>(
      [&](auto index) { f(boost::mp11::mp_at<Members, decltype(index)>(), index); });
}

template <auto M>
constexpr auto make_fields() {
  using In = api::InOf<M>;
  constexpr const api::Endpoint<M>& kRow = api::endpoint_of<M>();
  std::array<Field, api::field_count<In>> fields{};
  each_member<In>([&](auto d, auto index) {
    using Member = std::remove_cvref_t<decltype(std::declval<In&>().*d.pointer)>;
    using Element = typename detail::Inner<Member>::type;
    const std::string_view name = json::wire_word(d.name);
    fields[index] = {.name = name,
                     .from = kRow.from[index],
                     .kind = detail::kind_of<Element>(),
                     .is_list = detail::is_list<Member>,
                     .is_optional = json::is_optional<Member>,
                     .also_in_query = detail::lists_optionally(kRow.spec.query, name),
                     .is_whole_body = kRow.spec.body_field == name};
  });
  return fields;
}
template <auto M>
inline constexpr auto kFields = make_fields<M>();

// The field that takes the file of a multipart body; empty: none.
template <auto M>
constexpr std::string_view upload_field() {
  for (const Field& field : kFields<M>) {
    if (field.from == api::From::upload) return field.name;
  }
  return {};
}

// A request split into its parts, before types apply.
struct Input {
  Words path;
  Words query;
  Words form;  // text fields of a multipart body
  std::optional<json::Value> body;
  std::optional<api::Upload> upload;
  std::deque<json::Value> made;  // values parsed from words, alive while they are bound
};

// The value of the field in the request; null: none.
Result<const json::Value*> find_value(Input& input, const Field& field);
// Adds a warning for each field of the request that the method does not know.
void note_unknown(const Input& input, std::span<const Field> fields, json::Warnings& warnings);

template <auto M>
Result<api::InOf<M>> bind(Input& input, json::Warnings& warnings) {
  using In = api::InOf<M>;
  static constexpr auto kRules = json::rules_for<In>();
  if (input.body && !input.body->is_object() && api::endpoint_of<M>().spec.body_field.empty())
    return json::wrong_type(json::Path(), "an object", *input.body);
  In in{};
  Result<void> result;
  each_member<In>([&](auto d, auto index) {
    if (!result) return;
    auto& member = in.*d.pointer;
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, api::Upload>) {
      if (input.upload) {
        member = *std::move(input.upload);
      } else {
        result = json::missing(json::Path(std::string(json::wire_word(d.name))));
      }
    } else if constexpr (std::is_same_v<Member, std::optional<api::Upload>>) {
      member = std::move(input.upload);
    } else {
      const Field& field = kFields<M>[index];
      const Rule* rule = json::find_rule<In>(kRules, field.name);
      auto found = find_value(input, field);
      if (!found) {
        result = std::unexpected(std::move(found).error());
      } else if (*found != nullptr) {
        result =
            json::read_into(member, **found, json::Path(std::string(field.name)), rule, warnings);
      } else if (rule != nullptr && rule->is_required) {
        result = json::missing(json::Path(std::string(field.name)));
      }
    }
  });
  if (!result) return std::unexpected(std::move(result).error());
  note_unknown(input, kFields<M>, warnings);
  return in;
}

// A request as the calling end builds it.
struct Outgoing {
  std::string path;
  Words path_words;   // the values of its parameters
  std::string query;  // without '?'
  json::Value body = json::Object();
  bool has_body = false;
  std::optional<api::Upload> upload;
  std::string upload_field;
};

// Adds the field's value to the request. Error: a value that cannot be part of a path.
Result<void> put_value(Outgoing& out, const Field& field, json::Value value);

template <auto M>
Result<Outgoing> write_request(api::InOf<M> in) {
  using In = api::InOf<M>;
  Outgoing out{.path = std::string(api::endpoint_of<M>().spec.path)};
  Result<void> result;
  each_member<In>([&](auto d, auto index) {
    if (!result) return;
    auto& member = in.*d.pointer;
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, api::Upload> ||
                  std::is_same_v<Member, std::optional<api::Upload>>) {
      out.upload = std::move(member);
      out.upload_field = kFields<M>[index].name;
    } else {
      result = put_value(out, kFields<M>[index], json::write(member));
    }
  });
  if (!result) return std::unexpected(std::move(result).error());
  return out;
}

// The request as the serving end would have parsed it.
Result<Input> received(Outgoing outgoing);

// The text fields of a form equivalent to the JSON body.
Words form_of(const json::Value& body);

}  // namespace tg::wire
