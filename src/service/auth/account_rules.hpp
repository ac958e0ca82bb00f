// Validation and normalisation of e-mail addresses, user names and passwords. Thread-safe (pure
// functions). Errors are Code::validation and name `field`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg::auth {

// Trimmed, NFC, lower case: the form that is stored and compared.
Result<std::string> normal_email(std::string_view field, std::string_view text);
// Trimmed, NFC; letters and digits of any script, and . _ -
Result<std::string> normal_username(std::string_view field, std::string_view text);
// The form in which user names are compared.
std::string username_key(std::string_view username);
// Derives a user name from an address: "anna.k" from "anna.k@example.org".
std::string username_of_email(std::string_view email);

// NFC, as it is hashed. Length in code points, at most 128; there are no rules about character
// classes. Refused: common passwords, with or without digits around them; one or two characters
// repeated; runs of the alphabet or the keyboard; the user's own `names`.
Result<std::string> normal_new_password(std::string_view field, std::string_view text,
                                        std::size_t min_length,
                                        const std::vector<std::string>& names);
// NFC only: for a password that is to be verified.
std::string normal_password(std::string_view text);

// Whether it is in the list of common passwords (common_passwords.cpp).
bool is_common_password(std::string_view lower_case);

}  // namespace tg::auth
