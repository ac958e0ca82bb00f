// Encodings and hashes: hex, base64url (strict), percent-encoding, SHA-256, a fast hash. Pure
// functions: thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tg {

std::string encode_hex(std::string_view bytes);
std::optional<std::string> decode_hex(std::string_view hex);

// RFC 4648, section 5, without padding. Decoding rejects padding, other characters and non-zero
// unused bits, so that every value has exactly one encoding.
std::string encode_base64url(std::string_view bytes);
std::optional<std::string> decode_base64url(std::string_view text);

// RFC 3986: escapes everything except unreserved characters.
std::string percent_encode(std::string_view text);
// nullopt on an invalid escape and on %00. '+' is not decoded.
std::optional<std::string> percent_decode(std::string_view text);

// 32 raw bytes.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
// XXH3, 64 bits: for hash tables and checksums; not cryptographic.
std::uint64_t fast_hash(std::string_view bytes, std::uint64_t seed = 0);

// Takes constant time for strings of equal length; the lengths are not secret.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace tg
