// Certificate fingerprints, for clients that pin a server's certificate. Thread-safe.
#pragma once

#include <string>

#include <openssl/types.h>

namespace tg::net {

// SHA-256 of the DER encoding, in hex.
std::string fingerprint_of(const X509* certificate);

}  // namespace tg::net
