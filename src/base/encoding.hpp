// Bytes as text and back: hex, base64url (strict), percent-encoding, SHA-256, a fast hash.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tg {

std::string encode_hex(std::string_view bytes);
std::optional<std::string> decode_hex(std::string_view hex);

// RFC 4648, 5, without padding. Decoding refuses padding, foreign characters and unused bits that
// are not zero, so that one value has one form.
std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

// RFC 3986: everything but unreserved characters is escaped.
std::string percent_encode(std::string_view text);
// Empty on a bad escape, and on %00. '+' stays as it is.
std::optional<std::string> percent_decode(std::string_view text);

// 32 raw bytes.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
// XXH3, 64 bits: for tables and checksums, not against an attacker.
std::uint64_t fast_hash(std::string_view bytes, std::uint64_t seed = 0);

// Takes the same time wherever the difference stands (lengths are not secret).
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace tg
