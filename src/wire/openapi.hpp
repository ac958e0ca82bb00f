// The OpenAPI 3.1 document of contracts, made from their endpoint tables, described types and
// rules.
//
//   json::Value document = openapi_document({.version = "1.0.0"});  // what the gateway offers
//   json::Value own = openapi_document({.service = "telegram", .gateway_only = false});
//
// Made at start-up, then served as it is. Any thread.
#pragma once

#include <string>

#include "base/json.hpp"
#include "wire/mount.hpp"

namespace tg::wire {

struct OpenApiOptions {
  std::string version = "0";
  std::string service = {};  // one service's own; empty: all
  bool gateway_only = true;  // only what goes through the gateway
  BodyLimits body_limits = {};
};

json::Value openapi_document(OpenApiOptions options);

// GET /openapi.json and the page /docs under each prefix, without authentication.
void mount_openapi(net::Router& router, const OpenApiOptions& options,
                   const std::vector<std::string>& prefixes = {""});

}  // namespace tg::wire
