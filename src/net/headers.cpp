#include "net/headers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tg::net {
namespace {

using text::equals_ignoring_ascii_case;

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// ";q=0", ";q=0.0": listed, but not wanted.
bool has_weight_zero(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const std::string_view weight = trim_blanks(parameters.substr(at + 2));
  return weight.starts_with('0') && weight.find_first_not_of("0.") == std::string_view::npos;
}

bool list_holds(std::string_view value, std::string_view word) {
  while (true) {
    const std::size_t comma = value.find(',');
    const std::string_view item = value.substr(0, comma);
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    if (equals_ignoring_ascii_case(trim_blanks(item.substr(0, semicolon)), word) &&
        !has_weight_zero(item.substr(semicolon)))
      return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace

Headers::Headers(std::initializer_list<Field> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void Headers::add(std::string_view name, std::string_view value) {
  places_.push_back({.at = static_cast<std::uint32_t>(bytes_.size()),
                     .name_size = static_cast<std::uint32_t>(name.size()),
                     .value_size = static_cast<std::uint32_t>(value.size())});
  const std::size_t size = bytes_.size() + name.size() + value.size();
  if (size <= bytes_.capacity()) {
    bytes_.append(name).append(value);
    return;
  }
  // The old buffer is kept until both are copied: they may be views into it.
  std::string larger;
  larger.reserve(std::max<std::size_t>(size, 2 * bytes_.capacity()));
  larger.append(bytes_).append(name).append(value);
  bytes_.swap(larger);
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  remove_if([name](std::string_view other) { return equals_ignoring_ascii_case(other, name); });
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [other, value] : *this) {
    if (equals_ignoring_ascii_case(other, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return count(name) > 0;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (const auto& [other, value] : *this) {
    if (equals_ignoring_ascii_case(other, name)) ++found;
  }
  return found;
}

bool Headers::lists(std::string_view name, std::string_view word) const {
  for (const auto& [other, value] : *this) {
    if (equals_ignoring_ascii_case(other, name) && list_holds(value, word)) return true;
  }
  return false;
}

void Headers::clear() {
  bytes_.clear();
  places_.clear();
}

}  // namespace tg::net
