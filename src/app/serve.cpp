#include "app/serve.hpp"

#include <algorithm>
#include <thread>

#include <fmt/core.h>
#include <unistd.h>

#include "app/configuration.hpp"
#include "app/listener.hpp"
#include "app/run_file.hpp"
#include "app/service_host.hpp"
#include "app/settings.hpp"
#include "app/stop_signals.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/text.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "runtime/process_metrics.hpp"

namespace tg::app {
namespace {

using std::chrono::milliseconds;

class Serving {
 public:
  Serving(const Config& config, std::vector<std::string> only)
      : config_(config),
        only_(std::move(only)),
        process_metrics_(metrics::collect_process(metrics::process_registry())) {}
  ~Serving() { remove_run_files(); }

  Result<void> start();
  void announce(milliseconds took) const;
  void stop();

 private:
  Result<void> write_run_file_of(const Listener& listener) const;
  Result<void> print_setup_link() const;
  std::string gateway_url() const;
  void remove_run_files() const;

  const Config& config_;
  const std::vector<std::string> only_;
  const SystemClock clock_;
  const metrics::Registry::Handle process_metrics_;
  Identity identity_;
  std::unique_ptr<ServiceHost> host_;
  std::unique_ptr<LoopMonitor> monitor_;
  std::unique_ptr<ProcessHealth> health_;
  std::unique_ptr<ListenerContext> shared_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

Result<void> Serving::write_run_file_of(const Listener& listener) const {
  return write_run_file(host_->data(), {.service = std::string(listener.service().name),
                                        .url = listener.url(),
                                        .fingerprint = listener.fingerprint(),
                                        .process = ::getpid(),
                                        .key = identity_.local_key,
                                        .version = std::string(version()),
                                        .started_at = clock_.wall()});
}

Result<void> Serving::start() {
  ServiceHostSettings settings = service_host_settings(config_, only_);
  settings.watches = true;
  settings.client = std::make_shared<net::Client>();
  TG_TRY(identity_, make_identity(config_, only_, settings.client, clock_));
  settings.credentials = identity_.credentials;
  TG_TRY(host_, ServiceHost::open(std::move(settings)));
  monitor_ = std::make_unique<LoopMonitor>(host_->loops(), clock_, metrics::process_registry());
  monitor_->start();
  health_ = std::make_unique<ProcessHealth>(host_->data(), *monitor_, clock_);
  shared_ = std::make_unique<ListenerContext>(*host_, config_, identity_, *health_);
  for (const ServiceName& service : kServiceNames) {
    if (!host_->runs_here(service.name)) continue;
    TG_TRY(auto listener, Listener::open(service, *shared_));
    listeners_.push_back(std::move(listener));
  }
  for (const auto& listener : listeners_) TG_TRY_VOID(write_run_file_of(*listener));
  return print_setup_link();
}

std::string Serving::gateway_url() const {
  for (const auto& listener : listeners_) {
    if (listener->service().name == "gateway") return listener->url();
  }
  return config_.read<ServiceSettings>().gateway_url;
}

Result<void> Serving::print_setup_link() const {
  TG_TRY(const auto token, host_->setup_token());
  if (!token) return {};
  const std::string gateway = gateway_url();
  print_note(
      gateway.empty()
          ? fmt::format("create the first admin with POST /auth/setup and the token {}", *token)
          : fmt::format("create the first admin: {}/#setup={}", gateway, *token));
  return {};
}

// The last line of the start, which scripts wait for.
void Serving::announce(milliseconds took) const {
  std::string where;
  for (const auto& listener : listeners_) {
    if (listener->service().name == "gateway") {
      where = listener->url() + "/";
      break;
    }
    where += fmt::format("{}{} {}", where.empty() ? "" : ", ", listener->service().name,
                         listener->url());
  }
  print_note(fmt::format("telegnosis is ready: {} ({}, {:.2f} s)", where,
                         counted(static_cast<std::int64_t>(listeners_.size()), "service"),
                         static_cast<double>(took.count()) / 1000));
}

void Serving::remove_run_files() const {
  for (const auto& listener : listeners_) remove_run_file(host_->data(), listener->service().name);
}

// The gateway is drained first: its requests still need the services behind it.
void Serving::stop() {
  const auto settings = config_.read<ServerSettings>();
  shared_->draining = true;
  std::this_thread::sleep_for(settings.drain_delay);  // load balancers notice first
  host_->end_streams();
  TG_FAULT("serve.before_drain");
  const auto until = std::chrono::steady_clock::now() + settings.drain_time;
  for (const auto& listener : listeners_) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    listener->drain(std::max(left, milliseconds(0)));
  }
  remove_run_files();
  TG_FAULT("serve.before_close");
  listeners_.clear();
  monitor_->stop();
  host_.reset();
}

}  // namespace

Result<std::vector<std::string>> service_list(const std::vector<std::string>& words) {
  std::vector<std::string> services;
  for (const std::string& word : words) {
    for (const std::string_view part : text::split(word, ',')) {
      const std::string_view name = text::trim(part);
      if (name.empty()) continue;
      if (std::ranges::find(kServiceNames, name, &ServiceName::name) == kServiceNames.end()) {
        std::string known;
        for (const ServiceName& each : kServiceNames)
          known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
        return invalid("--only", fmt::format("must be among {}: {} is not a service", known, name));
      }
      if (std::ranges::find(services, name) == services.end()) services.emplace_back(name);
    }
  }
  if (!words.empty() && services.empty())
    return invalid("--only", "must name at least one service");
  return services;
}

int run_serve(const Config& config, const std::vector<std::string>& only) {
  const auto from = std::chrono::steady_clock::now();
  StopSignals signals;
  Serving serving(config, only);
  if (const auto started = serving.start(); !started) return report(started.error());
  serving.announce(
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - from));
  const char* const signal = signals.wait();
  log::info("stopping", {{"signal", signal}});
  signals.next_one_ends();
  serving.stop();
  return 0;
}

}  // namespace tg::app
