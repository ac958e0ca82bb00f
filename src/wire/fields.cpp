#include "wire/fields.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "net/http.hpp"

namespace tg::wire {
namespace {

std::unexpected<Error> not_a(const Field& field, std::string_view what, std::string_view word) {
  return invalid(field.name, fmt::format("must be {}, got \"{}\"", what, word.substr(0, 64)));
}

template <typename Number>
Result<json::Value> number_value(const Field& field, std::string_view what, std::string_view word) {
  Number number{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc::result_out_of_range)
    return invalid(field.name, "must be a smaller number");
  if (error != std::errc() || end != word.data() + word.size()) return not_a(field, what, word);
  return json::Value(number);
}

Result<json::Value> value_of(const Field& field, const std::string& word) {
  switch (field.kind) {
    case Kind::string:
    case Kind::word:
      return json::Value(boost::json::string(word));
    case Kind::integer:
      return number_value<std::int64_t>(field, "a whole number", word);
    case Kind::number:
      return number_value<double>(field, "a number", word);
    case Kind::boolean:
      if (word == "true" || word == "1") return json::Value(true);
      if (word == "false" || word == "0") return json::Value(false);
      return not_a(field, "true or false", word);
    case Kind::json:
      break;
  }
  auto value = json::parse(word);
  if (!value) return invalid(field.name, "must be JSON: " + value.error().message);
  return value;
}

// The words of that name as one value. An empty word (`?status=`) counts as absent where a word
// cannot be empty.
Result<const json::Value*> find_words(Input& input, const Words& words, const Field& field) {
  json::Array list;
  for (const auto& [name, word] : words) {
    if (name != field.name) continue;
    if (word.empty() && field.is_optional && field.kind != Kind::string) continue;
    TG_TRY(auto value, value_of(field, word));
    // One JSON value of a form may be the whole array.
    if (field.is_list && field.kind == Kind::json && value.is_array()) {
      return &input.made.emplace_back(std::move(value));
    }
    if (!field.is_list && !list.empty()) return invalid(field.name, "must be given only once");
    list.push_back(std::move(value));
  }
  if (list.empty()) return nullptr;
  if (field.is_list) return &input.made.emplace_back(std::move(list));
  return &input.made.emplace_back(std::move(list.front()));
}

bool knows(std::span<const Field> fields, std::string_view name, auto&& place) {
  return std::ranges::any_of(
      fields, [&](const Field& field) { return field.name == name && place(field); });
}

// As written in a query string: strings unquoted, everything else as JSON.
std::string word_of(const json::Value& value) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return json::to_text(value);
}

void put_query(Outgoing& out, std::string_view name, const json::Value& value) {
  if (!out.query.empty()) out.query += '&';
  out.query += percent_encode(name) + '=' + percent_encode(word_of(value));
}

Result<void> put_path(Outgoing& out, const Field& field, const json::Value& value) {
  const std::string word = word_of(value);
  const std::string many = fmt::format("{{{}...}}", field.name);
  const std::string one = fmt::format("{{{}}}", field.name);
  const bool is_many = out.path.find(many) != std::string::npos;
  std::string text;
  for (std::size_t at = 0; at <= word.size();) {
    const std::size_t end = is_many ? std::min(word.find('/', at), word.size()) : word.size();
    const std::string_view segment = std::string_view(word).substr(at, end - at);
    // A dot segment would change the path; NUL is not allowed in one.
    if (segment.empty() || segment == "." || segment == ".." ||
        segment.find('\0') != std::string_view::npos) {
      return invalid(field.name, "must not be empty or contain NUL or dot segments");
    }
    if (!text.empty()) text += '/';
    text += percent_encode(segment);
    at = end + 1;
  }
  out.path_words.emplace_back(field.name, word);
  const std::string& brace = is_many ? many : one;
  out.path.replace(out.path.find(brace), brace.size(), text);
  return {};
}

}  // namespace

Result<const json::Value*> find_value(Input& input, const Field& field) {
  if (field.from == api::From::path) return find_words(input, input.path, field);
  if (field.from == api::From::query) return find_words(input, input.query, field);
  if (field.is_whole_body) return input.body ? &*input.body : nullptr;
  const json::Value* found = nullptr;
  if (input.body) {
    const json::Object* object = input.body->if_object();
    found = object == nullptr ? nullptr : object->if_contains(field.name);
  } else if (!input.form.empty()) {
    TG_TRY(found, find_words(input, input.form, field));
  }
  // Null counts as absent where a field is not optional.
  if (found != nullptr && found->is_null() && !field.is_optional) found = nullptr;
  if (found == nullptr && field.also_in_query) return find_words(input, input.query, field);
  return found;
}

void note_unknown(const Input& input, std::span<const Field> fields, json::Warnings& warnings) {
  const auto in_query = [](const Field& field) {
    return field.from == api::From::query || field.also_in_query;
  };
  const auto in_body = [](const Field& field) { return field.from == api::From::body; };
  for (const auto& [name, word] : input.query) {
    if (!knows(fields, name, in_query))
      warnings.push_back(fmt::format("unknown parameter {} was ignored", name));
  }
  for (const auto& [name, word] : input.form) {
    if (!knows(fields, name, in_body))
      warnings.push_back(fmt::format("unknown field {} was ignored", name));
  }
  const json::Object* object = input.body ? input.body->if_object() : nullptr;
  if (object == nullptr) return;
  for (const auto& entry : *object) {
    if (!knows(fields, entry.key(), in_body))
      warnings.push_back(fmt::format("unknown field {} was ignored", std::string(entry.key())));
  }
}

Result<void> put_value(Outgoing& out, const Field& field, json::Value value) {
  if (field.from == api::From::path) return put_path(out, field, value);
  if (field.from == api::From::query) {
    if (value.is_null()) return {};
    if (const json::Array* list = value.if_array(); list != nullptr && field.is_list) {
      for (const json::Value& item : *list) put_query(out, field.name, item);
    } else {
      put_query(out, field.name, value);
    }
    return {};
  }
  out.has_body = true;
  if (field.is_whole_body) {
    out.body = std::move(value);
  } else if (!value.is_null()) {
    out.body.get_object()[field.name] = std::move(value);
  }
  return {};
}

Result<Input> received(Outgoing outgoing) {
  Input input{.path = std::move(outgoing.path_words), .upload = std::move(outgoing.upload)};
  TG_TRY(input.query, net::parse_query(outgoing.query));
  if (outgoing.has_body) {
    TG_TRY(input.body, json::parse(json::to_text(outgoing.body)));
  }
  return input;
}

Words form_of(const json::Value& body) {
  Words words;
  const json::Object* object = body.if_object();
  if (object == nullptr) return words;
  for (const auto& entry : *object) {
    if (const json::Array* list = entry.value().if_array()) {
      for (const json::Value& item : *list) words.emplace_back(entry.key(), word_of(item));
    } else {
      words.emplace_back(entry.key(), word_of(entry.value()));
    }
  }
  return words;
}

}  // namespace tg::wire
