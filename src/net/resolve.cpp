#include "net/resolve.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/await_callback.hpp"

namespace tg::net {
namespace {

using Addresses = Result<std::vector<asio::ip::address>>;
using NameResolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

// The first to finish decides; both live until both are done. On one loop.
struct Race {
  explicit Race(Executor executor) : resolver(executor), timer(executor) {}
  NameResolver resolver;
  Timer timer;
  bool is_over = false;
};

Addresses addresses_of(const NameResolver::results_type& found) {
  std::vector<asio::ip::address> addresses;
  for (const auto& entry : found) {
    const auto address = entry.endpoint().address();
    if (std::ranges::find(addresses, address) == addresses.end()) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Task<Addresses> resolve(std::string host, SteadyTime deadline) {
  boost::system::error_code no_address;
  const auto literal = asio::ip::make_address(host, no_address);
  if (!no_address) co_return std::vector{literal};
  const auto race = std::make_shared<Race>(co_await asio::this_coro::executor);
  co_return co_await await_callback<Addresses>([&](auto done) {
    race->resolver.async_resolve(host, "", [race, done](const auto& error, const auto& found) {
      race->timer.cancel();
      if (std::exchange(race->is_over, true)) return;
      if (!error) return done(addresses_of(found));
      done(fail(Code::unavailable, "upstream.unreachable", "the server's name cannot be resolved",
                error.message()));
    });
    if (deadline == SteadyTime::max()) return;
    race->timer.expires_at(deadline);
    race->timer.async_wait([race, done](const auto& error) {
      if (error || std::exchange(race->is_over, true)) return;
      race->resolver.cancel();
      done(fail(Code::gateway_timeout, "upstream.timeout", "the server did not respond in time",
                "resolve"));
    });
  });
}

}  // namespace tg::net
