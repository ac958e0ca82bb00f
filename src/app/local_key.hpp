// The key of the data folder's owner, which is stored in the run file: whoever can read that file
// has an admin's rights. The server side and the client side of it. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "wire/mount.hpp"
#include "wire/remote.hpp"

namespace tg::app {

// Admits the key's bearer as the local admin; passes every other request to `next`.
std::shared_ptr<wire::Admission> admit_local_key(std::string key,
                                                 std::shared_ptr<wire::Admission> next);
// Sends a local key or an access token with every call; nothing if it is empty.
std::shared_ptr<wire::Credentials> bearer(std::string token);

}  // namespace tg::app
