#include "app/listener.hpp"

#include <mutex>
#include <unordered_map>

#include <fmt/core.h>

#include "api/names.hpp"
#include "app/gateway_listener.hpp"
#include "app/local_key.hpp"
#include "app/version.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/request_metrics.hpp"
#include "service/gateway/gateway_settings.hpp"
#include "wire/errors.hpp"
#include "wire/form.hpp"
#include "wire/openapi.hpp"

namespace tg::app {
namespace {

constexpr std::size_t kStreamsPerUser = 32;
constexpr std::size_t kUploadMemory = 512 << 20;  // of all uploads that are held at the same time

// A service as its own port exposes it: its health includes that of the process.
template <typename Service>
class WithProcessHealth {
 public:
  WithProcessHealth(Service& service, ProcessHealth& process)
      : service_(service), process_(process) {}

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    if constexpr (std::is_same_v<api::OutOf<M>, api::Health>) {
      auto health = co_await (service_.*M)(std::move(call), std::move(in));
      if (health) process_.add_to(*health);
      co_return health;
    } else {
      co_return co_await (service_.*M)(std::move(call), std::move(in));
    }
  }

 private:
  Service& service_;
  ProcessHealth& process_;
};

// The metrics of an endpoint are created by its first request: most are never called on most ports.
class Counting final : public wire::Observer {
 public:
  explicit Counting(std::string_view port) : port_(port) {}

  template <typename Service>
  void add_rows() {
    api::kEndpoints<Service>.each([this](const auto& row) { rows_.try_emplace(&row.spec); });
  }

  void answered(std::string_view, const api::Spec& spec, int status,
                std::chrono::nanoseconds took) override {
    const auto row = rows_.find(&spec);
    if (row == rows_.end()) return;
    std::call_once(row->second.once, [&] {
      row->second.metrics = std::make_unique<metrics::RequestMetrics>(
          metrics::process_registry(), port_, std::string(spec.path),
          std::string(api::method_word(spec.method)));
    });
    row->second.metrics->observe(status, took);
  }
  // Requests that no row answered: unknown paths, malformed or slow requests.
  void refused(const Error& error, int status, const std::string& request_id) const {
    metrics::process_registry()
        .counter("telegnosis_http_requests_total", "requests answered",
                 {{"service", port_},
                  {"route", "none"},
                  {"method", "none"},
                  {"status", std::to_string(status)}})
        .add();
    log::debug("request refused",
               {{"service", port_},
                {"status", std::to_string(status)},
                {"reason", error.reason},
                {"error", error.message}},
               {request_id, {}});
  }

 private:
  struct Row {
    std::once_flag once;
    std::unique_ptr<metrics::RequestMetrics> metrics;
  };
  const std::string port_;
  std::unordered_map<const api::Spec*, Row> rows_;  // constant once the port listens
};

net::Response status_response(int status, std::string_view word) {
  net::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json");
  response.headers.add("Cache-Control", "no-store");
  if (status == 503) response.headers.add("Retry-After", "1");
  response.body = fmt::format(R"({{"status":"{}"}})", word);
  return response;
}

Task<void> answer_live(const ListenerContext* shared, net::ResponseWriter* writer) {
  const bool is_alive = shared->health.is_alive();
  co_await writer->send(status_response(is_alive ? 200 : 503, is_alive ? "live" : "stalled"));
}

// Readiness concerns this process alone: another service that is down does not affect it.
template <typename Service>
Task<void> answer_ready(Service* service, const ListenerContext* shared,
                        net::ResponseWriter* writer) {
  std::string_view word = "ready";
  if (shared->draining) {
    word = "stopping";
  } else if constexpr (!std::is_same_v<Service, api::Gateway>) {
    const auto health = co_await service->health({}, {});
    if (!health || health->status == api::HealthStatus::unhealthy) word = "unhealthy";
  }
  co_await writer->send(status_response(word == "ready" ? 200 : 503, word));
}

Task<void> answer_metrics(net::ResponseWriter* writer) {
  net::Response response;
  response.headers.add("Content-Type", std::string(metrics::kContentType));
  response.body = metrics::process_registry().text();
  co_await writer->send(std::move(response));
}

void add_route(net::Router& router, std::string pattern, net::Handler handler) {
  router.add({.verb = net::Verb::get,
              .pattern = std::move(pattern),
              .options = {},
              .handler = std::move(handler)});
}

template <typename Service>
void add_probes(net::Router& router, Service& service, const ListenerContext& shared,
                const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    add_route(router, prefix + "/health/live",
              [&shared](net::Request*, net::ResponseWriter* writer) {
                return answer_live(&shared, writer);
              });
    add_route(router, prefix + "/health/ready",
              [&service, &shared](net::Request*, net::ResponseWriter* writer) {
                return answer_ready(&service, &shared, writer);
              });
    add_route(router, prefix + "/metrics",
              [](net::Request*, net::ResponseWriter* writer) { return answer_metrics(writer); });
  }
}

template <typename Service>
std::shared_ptr<Service> with_process_health(Service& service, ProcessHealth& process) {
  using Hook = WithProcessHealth<Service>;
  return std::make_shared<typename api::ForwardOf<Hook, Service>::type>(
      std::make_shared<Hook>(service, process));
}

}  // namespace

net::ServerSettings listening(const ServerSettings& given, const ServiceName& service) {
  const bool is_gateway = service.name == "gateway";
  net::ServerSettings settings;
  settings.address = is_gateway ? given.listen_address : given.service_address;
  settings.port = given.port_base == 0
                      ? std::uint16_t{0}
                      : static_cast<std::uint16_t>(given.port_base + service.port_offset);
  settings.head_time = given.head_time;
  settings.body_time = given.body_time;
  settings.idle_time = given.idle_time;
  settings.write_time = given.write_time;
  settings.connections = given.max_connections;
  if (is_gateway) {
    settings.certificate = given.tls_certificate;
    settings.key = given.tls_key;
  }
  return settings;
}

namespace {

// Also renders errors raised before routing: unknown paths and malformed requests.
net::ErrorRenderer error_renderer(const Clock& clock) {
  return [&clock](const Error& error, const std::string& request_id, std::string_view accept) {
    return wire::error_response(error, request_id, accept, clock.wall());
  };
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const ServiceName& service,
                                                 ListenerContext& shared) {
  std::unique_ptr<Listener> listener(new Listener(service));
  const bool is_gateway = service.name == "gateway";
  listener->settings_ = listening(shared.config.read<ServerSettings>(), service);
  Services& services = shared.host.services();
  std::shared_ptr<wire::Admission> admission =
      wire::admit_services(shared.identity.tokens, shared.identity.keys);
  auto router = std::make_shared<net::Router>();
  if (is_gateway) {
    TG_TRY(admission, admit_users(shared.config, *services.auth, shared.host.clock()));
    add_gateway_settings(shared.config, listener->settings_);
    wire::mount_principal_key(*router, shared.identity.tokens, shared.identity.signer);
  }
  admission = admit_local_key(shared.identity.local_key, std::move(admission));
  auto counting = std::make_unique<Counting>(service.name);
  wire::MountOptions options{
      .gateway_only = is_gateway,
      .observer = counting.get(),
      .clock = &shared.host.clock(),
      .compute = &shared.host.compute(),
      .body_limits = {{"/documents/upload",
                       upload_body_limit(shared.config.read<gateway::GatewaySettings>())}}};
  if (is_gateway) {
    options.prefixes = {"", "/api/v1"};
    options.streams_per_user = kStreamsPerUser;
    options.upload_memory = std::make_shared<wire::UploadMemory>(kUploadMemory);
    mount_pages(*router, options);
  } else {
    wire::mount_openapi(*router, {.version = std::string(version()),
                                  .service = std::string(service.name),
                                  .gateway_only = false,
                                  .body_limits = options.body_limits});
  }
  each_service([&](const ServiceName& each, auto member) {
    using Service = std::remove_pointer_t<std::remove_reference_t<decltype(services.*member)>>;
    const bool is_own = each.name == service.name;
    if (!is_own && !is_gateway) return;
    counting->template add_rows<Service>();
    Service* object = services.*member;
    if (is_own) {
      auto own = with_process_health(*object, shared.health);
      object = own.get();
      listener->own_health_ = own;
      add_probes(*router, *object, shared, options.prefixes);
    }
    options.is_remote = !shared.host.runs_here(each.name);
    wire::mount(*router, *object, admission, options);
  });
  listener->settings_.on_refused = [counting = counting.get()](const Error& error, int status,
                                                               const std::string& id) {
    counting->refused(error, status, id);
  };
  listener->observer_ = std::move(counting);
  listener->server_ =
      std::make_unique<net::Server>(shared.host.loops(), listener->settings_, router,
                                    shared.host.clock(), error_renderer(shared.host.clock()));
  auto started = listener->server_->start();
  if (!started) {
    if (const std::string& field = started.error().field; started.error().reason == "tls") {
      started.error().message = fmt::format(
          "{}: {}", field == "key" ? "TLS_KEY" : "TLS_CERTIFICATE", started.error().message);
    }
    started.error().message = fmt::format("{}: {}", service.name, started.error().message);
    return std::unexpected(std::move(started).error());
  }
  return listener;
}

std::string Listener::url() const {
  const bool is_any = settings_.address == "0.0.0.0" || settings_.address == "::";
  const std::string host = is_any ? "127.0.0.1" : settings_.address;
  return fmt::format("{}://{}:{}", settings_.certificate.empty() ? "http" : "https",
                     host.find(':') != std::string::npos ? "[" + host + "]" : host,
                     server_->port());
}

}  // namespace tg::app
