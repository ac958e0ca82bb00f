#include "base/json.hpp"

#include <charconv>
#include <set>

#include <boost/json/basic_parser_impl.hpp>
#include <fmt/core.h>

#include "base/text.hpp"

namespace tg::json {
namespace {

std::string number_text(double number) {
  if (number == std::floor(number) && std::fabs(number) < 1e15) {
    return fmt::format("{}", static_cast<std::int64_t>(number));
  }
  return fmt::format("{}", number);
}

const char* kind_word(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::string:
      return "a string";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

// Detects duplicate names in objects while parsing.
struct NameHandler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using Code = boost::json::error_code;

  std::vector<std::set<std::string>> open;
  std::string key;
  bool duplicate = false;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, Code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(Code&) { return true; }
  bool on_array_end(std::size_t, Code&) { return true; }
  bool on_key_part(boost::json::string_view part, std::size_t, Code&) {
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(boost::json::string_view part, std::size_t, Code&) {
    key.append(part.data(), part.size());
    duplicate = duplicate || !open.back().insert(key).second;
    key.clear();
    return true;
  }
  bool on_string_part(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_string(boost::json::string_view, std::size_t, Code&) { return true; }
  bool on_number_part(boost::json::string_view, Code&) { return true; }
  bool on_int64(std::int64_t, boost::json::string_view, Code&) { return true; }
  bool on_uint64(std::uint64_t, boost::json::string_view, Code&) { return true; }
  bool on_double(double, boost::json::string_view, Code&) { return true; }
  bool on_bool(bool, Code&) { return true; }
  bool on_null(Code&) { return true; }
  bool on_comment_part(boost::json::string_view, Code&) { return true; }
  bool on_comment(boost::json::string_view, Code&) { return true; }
};

void write_pretty(std::string& out, const Value& value, std::size_t depth) {
  const auto indent = [&](std::size_t levels) { out += '\n' + std::string(levels * 2, ' '); };
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    bool first = true;
    for (const auto& entry : *object) {
      if (!std::exchange(first, false)) out += ',';
      indent(depth + 1);
      out += boost::json::serialize(entry.key()) + ": ";
      write_pretty(out, entry.value(), depth + 1);
    }
    indent(depth);
    out += '}';
  } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      indent(depth + 1);
      write_pretty(out, (*array)[i], depth + 1);
    }
    indent(depth);
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

Result<Value> parse(std::string_view text) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 32;
  Value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), error, {}, options);
  if (error) {
    return fail(Code::validation, "invalid.json", "the body is not valid JSON: " + error.message());
  }
  return value;
}

bool has_duplicate_names(std::string_view text) {
  boost::json::basic_parser<NameHandler> parser{boost::json::parse_options{}};
  boost::json::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().duplicate;
}

std::string to_text(const Value& value) {
  return boost::json::serialize(value);
}

std::string to_pretty_text(const Value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out;
}

Result<void> check_rule(const Rule& rule, double number, const Path& path) {
  if (number >= rule.min && number <= rule.max) return {};
  if (std::isinf(rule.max)) {
    return invalid(path.text(), fmt::format("must be at least {}, got {}", number_text(rule.min),
                                            number_text(number)));
  }
  return invalid(path.text(),
                 fmt::format("must be between {} and {}, got {}", number_text(rule.min),
                             number_text(rule.max), number_text(number)));
}

Result<void> check_length(const Rule& rule, std::size_t length, const char* unit,
                          const Path& path) {
  if (length >= rule.min_length && length <= rule.max_length) return {};
  if (length == 0) return invalid(path.text(), "must not be empty");
  if (rule.max_length == std::numeric_limits<std::size_t>::max()) {
    return invalid(path.text(),
                   fmt::format("must have at least {} {}, got {}", rule.min_length, unit, length));
  }
  return invalid(path.text(), fmt::format("must have {} to {} {}, got {}", rule.min_length,
                                          rule.max_length, unit, length));
}

std::unexpected<Error> wrong_type(const Path& path, std::string_view expected, const Value& got) {
  return invalid(path.text(), fmt::format("must be {}, got {}", expected, kind_word(got)));
}

std::unexpected<Error> missing(const Path& path) {
  return std::unexpected(Error{.code = Code::validation,
                               .reason = fmt::format("missing.{}", path.text()),
                               .message = fmt::format("{}: is required", path.text()),
                               .field = std::string(path.text())});
}

Result<std::int64_t> read_integer(const Value& value, const Path& path) {
  if (const auto* number = value.if_int64()) return *number;
  if (const auto* number = value.if_uint64()) {
    if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return invalid(path.text(), "must be a smaller number");
    }
    return static_cast<std::int64_t>(*number);
  }
  if (const auto* number = value.if_double();
      number != nullptr && std::floor(*number) == *number && std::fabs(*number) < 9e15) {
    return static_cast<std::int64_t>(*number);
  }
  return wrong_type(path, "a whole number", value);
}

Result<double> read_number(const Value& value, const Path& path) {
  if (const auto* number = value.if_double()) {
    // 1e999 is read as infinity, which JSON cannot represent.
    if (!std::isfinite(*number)) return invalid(path.text(), "must be a smaller number");
    return *number;
  }
  if (const auto* number = value.if_int64()) return static_cast<double>(*number);
  if (const auto* number = value.if_uint64()) return static_cast<double>(*number);
  return wrong_type(path, "a number", value);
}

Result<bool> read_bool(const Value& value, const Path& path) {
  if (const auto* flag = value.if_bool()) return *flag;
  return wrong_type(path, "true or false", value);
}

Result<std::string> read_string(const Value& value, const Path& path) {
  if (const auto* text = value.if_string()) return std::string(text->data(), text->size());
  return wrong_type(path, "a string", value);
}

std::size_t string_length(std::string_view text) {
  return text::count_code_points(text);
}

}  // namespace tg::json
