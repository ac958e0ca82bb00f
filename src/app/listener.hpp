// A listening port of this process: one service's contract with its probes and metrics, or, for the
// gateway, all contracts and the page. It accepts connections until it is drained. Not thread-safe:
// used by the main thread of `serve`; requests run on the event loops.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "app/identity.hpp"
#include "app/process_health.hpp"
#include "app/service_host.hpp"
#include "app/settings.hpp"
#include "net/server.hpp"
#include "wire/mount.hpp"

namespace tg::app {

// Shared by all listeners of the process, which it must outlive.
struct ListenerContext {
  ServiceHost& host;
  const Config& config;
  const Identity& identity;
  ProcessHealth& health;
  std::atomic<bool> draining = false;  // /health/ready says 503
};

// The server settings of a service's port.
net::ServerSettings listening(const ServerSettings& given, const ServiceName& service);

class Listener {
 public:
  // Starts to listen. Code::unavailable if the port is in use.
  static Result<std::unique_ptr<Listener>> open(const ServiceName& service,
                                                ListenerContext& shared);

  void drain(std::chrono::milliseconds at_most) { server_->drain(at_most); }
  const ServiceName& service() const { return service_; }
  // The URL for programs on this machine.
  std::string url() const;
  std::string fingerprint() const { return server_->fingerprint(); }

 private:
  explicit Listener(const ServiceName& service) : service_(service) {}

  const ServiceName& service_;
  net::ServerSettings settings_;
  std::unique_ptr<wire::Observer> observer_;
  std::shared_ptr<void> own_health_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace tg::app
