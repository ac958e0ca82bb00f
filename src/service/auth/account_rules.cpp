#include "service/auth/account_rules.hpp"

#include <algorithm>
#include <set>

#include <fmt/core.h>
#include <unicode/uchar.h>

#include "base/text.hpp"

namespace tg::auth {
namespace {

constexpr std::size_t kPasswordLimit = 128;
constexpr std::size_t kLocalPartLimit = 64;
constexpr std::size_t kEmailLimit = 254;

bool has_character(std::string_view text, bool (*is_bad)(char32_t)) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_bad(text::next_code_point(text, at))) return true;
  }
  return false;
}

bool is_invalid_in_email(char32_t c) {
  return c <= U' ' || c == 0x7F || u_isUWhiteSpace(static_cast<UChar32>(c)) != 0 ||
         u_iscntrl(static_cast<UChar32>(c)) != 0 ||
         std::u32string_view(U"()<>[],;:\\\"").find(c) != std::u32string_view::npos;
}

bool is_invalid_in_username(char32_t c) {
  return u_isalnum(static_cast<UChar32>(c)) == 0 && c != U'.' && c != U'_' && c != U'-';
}

bool is_domain(std::string_view domain) {
  for (const std::string_view label : text::split(domain, '.')) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
  }
  return true;
}

// The password without leading and trailing digits and punctuation.
std::string_view core_of(std::string_view password) {
  constexpr std::string_view kAround = "0123456789!?.,*+-_#$@ ";
  const std::size_t first = password.find_first_not_of(kAround);
  if (first == std::string_view::npos) return password;
  return password.substr(first, password.find_last_not_of(kAround) - first + 1);
}

// "abababab", "zzzzzzzz"
bool is_two_characters(std::string_view password) {
  std::set<char32_t> seen;
  for (std::size_t at = 0; at < password.size();) {
    seen.insert(text::next_code_point(password, at));
    if (seen.size() > 2) return false;
  }
  return true;
}

// Part of a keyboard row or alphabet, forwards or backwards, possibly repeated once.
bool is_run(std::string_view password) {
  constexpr auto kRows = std::to_array<std::string_view>(
      {"abcdefghijklmnopqrstuvwxyz", "0123456789012345678901234567890", "qwertyuiop", "asdfghjkl",
       "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "йцукенгшщзхъ",
       "фывапролджэ", "ячсмитьбю", "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"});
  const std::string half(text::substr(password, 0, text::count_code_points(password) / 2));
  const std::string_view unit = half + half == password ? std::string_view(half) : password;
  return std::ranges::any_of(kRows, [unit](std::string_view row) {
    if (row.find(unit) != std::string_view::npos) return true;
    std::string back;
    for (std::size_t n = text::count_code_points(row); n > 0; --n) {
      back += text::substr(row, n - 1, 1);
    }
    return back.find(unit) != std::string::npos;
  });
}

}  // namespace

Result<std::string> normal_email(std::string_view field, std::string_view text) {
  const std::string email = text::to_lower(text::to_nfc(text::trim(text)));
  const std::size_t at = email.find('@');
  const bool is_valid = at != std::string::npos && at > 0 && email.rfind('@') == at &&
                        at <= kLocalPartLimit && email.size() <= kEmailLimit &&
                        is_domain(std::string_view(email).substr(at + 1)) &&
                        !has_character(email, is_invalid_in_email);
  if (!is_valid) return invalid(field, "must be an e-mail address such as anna@example.org");
  return email;
}

Result<std::string> normal_username(std::string_view field, std::string_view text) {
  std::string name = text::to_nfc(text::trim(text));
  const std::size_t length = text::count_code_points(name);
  if (length < 2 || length > 64 || has_character(name, is_invalid_in_username)) {
    return invalid(field, "must be 2 to 64 letters, digits, '.', '_' or '-'");
  }
  return name;
}

std::string username_key(std::string_view username) {
  return text::to_lower(text::to_nfc(text::trim(username)));
}

std::string username_of_email(std::string_view email) {
  std::string name;
  const std::string_view local = email.substr(0, email.find('@'));
  for (std::size_t at = 0; at < local.size();) {
    const char32_t c = text::next_code_point(local, at);
    text::append_code_point(name, is_invalid_in_username(c) ? U'-' : c);
  }
  return text::count_code_points(name) >= 2 ? name : name + "-user";
}

std::string normal_password(std::string_view text) {
  return text::to_nfc(text);
}

Result<std::string> normal_new_password(std::string_view field, std::string_view text,
                                        std::size_t min_length,
                                        const std::vector<std::string>& names) {
  if (text.size() > kPasswordLimit * 4) return invalid(field, "must have at most 128 characters");
  std::string password = normal_password(text);
  const std::size_t length = text::count_code_points(password);
  if (length < min_length) {
    return invalid(field, fmt::format("must have at least {} characters", min_length));
  }
  if (length > kPasswordLimit) return invalid(field, "must have at most 128 characters");
  const std::string lower = text::to_lower(password);
  const std::string_view core = core_of(lower);
  if (is_common_password(lower) || is_common_password(core) || is_two_characters(lower) ||
      is_run(lower) || is_run(core)) {
    return invalid(field, "must not be a common password or a simple pattern");
  }
  for (const std::string& name : names) {
    const std::string own = text::to_lower(name);
    if (!own.empty() && (lower == own || core == own || core == core_of(own))) {
      return invalid(field, "must not be your own name or e-mail address");
    }
  }
  return password;
}

}  // namespace tg::auth
