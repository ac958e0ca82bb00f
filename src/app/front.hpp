// A listening port of this process: one service's contract with its probes and metrics, or the
// gateway's whole door. It accepts until it is drained.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "app/house.hpp"
#include "app/identity.hpp"
#include "app/process_health.hpp"
#include "app/settings.hpp"
#include "net/server.hpp"
#include "wire/mount.hpp"

namespace tg::app {

// What all ports of the process share; outlives them.
struct FrontShared {
  House& house;
  const Config& config;
  const Identity& identity;
  ProcessHealth& health;
  std::atomic<bool> draining = false;  // /health/ready says 503
};

// How a service's port listens.
net::ServerSettings listening(const ServerSettings& given, const ServiceName& service);

class Front {
 public:
  // Listens at once.
  static Result<std::unique_ptr<Front>> open(const ServiceName& service, FrontShared& shared);

  void drain(std::chrono::milliseconds at_most) { server_->drain(at_most); }
  const ServiceName& service() const { return service_; }
  // As a program of this machine reaches it.
  std::string url() const;
  std::string fingerprint() const { return server_->fingerprint(); }

 private:
  explicit Front(const ServiceName& service) : service_(service) {}

  const ServiceName& service_;
  net::ServerSettings settings_;
  std::unique_ptr<wire::Observer> observer_;
  std::shared_ptr<void> own_health_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace tg::app
