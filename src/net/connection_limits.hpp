// Limits the number of connections, in total and per client address. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/ip/address.hpp>

namespace tg::net {

class ConnectionLimits {
 public:
  // `per_address` 0: unlimited. Loopback addresses are not counted per address unless
  // `count_loopback`: a local proxy or service stands for many clients.
  ConnectionLimits(std::size_t in_all, std::size_t per_address, bool count_loopback);

  // One connection's permit, released when destroyed. It must not outlive the limits.
  class Permit {
   public:
    Permit(Permit&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), key_(other.key_) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit();

   private:
    friend class ConnectionLimits;
    using Key = std::optional<std::array<unsigned char, 16>>;
    Permit(ConnectionLimits* limits, Key key) : limits_(limits), key_(key) {}
    ConnectionLimits* limits_;
    Key key_;
  };
  // nullopt when a limit is reached.
  std::optional<Permit> enter(const boost::asio::ip::address& address);
  std::size_t open() const { return open_; }

 private:
  void leave(const Permit::Key& key);

  const std::size_t in_all_;
  const std::size_t per_address_;
  const bool count_loopback_;
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;
  // IPv6 by /64, the usual assignment of one subscriber. Guarded by mutex_.
  std::map<std::array<unsigned char, 16>, std::size_t> by_address_;
};

}  // namespace tg::net
