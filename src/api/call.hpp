// Metadata of a call: identity, deadline and trace. Passed on from service to service, in process
// or in headers. Plain values.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace tg::api {

enum class Role { viewer, user, admin };
BOOST_DESCRIBE_ENUM(Role, viewer, user, admin)

// Required permission of an endpoint. Each level includes the ones before it, except `service`.
enum class Scope {
  open,     // anyone, without a token
  read,     // viewer, user, admin
  write,    // user, admin
  admin,    // admin
  service,  // another service of this installation; never reachable through the gateway
};
BOOST_DESCRIBE_ENUM(Scope, open, read, write, admin, service)

// The caller. Created by the gateway from a verified token (or by the command line for the owner of
// the data folder); passed between processes as a signed assertion.
struct Principal {
  std::string user_id;  // empty: anonymous
  Role role = Role::viewer;
  std::string space = "default";
  bool is_service = false;
};
BOOST_DESCRIBE_STRUCT(Principal, (), (user_id, role, space, is_service))

struct Call {
  std::string request_id;
  Principal principal;
  SteadyTime deadline = SteadyTime::max();
  std::string traceparent;  // W3C Trace Context
  std::string tracestate;   // vendor-specific trace data, passed on unchanged
  std::string client_address;
  std::string token_id;  // `jti` of the access token, for logout
  // The principal, signed by the gateway; passed on to other processes unchanged.
  std::string assertion;
};

bool allows(const Principal& principal, Scope needs);
// Code::unauthorized for an anonymous caller, Code::forbidden for an insufficient role.
Result<void> check_scope(const Principal& principal, Scope needs);
// Access keys of the principal's own and shared data: "user:<id>", "space:<space>". Granted
// channels are added by visible_keys() (api/visible_keys.hpp).
std::vector<std::string> own_access_keys(const Principal& principal);
std::string user_access_key(const std::string& user_id);
std::string space_access_key(const std::string& space);
// Of a channel's posts that everybody sees who sees the channel.
std::string channel_access_key(std::int64_t channel_id);
// Of posts that only those see for whom the channel was brought in.
std::string own_channel_access_key(std::int64_t channel_id);

}  // namespace tg::api
