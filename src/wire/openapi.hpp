// The OpenAPI 3.1 document of contracts, generated from their endpoint tables, described types and
// rules.
//
//   json::Value document = openapi_document({.version = "1.0.0"});  // the gateway's endpoints
//   json::Value own = openapi_document({.service = "telegram", .gateway_only = false});
//
// Generated at start-up, then served unchanged. Thread-safe.
#pragma once

#include <string>

#include "base/json.hpp"
#include "wire/mount.hpp"

namespace tg::wire {

struct OpenApiOptions {
  std::string version = "0";
  std::string service = {};  // only this service; empty: all
  bool gateway_only = true;  // only endpoints available through the gateway
  BodyLimits body_limits = {};
};

json::Value openapi_document(OpenApiOptions options);

// GET /openapi.json and the page /docs under each prefix, without authentication.
void mount_openapi(net::Router& router, const OpenApiOptions& options,
                   const std::vector<std::string>& prefixes = {""});

}  // namespace tg::wire
