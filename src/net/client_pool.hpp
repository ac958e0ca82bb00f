// The client's idle connections, and the permits that limit the requests and streams in progress
// per host. Connections are taken, kept and destroyed on their own loop only. Internal to net.
// Thread-safe.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/client_connection.hpp"
#include "runtime/notifier.hpp"

namespace tg::net {

class ClientPool : public std::enable_shared_from_this<ClientPool> {
 public:
  explicit ClientPool(ClientSettings with);

  enum class Kind : std::uint8_t { request, stream };

  // A permit for one request or stream to a host, released when destroyed.
  class Permit {
   public:
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit();
    // Exchanges a request's permit for a stream's. False: the host has too many streams.
    bool become_stream();
    // An idle connection of this loop that can still be used; null if there is none.
    std::unique_ptr<ClientConnection> take(Executor executor);
    void keep(std::unique_ptr<ClientConnection> connection);

   private:
    friend class ClientPool;
    struct Host;
    Permit(std::shared_ptr<ClientPool> pool, std::shared_ptr<Host> host, Kind kind)
        : pool_(std::move(pool)), host_(std::move(host)), kind_(kind) {}
    std::shared_ptr<ClientPool> pool_;
    std::shared_ptr<Host> host_;
    Kind kind_;
  };
  // Waits for a permit of the host; after the deadline Code::unavailable ("upstream.busy").
  static Task<Result<Permit>> enter(std::shared_ptr<ClientPool> pool, std::string origin, Kind kind,
                                    SteadyTime deadline);
  void close_idle();

  // The system's certificate authorities are loaded when TLS is first needed: that is slow.
  asio::ssl::context& tls();

  const ClientSettings settings;

 private:
  std::shared_ptr<Permit::Host> host(const std::string& origin);
  std::optional<Permit> try_enter(const std::shared_ptr<Permit::Host>& host, Kind kind);
  bool count_one_more(Permit::Host& host, Kind kind) const;
  void forget_unused();

  asio::ssl::context tls_;
  std::once_flag system_authorities_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Permit::Host>> hosts_;  // guarded by mutex_
};

}  // namespace tg::net
