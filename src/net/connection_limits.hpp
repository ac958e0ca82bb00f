// How many connections there may be, in all and from one address. Thread-safe.
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
  // 0 for `per_address`: as many as like. Addresses of this machine are not counted (a proxy or a
  // neighbour service stands for many clients there) unless `count_loopback`.
  ConnectionLimits(std::size_t in_all, std::size_t per_address, bool count_loopback);

  // One connection's permit, given back when destroyed. It must not outlive the limits.
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
  // Empty when there is no room.
  std::optional<Permit> enter(const boost::asio::ip::address& address);
  std::size_t open() const { return open_; }

 private:
  void leave(const Permit::Key& key);

  const std::size_t in_all_;
  const std::size_t per_address_;
  const bool count_loopback_;
  std::atomic<std::size_t> open_ = 0;
  std::mutex mutex_;
  // IPv6 by its /64, which one subscriber has whole. Guarded by mutex_.
  std::map<std::array<unsigned char, 16>, std::size_t> by_address_;
};

}  // namespace tg::net
