#include "wire/request_observer.hpp"

#include <functional>
#include <stdexcept>

namespace tg::wire {
namespace {

Task<void> write_metrics(const metrics::Registry* registry, net::ResponseWriter& writer) {
  net::Response response;
  response.headers.add("Content-Type", metrics::kContentType);
  response.headers.add("Cache-Control", "no-store");
  response.body = registry->text();
  co_await writer.send(std::move(response));
}

}  // namespace

RequestObserver::Route::Route(const api::Spec& of, metrics::Registry& registry,
                              const std::string& service)
    : spec(&of),
      metrics(registry, service, std::string(of.path), std::string(api::method_word(of.method))) {}

RequestObserver::RequestObserver(metrics::Registry& registry, std::string service)
    : registry_(registry), service_(std::move(service)) {}

void RequestObserver::answered(std::string_view, const api::Spec& spec, int status,
                               std::chrono::nanoseconds took) {
  route_of(spec).metrics.observe(status, took);
}

std::atomic<RequestObserver::Route*>& RequestObserver::place_of(const api::Spec& spec) {
  const std::size_t first = std::hash<const api::Spec*>()(&spec) / alignof(api::Spec);
  for (std::size_t i = 0; i < kPlaces; ++i) {
    std::atomic<Route*>& place = places_[(first + i) % kPlaces];
    const Route* route = place.load(std::memory_order_acquire);
    if (route == nullptr || route->spec == &spec) return place;
  }
  throw std::logic_error("there are more routes than the table of metrics has room for");
}

RequestObserver::Route& RequestObserver::route_of(const api::Spec& spec) {
  if (Route* route = place_of(spec).load(std::memory_order_acquire)) return *route;
  const std::scoped_lock lock(mutex_);
  std::atomic<Route*>& place = place_of(spec);
  if (Route* route = place.load(std::memory_order_acquire)) return *route;
  routes_.push_back(std::make_unique<Route>(spec, registry_, service_));
  place.store(routes_.back().get(), std::memory_order_release);
  return *routes_.back();
}

void mount_metrics(net::Router& router, metrics::Registry& registry) {
  router.add({.verb = net::Verb::get,
              .pattern = "/metrics",
              .options = {},
              .handler = [registry = &registry](net::Request&, net::ResponseWriter& writer) {
                return write_metrics(registry, writer);
              }});
}

}  // namespace tg::wire
