// What travels with every call from one service to another, in process and in headers.
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

// What an endpoint asks of its caller; each includes the ones before it, except `service`.
enum class Scope {
  open,     // nobody in particular
  read,     // viewer, user, admin
  write,    // user, admin
  admin,    // admin
  service,  // another service of this installation; never reachable through the gateway
};
BOOST_DESCRIBE_ENUM(Scope, open, read, write, admin, service)

// Who asks. Made by the gateway from a verified token (or by the command line for the owner of the
// data folder), carried between processes as a signed assertion.
struct Principal {
  std::string user_id;  // empty: nobody
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
  std::string tracestate;   // of other tracing systems: passed on as it came
  std::string client_address;
  std::string token_id;  // `jti` of the access token, for logout
  // The gateway's signed statement of the principal, handed on to other processes as it is.
  std::string assertion;
};

bool allows(const Principal& principal, Scope needs);
// UNAUTHORIZED for nobody, FORBIDDEN for somebody whose role does not reach.
Result<void> check_scope(const Principal& principal, Scope needs);
// The keys of what the principal owns or shares: "user:<id>", "space:<space>". Granted channels are
// added by Telegram::visible.
std::vector<std::string> own_access_keys(const Principal& principal);
std::string user_access_key(const std::string& user_id);
std::string space_access_key(const std::string& space);
// Of a channel's posts that everybody sees who sees the channel.
std::string channel_access_key(std::int64_t channel_id);
// Of posts that only those see for whom the channel was brought in.
std::string own_channel_access_key(std::int64_t channel_id);

}  // namespace tg::api
