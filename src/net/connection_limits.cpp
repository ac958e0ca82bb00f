#include "net/connection_limits.hpp"

#include <algorithm>

namespace tg::net {
namespace {

namespace ip = boost::asio::ip;

std::array<unsigned char, 16> key_of(const ip::address& address) {
  std::array<unsigned char, 16> key{};
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (address.is_v4() || is_mapped) {
    const auto bytes = address.is_v4()
                           ? address.to_v4().to_bytes()
                           : ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_bytes();
    std::ranges::copy(bytes, key.end() - 4);
    return key;
  }
  std::ranges::copy_n(address.to_v6().to_bytes().begin(), 8, key.begin());
  return key;
}

}  // namespace

ConnectionLimits::ConnectionLimits(std::size_t in_all, std::size_t per_address, bool count_loopback)
    : in_all_(in_all), per_address_(per_address), count_loopback_(count_loopback) {}

std::optional<ConnectionLimits::Permit> ConnectionLimits::enter(const ip::address& address) {
  if (open_.fetch_add(1) >= in_all_) {
    --open_;
    return std::nullopt;
  }
  if (per_address_ == 0 || (address.is_loopback() && !count_loopback_))
    return Permit(this, std::nullopt);
  const auto key = key_of(address);
  const std::lock_guard lock(mutex_);
  std::size_t& count = by_address_[key];
  if (count >= per_address_) {
    --open_;
    return std::nullopt;
  }
  ++count;
  return Permit(this, key);
}

void ConnectionLimits::leave(const Permit::Key& key) {
  --open_;
  if (!key) return;
  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(*key);
  if (--found->second == 0) by_address_.erase(found);
}

ConnectionLimits::Permit::~Permit() {
  if (limits_ != nullptr) limits_->leave(key_);
}

}  // namespace tg::net
