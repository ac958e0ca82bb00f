// The serving end of every contract: binds requests to a service's methods according to its
// endpoint table, and writes their replies.
//
//   net::Router router;
//   wire::mount<api::Documents>(router, documents, admission);
//   wire::mount<api::Documents>(router, documents, admission, {.prefixes = {"", "/api/v1"}});
//
// The service and the pointers in the options must outlive the router. Mount at start-up, from one
// thread; the mounted handlers run on any loop. Defined for the nine services and the gateway.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/endpoint.hpp"
#include "net/http.hpp"
#include "net/router.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::wire {

class UploadMemory;

// Authentication and authorization, one object per listening port: creates the Call of a request
// with its principal, or refuses it (401, 403, 429). Request id, trace, deadline, and the client's
// address where admit() left it empty, are filled in afterwards. Must be thread-safe.
class Admission {
 public:
  virtual ~Admission() = default;
  virtual Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) = 0;
};

// Only in metrics: the client disconnected before the response.
inline constexpr int kClientGoneStatus = 499;

// Notified of every answered call, on the loops. Must be thread-safe.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void answered(std::string_view service, const api::Spec& spec, int status,
                        std::chrono::nanoseconds took) = 0;
};

// Body limits in bytes by the path of a row, overriding the row's own: set by the operator.
using BodyLimits = std::map<std::string, std::size_t, std::less<>>;

struct MountOptions {
  std::vector<std::string> prefixes = {""};
  bool gateway_only = false;     // only rows with through_gateway
  Observer* observer = nullptr;  // may be null
  const Clock* clock = nullptr;  // null: the system's
  // Parses bodies that are too large for a loop; null: they are parsed on the loop.
  ComputePool* compute = nullptr;
  BodyLimits body_limits = {};
  // The service runs in another process: uploaded files are streamed to it instead of held here.
  bool is_remote = false;
  std::shared_ptr<UploadMemory> upload_memory = nullptr;  // wire/form.hpp; null: unlimited
  std::size_t streams_per_user = 0;  // open event streams of one user, per row; 0: unlimited
  // Event streams: interval of keep-alive comments while there are no events, so that proxies keep
  // the connection open.
  std::chrono::milliseconds idle_comment = std::chrono::seconds(15);
};

template <typename Service>
void mount(net::Router& router, Service& service, std::shared_ptr<Admission> admission,
           MountOptions options = {});

}  // namespace tg::wire
