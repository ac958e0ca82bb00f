#include "base/ids.hpp"

#include <cstring>

#include <fmt/core.h>
#include <openssl/sha.h>
#include <sodium.h>

#include "base/encoding.hpp"

namespace tg {
namespace {

Uuid with_version(Uuid id, std::uint8_t version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | (version << 4));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id;
}

}  // namespace

Uuid Uuid::random() {
  Uuid id;
  randombytes_buf(id.bytes.data(), id.bytes.size());
  return with_version(id, 4);
}

Uuid Uuid::from_name(const Uuid& name_space, std::string_view name) {
  std::string input(name_space.bytes.begin(), name_space.bytes.end());
  input += name;
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data());
  Uuid id;
  std::memcpy(id.bytes.data(), digest.data(), id.bytes.size());
  return with_version(id, 5);
}

Uuid Uuid::ordered(UnixMillis now) {
  Uuid id;
  randombytes_buf(id.bytes.data(), id.bytes.size());
  const auto millis = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(millis >> (8 * (5 - i)));
  }
  return with_version(id, 7);
}

Result<Uuid> Uuid::parse(std::string_view text) {
  const auto bad = [] {
    return fail(Code::validation, "invalid.uuid",
                "must be a UUID such as 123e4567-e89b-42d3-a456-426614174000");
  };
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return bad();
  }
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 8 && i != 13 && i != 18 && i != 23) hex += text[i];
  }
  const auto bytes = decode_hex(hex);
  if (!bytes || bytes->size() != 16) return bad();
  Uuid id;
  std::memcpy(id.bytes.data(), bytes->data(), 16);
  return id;
}

std::string Uuid::text() const {
  const std::string hex = encode_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return encode_hex(raw);
}

}  // namespace tg
