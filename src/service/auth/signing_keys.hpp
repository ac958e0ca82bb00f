// The keys that sign access tokens: an Ed25519 key pair, created at the first start and kept in a
// file with mode 0600, or the operator's secret (HS256). A start replaces a pair that is older than
// its lifetime; the previous one still verifies. Thread-safe after construction.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "api/auth_types.hpp"
#include "base/jwt.hpp"
#include "runtime/files.hpp"

namespace tg::auth {

class SigningKeys {
 public:
  // Reads FOLDER/signing_keys.json or creates it. Blocking.
  static Result<SigningKeys> load(Files& files, const std::filesystem::path& folder, UnixMillis now,
                                  std::chrono::seconds lifetime);
  static Result<SigningKeys> from_secret(std::string_view secret);

  const jwt::SigningKey& current() const { return keys_.front(); }
  // Public parts only.
  std::vector<api::VerificationKey> public_keys() const;

  static constexpr const char* kFileName = "signing_keys.json";

 private:
  explicit SigningKeys(std::vector<jwt::SigningKey> keys) : keys_(std::move(keys)) {}
  std::vector<jwt::SigningKey> keys_;  // newest first; one or two
};

}  // namespace tg::auth
