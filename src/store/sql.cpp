#include "store/sql.hpp"

namespace tg::sql {
namespace {

const std::string kEmpty;

}  // namespace

bool Row::is_null(std::size_t column) const {
  return column >= cells_.size() || std::holds_alternative<Null>(cells_[column].kind());
}

std::int64_t Row::integer(std::size_t column) const {
  if (column >= cells_.size()) return 0;
  if (const auto* number = std::get_if<std::int64_t>(&cells_[column].kind())) return *number;
  if (const auto* number = std::get_if<double>(&cells_[column].kind())) {
    return static_cast<std::int64_t>(*number);
  }
  return 0;
}

double Row::real(std::size_t column) const {
  if (column >= cells_.size()) return 0;
  if (const auto* number = std::get_if<double>(&cells_[column].kind())) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&cells_[column].kind())) {
    return static_cast<double>(*number);
  }
  return 0;
}

const std::string& Row::text(std::size_t column) const {
  if (column >= cells_.size()) return kEmpty;
  if (const auto* text = std::get_if<std::string>(&cells_[column].kind())) return *text;
  if (const auto* blob = std::get_if<Blob>(&cells_[column].kind())) return blob->bytes;
  return kEmpty;
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

}  // namespace tg::sql
