#include "net/certificate.hpp"

#include <array>

#include <openssl/x509.h>

#include "base/encoding.hpp"

namespace tg::net {

std::string fingerprint_of(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
    return {};
  return encode_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace tg::net
