// What the public port has beyond the contracts: who may come in, what every answer says, the page,
// the description of the interface.
#pragma once

#include <memory>

#include "app/service_host.hpp"
#include "net/server.hpp"
#include "wire/mount.hpp"

namespace tg::app {

// By access token, quota and role. `auth` must outlive it.
Result<std::shared_ptr<wire::Admission>> admit_users(const Config& config, api::Auth& auth,
                                                     const Clock& clock);
// Security headers and the origins that may call.
void add_gateway_settings(const Config& config, net::ServerSettings& settings);
// The page at /, /docs, /openapi.json.
void mount_pages(net::Router& router);

}  // namespace tg::app
