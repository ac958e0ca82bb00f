// What the public port has beyond the contracts: user authentication and quotas, headers of every
// response, the web page, the OpenAPI document. Thread-safe.
#pragma once

#include <memory>

#include "app/service_host.hpp"
#include "net/server.hpp"
#include "wire/mount.hpp"

namespace tg::app {

// Admission by access token, quota and role. `auth` and `clock` must outlive it.
Result<std::shared_ptr<wire::Admission>> admit_users(const Config& config, api::Auth& auth,
                                                     const Clock& clock);
// Adds security headers and the allowed cross-origin callers.
void add_gateway_settings(const Config& config, net::ServerSettings& settings);
// Mounts the page at /, and /docs and /openapi.json under the options' prefixes.
void mount_pages(net::Router& router, const wire::MountOptions& options);

}  // namespace tg::app
