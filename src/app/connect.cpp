#include "app/connect.hpp"

#include <map>
#include <set>

#include <fmt/core.h>

#include "api/names.hpp"
#include "app/configuration.hpp"
#include "app/house.hpp"
#include "app/local_key.hpp"
#include "app/run_file.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

class Local final : public Connection {
 public:
  explicit Local(std::unique_ptr<House> house) : house_(std::move(house)) {}
  Services& services() override { return house_->services(); }

 private:
  std::unique_ptr<House> house_;
};

// Through a gateway, rows that it does not serve are refused here: its "no such path" would not say
// why.
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
                     fmt::format("this cannot be done through a gateway: run the command where "
                                 "the {} service's data folder is, with --data",
                                 api::kServiceName<Service>));
    }
  }

 private:
  std::unique_ptr<Service> remote_;
};

class Remote final : public Connection {
 public:
  Services& services() override { return services_; }

  template <typename Service>
  void add(Service* Services::* member, std::string url,
           std::shared_ptr<wire::Credentials> credentials) {
    keep(member, make<Service>(std::move(url), std::move(credentials)));
  }

  template <typename Service>
  void add_through_gateway(Service* Services::* member, std::string url,
                           std::shared_ptr<wire::Credentials> credentials) {
    using Hook = ThroughGateway<Service>;
    keep(member, std::make_unique<typename api::ForwardOf<Hook, Service>::type>(
                     std::make_shared<Hook>(make<Service>(std::move(url), credentials))));
  }

  template <typename Service>
  void add_absent(Service* Services::* member, Error error) {
    keep(member, absent<Service>(std::move(error)));
  }

 private:
  template <typename Service>
  std::unique_ptr<Service> make(std::string url, std::shared_ptr<wire::Credentials> credentials) {
    return wire::remote<Service>(
        {.service = std::string(api::kServiceName<Service>), .url = std::move(url)}, client_,
        std::move(credentials));
  }
  template <typename Service, typename Object>
  void keep(Service* Services::* member, std::unique_ptr<Object> object) {
    std::shared_ptr<Object> owned = std::move(object);
    services_.*member = owned.get();
    objects_.push_back(std::move(owned));
  }

  std::shared_ptr<net::Client> client_ = std::make_shared<net::Client>();
  std::vector<std::shared_ptr<void>> objects_;
  Services services_;
};

std::unique_ptr<Remote> through_gateway(const std::string& url, const std::string& token) {
  auto remote = std::make_unique<Remote>();
  const auto credentials = bearer(token);
  each_service([&](const ServiceName& service, auto member) {
    if (service.name == "gateway") {
      remote->add(member, url, credentials);
    } else {
      remote->add_through_gateway(member, url, credentials);
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

// Each service at its own server, else through the gateway of this folder.
std::unique_ptr<Remote> over_servers(const std::string& data, const RunFiles& servers) {
  auto remote = std::make_unique<Remote>();
  const auto gateway = servers.find("gateway");
  each_service([&](const ServiceName& service, auto member) {
    if (const auto own = servers.find(service.name); own != servers.end()) {
      remote->add(member, own->second.url, bearer(own->second.key));
    } else if (gateway != servers.end()) {
      remote->add_through_gateway(member, gateway->second.url, bearer(gateway->second.key));
    } else {
      Error error = unavailable(service.name).error();
      error.message = fmt::format(
          "the server that holds {} does not run the {} service: use --data of the one that does, "
          "or --url of the gateway",
          data, service.name);
      remote->add_absent(member, std::move(error));
    }
  });
  return remote;
}

Task<Result<void>> ask_for_life(std::string url) {
  net::Client client;
  TG_CO_TRY(const net::Response answer,
            co_await client.send(
                {.url = url + "/health/live",
                 .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5)}));
  if (answer.status != 200)
    co_return fail(Code::unavailable, "status", fmt::format("it answers {}", answer.status));
  co_return Result<void>();
}

// So that a server that hangs is told once and clearly, whatever the command.
Result<void> check_life(const RunFiles& servers) {
  std::set<std::int64_t> asked;
  for (const auto& [service, server] : servers) {
    if (!asked.insert(server.process).second) continue;
    const auto alive = run_blocking(ask_for_life(server.url));
    if (alive) continue;
    return fail(Code::unavailable, "server.no_answer",
                fmt::format("the server at {} (process {}) holds the data and does not answer: {}",
                            server.url, server.process, alive.error().message));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Connection>> connect(const Config& config, const ConnectOptions& options) {
  if (!options.url.empty()) return through_gateway(options.url, options.token);
  if (!options.token.empty()) return invalid("--token", "belongs to --url, which is missing");
  HouseSettings settings = house_settings(config, {});
  TG_TRY(const RunFiles servers, find_servers(settings.data));
  if (!servers.empty()) {
    TG_CHECK(check_life(servers));
    return over_servers(settings.data.string(), servers);
  }
  settings.loops = 1;
  settings.import_folder = "/";  // whoever runs a command may read every file that he can open
  settings.purpose = options.purpose;
  settings.urls.clear();
  TG_TRY(auto house, House::open(std::move(settings)));
  return std::make_unique<Local>(std::move(house));
}

}  // namespace tg::app
