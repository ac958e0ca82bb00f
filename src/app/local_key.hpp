// The key of the data folder's owner, which stands in the run file: whoever can read that file may
// do what an admin may. Both ends of it.
#pragma once

#include <memory>
#include <string>

#include "wire/mount.hpp"
#include "wire/remote.hpp"

namespace tg::app {

// Lets the key's bearer in as the local admin; everybody else is `next`'s business.
std::shared_ptr<wire::Admission> admit_local_key(std::string key,
                                                 std::shared_ptr<wire::Admission> next);
// Shows a local key or an access token with every call; an empty one shows nothing.
std::shared_ptr<wire::Credentials> bearer(std::string token);

}  // namespace tg::app
