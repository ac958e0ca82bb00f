#include "app/service_host.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "app/service_host_state.hpp"
#include "runtime/files.hpp"

namespace tg::app {

ServiceHost::State::State(ServiceHostSettings with)
    : settings(std::move(with)),
      loops(settings.loops),
      pool(settings.threads, settings.compute_queue),
      pool_metrics(pool.collect(metrics::process_registry(), "compute")) {
  if (!settings.client) settings.client = std::make_shared<net::Client>();
  loops.start();
}

bool ServiceHost::State::runs_here(std::string_view service) const {
  return settings.only.empty() || std::ranges::find(settings.only, service) != settings.only.end();
}

ServiceHost::ServiceHost(std::unique_ptr<State> state) : state_(std::move(state)) {}

ServiceHost::~ServiceHost() {
  state_->modules.stop();
  // Storage of services that did not start.
  for (const auto& [service, storage] : state_->storages) storage->close();
  state_->settings.client->close_idle();
  state_->loops.stop();
}

Result<std::unique_ptr<ServiceHost>> ServiceHost::open(ServiceHostSettings settings) {
  TG_TRY_VOID(disk_files().make_folders(settings.data));
  if (std::error_code error;
      !settings.is_restore && std::filesystem::exists(settings.data / kRestoreMark, error)) {
    return fail(Code::conflict, "restore.unfinished",
                fmt::format("{} holds an unfinished restore: run `telegnosis restore` again",
                            settings.data.string()));
  }
  std::unique_ptr<ServiceHost> host(new ServiceHost(std::make_unique<State>(std::move(settings))));
  State& state = *host->state_;
  for (const ServiceName& service : kServiceNames) {
    if (!state.runs_here(service.name)) continue;
    TG_TRY(auto storage,
           LocalStorage::open(state.settings.data / service.name, state.settings.purpose,
                              state.pool, state.clock, state.loops.next()));
    state.storages.emplace(service.name, std::move(storage));
  }
  fill_roles(state);
  TG_TRY_VOID(state.modules.start());
  return host;
}

Services& ServiceHost::services() {
  return state_->services;
}

bool ServiceHost::runs_here(std::string_view service) const {
  return state_->runs_here(service);
}

Loops& ServiceHost::loops() {
  return state_->loops;
}

ComputePool& ServiceHost::compute() {
  return state_->pool;
}

void ServiceHost::end_streams() {
  for (const auto& end : state_->stream_ends) end();
}

const Clock& ServiceHost::clock() const {
  return state_->clock;
}

const std::filesystem::path& ServiceHost::data() const {
  return state_->settings.data;
}

Result<std::optional<std::string>> ServiceHost::setup_token() {
  if (!state_->setup_token) return std::nullopt;
  return state_->setup_token();
}

}  // namespace tg::app
