#include "net/client_pool.hpp"

#include <boost/asio/post.hpp>

namespace tg::net {
namespace {

constexpr std::size_t kHostsBeforeCleaning = 256;

using Connections = std::list<std::unique_ptr<ClientConnection>>;

}  // namespace

struct ClientPool::Permit::Host {
  std::size_t busy = 0;                                  // guarded by the pool's mutex
  std::map<asio::execution_context*, Connections> idle;  // by loop, latest first; guarded as well
  Notifier freed;
};

ClientPool::ClientPool(ClientSettings with)
    : settings(std::move(with)), tls_(asio::ssl::context::tls_client) {
  tls_.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  if (!settings.certificate_authorities.empty())
    tls_.load_verify_file(settings.certificate_authorities);
}

asio::ssl::context& ClientPool::tls() {
  if (settings.certificate_authorities.empty() && settings.fingerprint.empty())
    std::call_once(system_authorities_, [this] { tls_.set_default_verify_paths(); });
  return tls_;
}

std::shared_ptr<ClientPool::Permit::Host> ClientPool::host(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  if (hosts_.size() > kHostsBeforeCleaning) forget_unused();
  auto& found = hosts_[origin];
  if (found == nullptr) found = std::make_shared<Permit::Host>();
  return found;
}

// The mutex is held.
void ClientPool::forget_unused() {
  std::erase_if(hosts_, [](const auto& entry) {
    const auto& [origin, host] = entry;
    return host.use_count() == 1 && host->busy == 0 &&
           std::ranges::all_of(host->idle, [](const auto& loop) { return loop.second.empty(); });
  });
}

std::optional<ClientPool::Permit> ClientPool::try_enter(const std::shared_ptr<Permit::Host>& host) {
  const std::lock_guard lock(mutex_);
  if (host->busy >= settings.per_host) return std::nullopt;
  ++host->busy;
  return Permit(shared_from_this(), host);
}

Task<Result<ClientPool::Permit>> ClientPool::enter(std::shared_ptr<ClientPool> pool,
                                                   std::string origin, SteadyTime deadline) {
  const auto host = pool->host(origin);
  while (true) {
    const auto seen = host->freed.version();
    if (auto permit = pool->try_enter(host)) co_return *std::move(permit);
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min(deadline, now + std::chrono::hours(1)) - now);
    if (left.count() <= 0)
      co_return fail(Code::unavailable, "upstream.busy", "too many requests wait for that server");
    co_await host->freed.wait_after(seen, left);
  }
}

void ClientPool::close_idle() {
  const std::lock_guard lock(mutex_);
  for (auto& [origin, host] : hosts_) {
    for (auto& [loop, connections] : host->idle) {
      if (connections.empty()) continue;
      const Executor executor = connections.front()->executor();
      asio::post(executor,
                 [gone = std::make_shared<Connections>(std::move(connections))] { gone->clear(); });
      connections.clear();
    }
  }
}

ClientPool::Permit::~Permit() {
  if (host_ == nullptr) return;
  {
    const std::lock_guard lock(pool_->mutex_);
    --host_->busy;
  }
  host_->freed.notify();
}

std::unique_ptr<ClientConnection> ClientPool::Permit::take(Executor executor) {
  while (true) {
    std::unique_ptr<ClientConnection> connection;
    {
      const std::lock_guard lock(pool_->mutex_);
      Connections& idle = host_->idle[&executor.context()];
      if (idle.empty()) return nullptr;
      connection = std::move(idle.front());
      idle.pop_front();
    }
    if (connection->is_fresh()) return connection;
  }
}

void ClientPool::Permit::keep(std::unique_ptr<ClientConnection> connection) {
  connection->rest_until(std::chrono::steady_clock::now() + pool_->settings.idle_time);
  const Executor executor = connection->executor();
  std::unique_ptr<ClientConnection> oldest;  // destroyed without the lock
  const std::lock_guard lock(pool_->mutex_);
  Connections& idle = host_->idle[&executor.context()];
  idle.push_front(std::move(connection));
  if (idle.size() <= pool_->settings.per_host) return;
  oldest = std::move(idle.back());
  idle.pop_back();
}

}  // namespace tg::net
