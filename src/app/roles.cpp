// The only place that knows which class stands behind which contract, and whether it is in this
// process. What a service is given stands in its open() (service/<x>/module.hpp): its storage, its
// settings, the contracts that it calls. It starts after those of this process that it calls; stubs
// need nothing, so a service in another process may start later, or be down.
#include <fmt/core.h>

#include "app/service_host_state.hpp"
#include "app/version.hpp"
#include "runtime/run_blocking.hpp"
#include "service/auth/module.hpp"
#include "service/document/module.hpp"
#include "service/embedding/module.hpp"
#include "service/gateway/gateway_settings.hpp"
#include "service/gateway/module.hpp"
#include "service/generation/module.hpp"
#include "service/model/module.hpp"
#include "service/retrieval/module.hpp"
#include "service/telegram/module.hpp"
#include "service/vector/module.hpp"

namespace tg::app {
namespace {

using State = ServiceHost::State;
using PeerServices = std::vector<gateway::PeerService>;

// --- what an open() may ask for ------------------------------------------------------------------

PeerServices peers(State& state) {
  PeerServices all;
  each_service([&](const ServiceName& service, auto member) {
    if (service.name == "gateway") return;
    const auto url = state.settings.urls.find(std::string(service.name));
    const bool is_elsewhere = !state.runs_here(service.name) && url != state.settings.urls.end();
    all.push_back({.name = std::string(service.name),
                   .health = [object = state.services.*member](
                                 api::Call call) { return object->health(std::move(call), {}); },
                   .url = is_elsewhere ? url->second : std::string()});
  });
  return all;
}

template <typename Given>
Given given(State& state, const std::string& service) {
  using Plain = std::remove_cvref_t<Given>;
  if constexpr (std::is_same_v<Plain, store::ServiceStorage>) {
    return *state.storages.at(service);
  } else if constexpr (std::is_same_v<Plain, ComputePool>) {
    return state.pool;
  } else if constexpr (std::is_same_v<Plain, Clock>) {
    return state.clock;
  } else if constexpr (std::is_same_v<Plain, Executor>) {
    return state.loops.next();
  } else if constexpr (std::is_same_v<Plain, PeerServices>) {
    return peers(state);
  } else if constexpr (std::is_same_v<Plain, document::DocumentParts>) {
    const auto gateway = state.settings.config.read<gateway::GatewaySettings>();
    return {.upload_limit = gateway.max_upload_bytes.bytes};
  } else if constexpr (std::is_same_v<Plain, telegram::TelegramParts>) {
    return {.import_folder = state.settings.import_folder,
            .version = std::string(version()),
            .watches = state.settings.watches};
  } else if constexpr (requires { settings_of(static_cast<const Plain*>(nullptr)); }) {
    return state.settings.config.read<Plain>();
  } else {
    return contract<Plain>(state.services);
  }
}

// --- the services of this process ----------------------------------------------------------------

struct Role {
  std::string service;
  std::vector<std::string> needs;  // whose contracts its object is given
  std::function<Result<void>(State&)> start;
};

template <typename Object>
Result<void> place_and_start(State& state, const std::string& service,
                             std::unique_ptr<Object> object) {
  Object& placed = *object;
  state.objects.push_back(std::shared_ptr<Object>(std::move(object)));
  each_service([&](const ServiceName&, auto member) {
    if constexpr (std::is_base_of_v<ContractAt<decltype(member)>, Object>)
      state.services.*member = &placed;
  });
  if constexpr (requires { placed.start(); }) TG_TRY_VOID(run_blocking(placed.start()));
  if constexpr (requires { placed.stop(); })
    state.stops.emplace(service, [&placed] { run_blocking(placed.stop()); });
  if constexpr (std::is_same_v<Object, auth::AuthService>)
    state.setup_token = [&placed] { return run_blocking(placed.setup_token()); };
  return {};
}

template <typename Object, typename... Given>
Role role(Result<std::unique_ptr<Object>> (*open)(Given...)) {
  Role made;
  each_service([&](const ServiceName& service, auto member) {
    using Contract = ContractAt<decltype(member)>;
    if constexpr (std::is_base_of_v<Contract, Object>) {
      made.service = service.name;
    } else if constexpr (((std::is_same_v<Given, Contract&> ||
                           std::is_same_v<Given, PeerServices>) ||
                          ...)) {
      made.needs.emplace_back(service.name);
    }
  });
  made.start = [open, service = made.service](State& state) -> Result<void> {
    TG_TRY(auto object, open(given<Given>(state, service)...));
    return place_and_start(state, service, std::move(object));
  };
  return made;
}

const std::vector<Role>& roles() {
  static const std::vector<Role> all{
      role(vector::open),    role(telegram::open),   role(model::open),
      role(embedding::open), role(retrieval::open),  role(document::open),
      role(auth::open),      role(generation::open), role(gateway::open),
  };
  return all;
}

void stop_role(State& state, const std::string& service) {
  if (const auto stop = state.stops.find(service); stop != state.stops.end()) stop->second();
  state.storages.at(service)->close();
}

// --- those of other processes --------------------------------------------------------------------

Error not_configured(const ServiceName& service) {
  Error error = unavailable(service.name).error();
  error.reason = fmt::format("not_here.{}", service.name);
  error.message = fmt::format(
      "the {} service is not part of this process, and {} does not say "
      "where it is",
      service.name, service.url_setting);
  return error;
}

template <typename Service>
void place_stub(State& state, const ServiceName& service, Service* Services::* member) {
  const ServiceHostSettings& settings = state.settings;
  const auto url = settings.urls.find(std::string(service.name));
  std::shared_ptr<Service> stub =
      url == settings.urls.end()
          ? absent<Service>(not_configured(service))
          : wire::remote<Service>({.service = url->first, .url = url->second}, settings.client,
                                  settings.credentials);
  state.services.*member = stub.get();
  state.objects.push_back(std::move(stub));
}

}  // namespace

void fill_roles(State& state) {
  each_service([&](const ServiceName& service, auto member) {
    if (!state.runs_here(service.name)) place_stub(state, service, member);
  });
  for (const Role& role : roles()) {
    if (!state.runs_here(role.service)) continue;
    Module module{.name = role.service, .needs = role.needs};
    std::erase_if(module.needs, [&](const std::string& need) { return !state.runs_here(need); });
    module.start = [&state, &role] { return role.start(state); };
    module.stop = [&state, &role] { stop_role(state, role.service); };
    state.modules.add(std::move(module));
  }
  state.services.in_process = state.settings.only.empty();
}

}  // namespace tg::app
