// The client's connections that rest between requests, and the places that bound how many requests
// a host has under way. Connections are taken, kept and destroyed on their own loop only. Internal
// to net; thread-safe.
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

  // One request's or stream's right to be under way to a host.
  class Permit {
   public:
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit();
    // Exchanges a request's permit for a stream's. False: the host has too many streams.
    bool become_stream();
    // A connection of this loop that is still fresh; null if there is none.
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
  // Waits until the host has a permit. Code::unavailable when the time is over.
  static Task<Result<Permit>> enter(std::shared_ptr<ClientPool> pool, std::string origin, Kind kind,
                                    SteadyTime deadline);
  void close_idle();

  // The system's authorities are read when TLS is first needed: that takes a while.
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
