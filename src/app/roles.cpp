// The only place that knows which class implements which contract, and whether it runs in this
// process. One role per service: what it calls, and how its object is made. A service starts after
// those of this process that it calls. Stubs of other processes need nothing, so those may start
// later or be down.
#include <stdexcept>

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

// --- the services of this process ----------------------------------------------------------------

struct Role {
  std::string service;
  std::vector<std::string> needs;  // the services that it calls
  std::function<Result<void>(State&)> start;
};

// A contract that a role calls. It is there when the role starts, because the role lists it.
template <typename Contract>
Contract& needed(Contract* contract) {
  if (contract == nullptr)
    throw std::logic_error(
        fmt::format("a role calls {} and does not list it", api::kServiceName<Contract>));
  return *contract;
}

template <typename Settings>
Settings settings(const State& state) {
  return state.settings.config.read<Settings>();
}

store::ServiceStorage& storage(State& state, std::string_view service) {
  return *state.storages.find(service)->second;
}

// Puts the object behind its contract and starts it.
template <typename Object>
Result<void> place(State& state, Result<std::unique_ptr<Object>> opened) {
  TG_TRY(std::shared_ptr<Object> object, std::move(opened));
  Object& placed = *object;
  state.objects.push_back(std::move(object));
  std::string_view service;
  each_service([&](const ServiceName& name, auto member) {
    if constexpr (std::is_base_of_v<ContractAt<decltype(member)>, Object>) {
      state.services.*member = &placed;
      service = name.name;
    }
  });
  if constexpr (requires { placed.start(); }) TG_TRY_VOID(run_blocking(placed.start()));
  if constexpr (requires { placed.stop(); })
    state.stops.emplace(service, [&placed] { run_blocking(placed.stop()); });
  if constexpr (requires { placed.end_streams(); })
    state.stream_ends.push_back([&placed] { run_blocking(placed.end_streams()); });
  return {};
}

// The health and the address of every service but the gateway.
std::vector<gateway::PeerService> peers(State& state) {
  std::vector<gateway::PeerService> all;
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

Result<void> start_auth(State& state) {
  TG_TRY(auto service, auth::open(storage(state, "auth"), settings<auth::AuthSettings>(state)));
  state.setup_token = [auth = service.get()] { return run_blocking(auth->setup_token()); };
  return place<auth::AuthService>(state, std::move(service));
}

Result<void> start_telegram(State& state) {
  return place(
      state, telegram::open(storage(state, "telegram"), settings<telegram::TelegramSettings>(state),
                            {.import_folder = state.settings.import_folder,
                             .version = std::string(version()),
                             .watches = state.settings.watches}));
}

Result<void> start_vector(State& state) {
  return place(state, vector::open(storage(state, "vector"), needed(state.services.telegram)));
}

Result<void> start_model(State& state) {
  return place(state, model::open(storage(state, "model")));
}

Result<void> start_embedding(State& state) {
  return place(state, embedding::open(storage(state, "embedding"), needed(state.services.models)));
}

Result<void> start_retrieval(State& state) {
  return place(
      state,
      retrieval::open(storage(state, "retrieval"), settings<retrieval::RetrievalSettings>(state),
                      needed(state.services.vectors), needed(state.services.telegram)));
}

Result<void> start_document(State& state) {
  const auto limits = settings<gateway::GatewaySettings>(state);
  return place(
      state,
      document::open(storage(state, "document"), {.upload_limit = limits.max_upload_bytes.bytes},
                     needed(state.services.telegram), needed(state.services.vectors)));
}

Result<void> start_generation(State& state) {
  return place(state, generation::open(state.pool, state.clock, needed(state.services.retrieval)));
}

Result<void> start_gateway(State& state) {
  return place(state,
               gateway::open(state.clock, state.loops.next(), needed(state.services.retrieval),
                             needed(state.services.generation), peers(state)));
}

const std::vector<Role>& roles() {
  static const std::vector<Role> all{
      {"auth", {}, start_auth},
      {"telegram", {}, start_telegram},
      {"model", {}, start_model},
      {"vector", {"telegram"}, start_vector},
      {"embedding", {"model"}, start_embedding},
      {"document", {"telegram", "vector"}, start_document},
      {"retrieval", {"telegram", "vector"}, start_retrieval},
      {"generation", {"retrieval"}, start_generation},
      // Reports the health of all.
      {"gateway",
       {"auth", "document", "embedding", "retrieval", "generation", "model", "vector", "telegram"},
       start_gateway},
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
  error.message = fmt::format("the {} service does not run in this process, and {} is not set",
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
