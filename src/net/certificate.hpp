// A certificate as one value, for who knows a server by it and not by its name. Any thread.
#pragma once

#include <string>

#include <openssl/types.h>

namespace tg::net {

// SHA-256, in hex.
std::string fingerprint_of(const X509* certificate);

}  // namespace tg::net
