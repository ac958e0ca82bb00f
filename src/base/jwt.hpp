// JSON Web Tokens (RFC 7519 and 8725): access tokens, service tokens, and assertions of the caller
// between processes. Accepts only the forms that this program writes:
//
//   const auto key = jwt::SigningKey::ed25519(seed);               // or hmac(secret)
//   std::string token = jwt::sign({.type = "at+jwt", .issuer = "telegnosis", .subject = user,
//                                  .audience = "api", .issued_at = now, .expires_at = later},
//                                  *key);
//   jwt::KeySet keys;
//   keys.add(*key);                                                // two during a key rotation
//   Result<jwt::Claims> claims =
//       jwt::verify(token, keys, {.type = "at+jwt", .issuer = "telegnosis", .audience = "api",
//                                 .now = clock.wall()});
//
// The algorithm is determined by the key, never by the token. Keys are found by `kid` in the given
// set; `jku`, `x5u`, `jwk` and `x5c` are ignored, `crit` and `b64` are rejected. Every rejection is
// the same error for the caller (401, "invalid_token"); the cause is in its `detail`, for the log.
// Keys and key sets are cheap to copy; const use is thread-safe.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace tg::jwt {

using Seconds = std::chrono::sys_seconds;

inline constexpr std::size_t kTokenLimit = 4096;  // bytes
inline constexpr std::size_t kSecretMinimum = 32;
inline constexpr std::chrono::seconds kLeeway{30};

enum class Algorithm { EdDSA, HS256 };
BOOST_DESCRIBE_ENUM(Algorithm, EdDSA, HS256)

// The registered claims; others are in `more`.
struct Claims {
  std::string type;  // `typ` of the header: "at+jwt"; distinguishes the purposes of tokens
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string token_id = {};  // `jti`; empty: none
  Seconds issued_at{};
  Seconds expires_at{};
  std::optional<Seconds> not_before = {};
  json::Object more = {};
};

struct Expectation {
  std::string_view type;
  std::string_view issuer;
  std::string_view audience;  // must be the token's `aud` or an element of it
  UnixMillis now{};
  std::chrono::seconds leeway = kLeeway;
};

// A key of either algorithm. Secret parts are wiped when the last copy is destroyed.
class Key {
 public:
  const std::string& id() const;  // `kid`: derived from the key
  Algorithm algorithm() const;
  // The 32 bytes of the public key; empty for HS256, which has none.
  std::string public_bytes() const;

  struct Material;

 protected:
  explicit Key(std::shared_ptr<const Material> material) : material_(std::move(material)) {}
  std::shared_ptr<const Material> material_;
};

class SigningKey : public Key {
 public:
  // `seed`: the private key, 32 random bytes.
  static Result<SigningKey> ed25519(std::string_view seed);
  // At least 32 bytes; a shorter secret is Code::validation.
  static Result<SigningKey> hmac(std::string_view secret);
  std::string sign(std::string_view message) const;

 private:
  using Key::Key;
};

class VerifyingKey : public Key {
 public:
  // A signing key can also verify.
  explicit VerifyingKey(const SigningKey& key) : Key(key) {}
  static Result<VerifyingKey> ed25519(std::string_view public_bytes);
  bool verify(std::string_view message, std::string_view signature) const;

 private:
  using Key::Key;
};

class KeySet {
 public:
  void add(VerifyingKey key) { keys_.push_back(std::move(key)); }
  void add(const SigningKey& key) { keys_.emplace_back(key); }
  const VerifyingKey* find(std::string_view id) const;
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<VerifyingKey> keys_;
};

std::string sign(const Claims& claims, const SigningKey& key);
Result<Claims> verify(std::string_view token, const KeySet& keys, const Expectation& expected);
// Whether fetching the keys again may help.
bool is_unknown_key(const Error& error);
// The error that verify() returns, whatever the cause.
std::unexpected<Error> refusal(std::string detail);

}  // namespace tg::jwt
