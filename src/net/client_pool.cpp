#include "net/client_pool.hpp"

#include <boost/asio/post.hpp>

namespace tg::net {
namespace {

constexpr std::size_t kHostsBeforeCleaning = 256;

using Connections = std::list<std::unique_ptr<ClientConnection>>;

}  // namespace

struct ClientPool::Permit::Host {
  std::size_t& count(Kind kind) { return kind == Kind::request ? requests : streams; }

  // All guarded by the pool's mutex.
  std::size_t requests = 0;
  std::size_t streams = 0;
  std::map<asio::execution_context*, Connections> idle;  // by loop, latest first

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
    return host.use_count() == 1 && host->requests + host->streams == 0 &&
           std::ranges::all_of(host->idle, [](const auto& loop) { return loop.second.empty(); });
  });
}

// The mutex is held. False: the host has as many as it may have.
bool ClientPool::count_one_more(Permit::Host& host, Kind kind) const {
  std::size_t& count = host.count(kind);
  if (count >= (kind == Kind::request ? settings.per_host : settings.streams_per_host))
    return false;
  ++count;
  return true;
}

std::optional<ClientPool::Permit> ClientPool::try_enter(const std::shared_ptr<Permit::Host>& host,
                                                        Kind kind) {
  const std::lock_guard lock(mutex_);
  if (!count_one_more(*host, kind)) return std::nullopt;
  return Permit(shared_from_this(), host, kind);
}

Task<Result<ClientPool::Permit>> ClientPool::enter(std::shared_ptr<ClientPool> pool,
                                                   std::string origin, Kind kind,
                                                   SteadyTime deadline) {
  const auto host = pool->host(origin);
  while (true) {
    const auto seen = host->freed.version();
    if (auto permit = pool->try_enter(host, kind)) co_return *std::move(permit);
    const SteadyTime now = std::chrono::steady_clock::now();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        std::min(deadline, now + std::chrono::hours(1)) - now);
    if (left.count() <= 0)
      co_return fail(Code::unavailable, "upstream.busy",
                     "too many requests to that server are in progress");
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
    --host_->count(kind_);
  }
  host_->freed.notify();
}

bool ClientPool::Permit::become_stream() {
  if (kind_ == Kind::stream) return true;
  {
    const std::lock_guard lock(pool_->mutex_);
    if (!pool_->count_one_more(*host_, Kind::stream)) return false;
    --host_->count(std::exchange(kind_, Kind::stream));
  }
  host_->freed.notify();
  return true;
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
