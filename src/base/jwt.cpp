#include "base/jwt.hpp"

#include <array>

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.hpp"
#include "base/json_fields.hpp"

namespace tg::jwt {
namespace {

constexpr std::string_view kUnknownKey = "the key is not one of ours";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kEdSignature = 64;
// 9999-12-31: later times are rejected, since arithmetic on them might overflow.
constexpr std::int64_t kLastSecond = 253402300799;

using PublicKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Short and derived from the key alone: the same in every process and after a restart.
std::string key_id(std::string_view label, std::string_view bytes) {
  return encode_base64url(sha256(std::string(label) + std::string(bytes)).substr(0, 12));
}

bool holds_nul(const json::Value& value) {
  const auto nul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (const auto* text = value.if_string()) return nul(*text);
  if (const auto* array = value.if_array()) {
    return std::ranges::any_of(*array, holds_nul);
  }
  if (const auto* object = value.if_object()) {
    return std::ranges::any_of(
        *object, [&](const auto& entry) { return nul(entry.key()) || holds_nul(entry.value()); });
  }
  return false;
}

// Strictly parses a base64url part of a token as a JSON object.
Result<json::Object> read_part(std::string_view part, std::string_view name) {
  const auto text = decode_base64url(part);
  if (!text) return refusal(fmt::format("{}: no strict base64url", name));
  const auto value = json::parse(*text);
  if (!value || !value->is_object()) return refusal(fmt::format("{}: no JSON object", name));
  if (json::has_duplicate_names(*text)) return refusal(fmt::format("{}: a name twice", name));
  if (holds_nul(*value)) return refusal(fmt::format("{}: a NUL in a text", name));
  return value->get_object();
}

// Accepts only integers: no string, fraction or exponent.
std::optional<Seconds> time_of(const json::Object& object, std::string_view name) {
  const auto number = json::integer_in(object, name);
  if (!number || *number < 0 || *number > kLastSecond) return std::nullopt;
  return Seconds(std::chrono::seconds(*number));
}

bool names_audience(const json::Object& payload, std::string_view ours) {
  const auto* audience = payload.if_contains("aud");
  if (audience == nullptr) return false;
  if (const auto* array = audience->if_array()) {
    bool found = false;
    for (const auto& item : *array) {
      if (!item.is_string()) return false;
      found = found || std::string_view(item.get_string()) == ours;
    }
    return found;
  }
  return json::text_in(payload, "aud") == ours;
}

Result<const VerifyingKey*> key_for(const json::Object& header, const KeySet& keys,
                                    const Expectation& expected) {
  if (header.contains("crit") || header.contains("b64")) {
    return refusal("header: extensions that must be understood");
  }
  if (json::text_in(header, "typ") != expected.type)
    return refusal("header: another type of token");
  const VerifyingKey* key = keys.find(json::text_in(header, "kid").value_or(""));
  if (key == nullptr) return refusal(std::string(kUnknownKey));
  if (json::text_in(header, "alg") != json::enum_word(key->algorithm())) {
    return refusal("header: not the algorithm of its key");
  }
  return key;
}

Result<Claims> read_claims(json::Object payload, const Expectation& expected) {
  Claims claims;
  claims.type = expected.type;
  claims.issuer = json::text_in(payload, "iss").value_or("");
  claims.subject = json::text_in(payload, "sub").value_or("");
  claims.audience = expected.audience;
  claims.token_id = json::text_in(payload, "jti").value_or("");
  if (claims.issuer != expected.issuer) return refusal("another issuer");
  if (!names_audience(payload, expected.audience)) return refusal("another audience");
  if (claims.subject.empty()) return refusal("no subject");
  const auto issued = time_of(payload, "iat");
  const auto expires = time_of(payload, "exp");
  if (!issued || !expires) return refusal("no usable iat and exp");
  claims.issued_at = *issued;
  claims.expires_at = *expires;
  if (payload.contains("nbf")) {
    claims.not_before = time_of(payload, "nbf");
    if (!claims.not_before) return refusal("no usable nbf");
  }
  if (expected.now >= claims.expires_at + expected.leeway) return refusal("expired");
  if (claims.issued_at > expected.now + expected.leeway) return refusal("issued in the future");
  if (claims.not_before && *claims.not_before > expected.now + expected.leeway) {
    return refusal("not valid yet");
  }
  for (const char* name : {"iss", "sub", "aud", "jti", "iat", "exp", "nbf"}) payload.erase(name);
  claims.more = std::move(payload);
  return claims;
}

}  // namespace

struct Key::Material {
  Material(Algorithm of, std::string key_name) : algorithm(of), id(std::move(key_name)) {}
  ~Material() { OPENSSL_cleanse(secret.data(), secret.size()); }
  Material(const Material&) = delete;
  Material& operator=(const Material&) = delete;

  Algorithm algorithm;
  std::string id;
  std::string secret;                                  // HS256
  PublicKey pair = PublicKey(nullptr, EVP_PKEY_free);  // EdDSA, with or without the private key
  std::string public_bytes;                            // EdDSA
};

const std::string& Key::id() const {
  return material_->id;
}

Algorithm Key::algorithm() const {
  return material_->algorithm;
}

std::string Key::public_bytes() const {
  return material_->public_bytes;
}

Result<SigningKey> SigningKey::ed25519(std::string_view seed) {
  PublicKey pair(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(seed), seed.size()),
                 EVP_PKEY_free);
  std::array<unsigned char, kKeyBytes> bytes{};
  std::size_t size = bytes.size();
  if (seed.size() != kKeyBytes || !pair ||
      EVP_PKEY_get_raw_public_key(pair.get(), bytes.data(), &size) != 1) {
    return fail(Code::validation, "invalid.key", "an Ed25519 key must have 32 bytes");
  }
  const std::string public_bytes(bytes.begin(), bytes.end());
  auto material = std::make_shared<Material>(Algorithm::EdDSA, key_id("ed25519:", public_bytes));
  material->pair = std::move(pair);
  material->public_bytes = public_bytes;
  return SigningKey(std::move(material));
}

Result<SigningKey> SigningKey::hmac(std::string_view secret) {
  if (secret.size() < kSecretMinimum) {
    return fail(Code::validation, "invalid.secret", "a signing secret must have at least 32 bytes");
  }
  auto material = std::make_shared<Material>(Algorithm::HS256, key_id("hmac:", secret));
  material->secret = secret;
  return SigningKey(std::move(material));
}

std::string SigningKey::sign(std::string_view message) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  if (algorithm() == Algorithm::HS256) {
    unsigned int size = 0;
    HMAC(EVP_sha256(), material_->secret.data(), static_cast<int>(material_->secret.size()),
         octets(message), message.size(), bytes.data(), &size);
    return {bytes.begin(), bytes.begin() + size};
  }
  std::size_t size = bytes.size();
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, material_->pair.get()) != 1 ||
      EVP_DigestSign(digest.get(), bytes.data(), &size, octets(message), message.size()) != 1) {
    return {};  // out of memory: an empty signature never verifies
  }
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)};
}

Result<VerifyingKey> VerifyingKey::ed25519(std::string_view public_bytes) {
  PublicKey pair(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(public_bytes),
                                             public_bytes.size()),
                 EVP_PKEY_free);
  if (public_bytes.size() != kKeyBytes || !pair) {
    return fail(Code::validation, "invalid.key", "an Ed25519 public key must have 32 bytes");
  }
  auto material = std::make_shared<Material>(Algorithm::EdDSA, key_id("ed25519:", public_bytes));
  material->pair = std::move(pair);
  material->public_bytes = public_bytes;
  return VerifyingKey(std::move(material));
}

bool VerifyingKey::verify(std::string_view message, std::string_view signature) const {
  if (algorithm() == Algorithm::HS256) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    HMAC(EVP_sha256(), material_->secret.data(), static_cast<int>(material_->secret.size()),
         octets(message), message.size(), bytes.data(), &size);
    return signature.size() == size && CRYPTO_memcmp(signature.data(), bytes.data(), size) == 0;
  }
  if (signature.size() != kEdSignature) return false;
  const Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, material_->pair.get()) ==
             1 &&
         EVP_DigestVerify(digest.get(), octets(signature), signature.size(), octets(message),
                          message.size()) == 1;
}

const VerifyingKey* KeySet::find(std::string_view id) const {
  for (const VerifyingKey& key : keys_) {
    if (key.id() == id) return &key;
  }
  return nullptr;
}

std::string sign(const Claims& claims, const SigningKey& key) {
  const json::Object header{
      {"alg", json::enum_word(key.algorithm())}, {"typ", claims.type}, {"kid", key.id()}};
  json::Object payload = claims.more;
  payload["iss"] = claims.issuer;
  payload["sub"] = claims.subject;
  payload["aud"] = claims.audience;
  payload["iat"] = claims.issued_at.time_since_epoch().count();
  payload["exp"] = claims.expires_at.time_since_epoch().count();
  if (claims.not_before) payload["nbf"] = claims.not_before->time_since_epoch().count();
  if (!claims.token_id.empty()) payload["jti"] = claims.token_id;
  std::string token = encode_base64url(json::to_text(header)) + '.' +
                      encode_base64url(json::to_text(json::Value(std::move(payload))));
  const std::string signature = encode_base64url(key.sign(token));
  token += '.';
  return token + signature;
}

Result<Claims> verify(std::string_view token, const KeySet& keys, const Expectation& expected) {
  if (token.size() > kTokenLimit) return refusal("too long");
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refusal("not three parts");
  }
  TG_TRY(const json::Object header, read_part(token.substr(0, first), "header"));
  TG_TRY(const VerifyingKey* key, key_for(header, keys, expected));
  const auto signature = decode_base64url(token.substr(second + 1));
  if (!signature || !key->verify(token.substr(0, second), *signature)) {
    return refusal("the signature does not fit");
  }
  TG_TRY(json::Object payload, read_part(token.substr(first + 1, second - first - 1), "payload"));
  return read_claims(std::move(payload), expected);
}

bool is_unknown_key(const Error& error) {
  return error.code == Code::unauthorized && error.detail == kUnknownKey;
}

std::unexpected<Error> refusal(std::string detail) {
  return fail(Code::unauthorized, "invalid_token", "a valid token is required", std::move(detail));
}

}  // namespace tg::jwt
