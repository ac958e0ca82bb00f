#include "service/auth/signing_keys.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"

namespace tg::auth {

struct KeptKey {
  std::string seed;  // base64url of 32 bytes
  UnixMillis created_at;
};
BOOST_DESCRIBE_STRUCT(KeptKey, (), (seed, created_at))
struct KeptKeys {
  std::vector<KeptKey> keys;  // newest first
};
BOOST_DESCRIBE_STRUCT(KeptKeys, (), (keys))

namespace {

KeptKey make_key(UnixMillis now) {
  return {.seed = encode_base64url(*decode_hex(random_hex(32))), .created_at = now};
}

Result<KeptKeys> read_keys(Files& files, const std::filesystem::path& file) {
  TG_TRY(const std::string text, files.read(file));
  auto kept = json::read_text<KeptKeys>(text);
  if (!kept || kept->keys.empty()) {
    return fail(Code::internal, "damaged.signing_keys",
                "the file of signing keys is damaged: restore it from a backup, or delete it to "
                "create new keys, which makes all present tokens invalid",
                file.string());
  }
  return kept;
}

}  // namespace

Result<SigningKeys> SigningKeys::load(Files& files, const std::filesystem::path& folder,
                                      UnixMillis now, std::chrono::seconds lifetime) {
  const std::filesystem::path file = folder / kFileName;
  KeptKeys kept;
  if (std::filesystem::exists(file)) {
    TG_TRY(kept, read_keys(files, file));
  }
  if (kept.keys.empty() || now - kept.keys.front().created_at > lifetime) {
    kept.keys.insert(kept.keys.begin(), make_key(now));
    if (kept.keys.size() > 2) kept.keys.resize(2);
    TG_TRY_VOID(TG_FAULT_RESULT("auth.before_keys_written"));
    TG_TRY_VOID(write_atomically(files, file, json::to_text(json::write(kept))));
    log::info("new signing key created");
  }
  std::vector<jwt::SigningKey> keys;
  for (const KeptKey& one : kept.keys) {
    TG_TRY(auto key, jwt::SigningKey::ed25519(decode_base64url(one.seed).value_or("")));
    keys.push_back(std::move(key));
  }
  return SigningKeys(std::move(keys));
}

Result<SigningKeys> SigningKeys::from_secret(std::string_view secret) {
  TG_TRY(auto key, jwt::SigningKey::hmac(secret));
  return SigningKeys({std::move(key)});
}

std::vector<api::VerificationKey> SigningKeys::public_keys() const {
  std::vector<api::VerificationKey> keys;
  for (const jwt::SigningKey& key : keys_) {
    keys.push_back({.kid = key.id(),
                    .algorithm = std::string(json::enum_word(key.algorithm())),
                    .public_key = encode_base64url(key.public_bytes())});
  }
  return keys;
}

}  // namespace tg::auth
