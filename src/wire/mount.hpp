// The serving end of every contract: binds requests to a service's methods as its endpoint table
// says, and writes what they answer.
//
//   net::Router router;
//   wire::mount<api::Documents>(router, documents, admission);
//   wire::mount<api::Documents>(router, documents, admission, {.prefixes = {"", "/api/v1"}});
//
// The service and the options' pointers must outlive the router. Mounting belongs to start-up, on
// one thread; the mounted handlers run on any loop. Defined for the nine services and the gateway.
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

// Who may call: one per listening port. Makes the Call of a request, its principal above all, or
// refuses (401, 403, 429). What wire fills in itself: request id, trace, deadline, and the client's
// address where admit() left it empty.
class Admission {
 public:
  virtual ~Admission() = default;
  virtual Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) = 0;
};

// In metrics only: the client left before there was an answer.
inline constexpr int kClientGoneStatus = 499;

// Told of every call that was answered. Called on the loops.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void answered(std::string_view service, const api::Spec& spec, int status,
                        std::chrono::nanoseconds took) = 0;
};

// Limits by a row's path, instead of the rows' own: what an operator has set.
using BodyLimits = std::map<std::string, std::size_t, std::less<>>;

struct MountOptions {
  std::vector<std::string> prefixes = {""};
  bool gateway_only = false;     // only rows with through_gateway
  Observer* observer = nullptr;  // may be null
  const Clock* clock = nullptr;  // null: the system's
  // Where bodies are parsed that are too large for a loop; null: there all the same.
  ComputePool* compute = nullptr;
  BodyLimits body_limits = {};
  // The service runs in another process: files of uploads are streamed to it and not held here.
  bool is_remote = false;
  std::shared_ptr<UploadMemory> upload_memory = nullptr;  // see wire/form.hpp; null: unlimited
  // Event streams: a comment goes out after so long without an event, so that proxies keep the
  // connection.
  std::chrono::milliseconds idle_comment = std::chrono::seconds(15);
};

template <typename Service>
void mount(net::Router& router, Service& service, std::shared_ptr<Admission> admission,
           MountOptions options = {});

}  // namespace tg::wire
