// What an e-mail address, a user name and a password must be. Plain functions: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg::auth {

// Trimmed, NFC, lower case: the form that is stored, compared and logged in with.
Result<std::string> normal_email(std::string_view field, std::string_view text);
// Trimmed, NFC; letters and digits of any script, and . _ - inside.
Result<std::string> normal_username(std::string_view field, std::string_view text);
// The form in which user names are compared.
std::string username_key(std::string_view username);
// What can be made a user name of an address: "anna.k" of "anna.k@example.org".
std::string username_of_email(std::string_view email);

// NFC, as it is hashed. Length in code points, at most 128; no other rule about what is inside.
// Refused: what everybody uses, with or without digits behind it; one or two characters repeated,
// runs of the alphabet or the keyboard; and the user's own `names`.
Result<std::string> normal_new_password(std::string_view field, std::string_view text,
                                        std::size_t min_length,
                                        const std::vector<std::string>& names);
// The form of a password that is tried.
std::string normal_password(std::string_view text);

// Among the most common words that passwords are made of (common_passwords.cpp).
bool is_common_password(std::string_view lower_case);

}  // namespace tg::auth
