// Whatever the bytes are: no crash, and nothing is accepted but the one token we signed.
#include <cstdlib>

#include "base/encoding.hpp"
#include "base/jwt.hpp"

namespace {

using namespace tg;

struct Ours {
  jwt::SigningKey key = *jwt::SigningKey::hmac("a secret of at least thirty-two bytes");
  jwt::KeySet keys;
  std::string token;

  Ours() {
    keys.add(key);
    keys.add(*jwt::SigningKey::ed25519(std::string(32, 's')));
    token = jwt::sign({.type = "at+jwt",
                       .issuer = "telegnosis",
                       .subject = "u",
                       .audience = "api",
                       .issued_at = jwt::Seconds(std::chrono::seconds(1'700'000'000)),
                       .expires_at = jwt::Seconds(std::chrono::seconds(1'700'001'800))},
                      key);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const Ours ours;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const jwt::Expectation expected{.type = "at+jwt",
                                  .issuer = "telegnosis",
                                  .audience = "api",
                                  .now = UnixMillis(std::chrono::seconds(1'700'000'100))};
  if (jwt::verify(input, ours.keys, expected) && input != ours.token) std::abort();
  // Correctly signed input reaches the parsing of claims.
  std::string nonsense =
      ours.token.substr(0, ours.token.find('.') + 1) + encode_base64url(input.substr(0, 2000));
  nonsense += '.' + encode_base64url(ours.key.sign(nonsense));
  const auto claims = jwt::verify(nonsense, ours.keys, expected);
  if (claims && claims->subject.empty()) std::abort();
  return 0;
}
