#include "app/connect.hpp"

#include <map>
#include <set>

#include <fmt/core.h>

#include "api/names.hpp"
#include "app/configuration.hpp"
#include "app/local_key.hpp"
#include "app/run_file.hpp"
#include "app/service_host.hpp"
#include "app/settings.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

class Local final : public Connection {
 public:
  explicit Local(std::unique_ptr<ServiceHost> host) : host_(std::move(host)) {}
  Services& services() override { return host_->services(); }

 private:
  std::unique_ptr<ServiceHost> host_;
};

// Endpoints that a gateway does not serve are refused here: its "no such path" would not say why.
template <typename Service>
class ThroughGateway {
 public:
  explicit ThroughGateway(std::unique_ptr<Service> remote) : remote_(std::move(remote)) {}

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    if constexpr (api::endpoint_of<M>().spec.through_gateway) {
      co_return co_await ((*remote_).*M)(std::move(call), std::move(in));
    } else {
      co_return fail(Code::unavailable, "not_through_gateway",
                     fmt::format("not available through a gateway: run the command on the machine "
                                 "with the {} service's data folder, with --data",
                                 api::kServiceName<Service>));
    }
  }

 private:
  std::unique_ptr<Service> remote_;
};

// The address of a server, and the client and credentials for it.
struct Target {
  std::string url;
  std::shared_ptr<wire::Credentials> credentials;
  std::shared_ptr<net::Client> client = std::make_shared<net::Client>();
};

net::ClientSettings client_settings(const RunFile& server) {
  return {.fingerprint = server.fingerprint};
}

Target target_of(const RunFile& server) {
  return {.url = server.url,
          .credentials = bearer(server.key),
          .client = std::make_shared<net::Client>(client_settings(server))};
}

class Remote final : public Connection {
 public:
  Services& services() override { return services_; }

  template <typename Service>
  void add(Service* Services::* member, const Target& target) {
    keep(member, make<Service>(target));
  }

  template <typename Service>
  void add_through_gateway(Service* Services::* member, const Target& gateway) {
    using Hook = ThroughGateway<Service>;
    keep(member, std::make_unique<typename api::ForwardOf<Hook, Service>::type>(
                     std::make_shared<Hook>(make<Service>(gateway))));
  }

  template <typename Service>
  void add_absent(Service* Services::* member, Error error) {
    keep(member, absent<Service>(std::move(error)));
  }

 private:
  template <typename Service>
  std::unique_ptr<Service> make(const Target& target) {
    return wire::remote<Service>(
        {.service = std::string(api::kServiceName<Service>), .url = target.url}, target.client,
        target.credentials);
  }
  template <typename Service, typename Object>
  void keep(Service* Services::* member, std::unique_ptr<Object> object) {
    std::shared_ptr<Object> owned = std::move(object);
    services_.*member = owned.get();
    objects_.push_back(std::move(owned));
  }

  std::vector<std::shared_ptr<void>> objects_;
  Services services_;
};

std::unique_ptr<Remote> through_gateway(const std::string& url, const std::string& token) {
  auto remote = std::make_unique<Remote>();
  const Target gateway{.url = url, .credentials = bearer(token)};
  each_service([&](const ServiceName& service, auto member) {
    if (service.name == "gateway") {
      remote->add(member, gateway);
    } else {
      remote->add_through_gateway(member, gateway);
    }
  });
  return remote;
}

using RunFiles = std::map<std::string_view, RunFile>;

Result<RunFiles> find_servers(const std::filesystem::path& data) {
  RunFiles found;
  for (const ServiceName& service : kServiceNames) {
    TG_TRY(auto file, read_run_file(data, service.name));
    if (file) found.emplace(service.name, *std::move(file));
  }
  return found;
}

// Each service at its own server, otherwise through the gateway of this folder.
std::unique_ptr<Remote> over_servers(const std::string& data, const RunFiles& servers) {
  auto remote = std::make_unique<Remote>();
  std::optional<Target> gateway;
  if (const auto own = servers.find("gateway"); own != servers.end())
    gateway = target_of(own->second);
  each_service([&](const ServiceName& service, auto member) {
    if (const auto own = servers.find(service.name); own != servers.end()) {
      remote->add(member, target_of(own->second));
    } else if (gateway) {
      remote->add_through_gateway(member, *gateway);
    } else {
      Error error = unavailable(service.name).error();
      error.reason = fmt::format("not_here.{}", service.name);
      error.message = fmt::format(
          "the server that holds {} does not run the {} service: use the --data folder of the one "
          "that does, or --url of the gateway",
          data, service.name);
      remote->add_absent(member, std::move(error));
    }
  });
  return remote;
}

Task<Result<void>> probe(RunFile server) {
  net::Client client(client_settings(server));
  TG_CO_TRY(const net::Response answer,
            co_await client.send(
                {.url = server.url + "/health/live",
                 .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5)}));
  if (answer.status != 200)
    co_return fail(Code::unavailable, "status",
                   fmt::format("its health check returned {}", answer.status));
  co_return Result<void>();
}

// Reports a server that hangs, or that is not the expected one, in the same way for every command.
Result<void> probe_all(const RunFiles& servers) {
  std::set<std::int64_t> asked;
  for (const auto& [service, server] : servers) {
    const bool is_first = asked.insert(server.process).second;
    if (!is_first && server.fingerprint.empty()) continue;
    const auto alive = run_blocking(probe(server));
    if (alive) continue;
    return fail(
        Code::unavailable, "server.no_answer",
        fmt::format("the server at {} (process {}) holds the data folder and does not answer: {}",
                    server.url, server.process, alive.error().message));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(const Config& config, const std::string& purpose) {
  const auto client = config.read<ClientSettings>();
  if (!client.url.empty()) return through_gateway(client.url, client.token);
  ServiceHostSettings settings = service_host_settings(config, {});
  TG_TRY(const RunFiles servers, find_servers(settings.data));
  if (!servers.empty()) {
    TG_TRY_VOID(probe_all(servers));
    return over_servers(settings.data.string(), servers);
  }
  settings.loops = 1;
  settings.import_folder = "/";  // a command may import every file that its user can open
  settings.purpose = purpose;
  settings.urls.clear();
  TG_TRY(auto host, ServiceHost::open(std::move(settings)));
  return std::make_unique<Local>(std::move(host));
}

}  // namespace tg::app
