// Signed statements (JSON Web Tokens, RFC 7519 and 8725): access tokens, statements about the
// caller between processes, service tokens. Only what this house writes is read:
//
//   const auto key = jwt::SigningKey::ed25519(seed);               // or hmac(secret)
//   std::string token = jwt::sign({.type = "at+jwt", .issuer = "telegnosis", .subject = user,
//                                  .audience = "api", .issued_at = now, .expires_at = later},
//                                  *key);
//   jwt::KeySet keys;
//   keys.add(*key);                                                // two while keys change
//   Result<jwt::Claims> claims =
//       jwt::verify(token, keys, {.type = "at+jwt", .issuer = "telegnosis", .audience = "api",
//                                 .now = clock.wall()});
//
// The algorithm is the key's, never the token's choice; the key is found by `kid` among ours alone;
// `jku`, `x5u`, `jwk`, `x5c` are never looked at, `crit` and `b64` are refused. Every refusal is
// the same error to the caller (401, "invalid_token"); the cause stands in its `detail`, for the
// log. Keys and sets are values that share what they hold; const use from any thread.
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

// The registered claims, and the token's own ones in `more`.
struct Claims {
  std::string type;  // of the header: "at+jwt"; tells apart what tokens are good for
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
  std::string_view audience;  // must be the token's, or one of them
  UnixMillis now{};
  std::chrono::seconds leeway = kLeeway;
};

// A key of either kind; its secret part is wiped when the last copy goes.
class Key {
 public:
  const std::string& id() const;  // `kid`: made from the key itself
  Algorithm algorithm() const;
  // The 32 bytes that others need to verify; empty for HS256, whose secret never leaves.
  std::string public_bytes() const;

  struct Material;

 protected:
  explicit Key(std::shared_ptr<const Material> material) : material_(std::move(material)) {}
  std::shared_ptr<const Material> material_;
};

class SigningKey : public Key {
 public:
  // `seed`: 32 random bytes, which are the private key.
  static Result<SigningKey> ed25519(std::string_view seed);
  // At least 32 bytes; a shorter secret is Code::validation.
  static Result<SigningKey> hmac(std::string_view secret);
  std::string sign(std::string_view message) const;

 private:
  using Key::Key;
};

class VerifyingKey : public Key {
 public:
  // A signing key verifies too.
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
// The refusal that may be cured by fetching the keys again.
bool is_unknown_key(const Error& error);
// What verify() answers for every cause.
std::unexpected<Error> refusal(std::string detail);

}  // namespace tg::jwt
