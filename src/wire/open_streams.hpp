// Limits the open event streams of each user, so that one user cannot occupy all streams to a
// service. Thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace tg::wire {

class OpenStreams : public std::enable_shared_from_this<OpenStreams> {
 public:
  // 0: unlimited.
  explicit OpenStreams(std::size_t per_user) : per_user_(per_user) {}

  // One open stream, released when destroyed.
  class Permit {
   public:
    Permit(std::shared_ptr<OpenStreams> of, std::string user)
        : of_(std::move(of)), user_(std::move(user)) {}
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (of_ != nullptr) of_->leave(user_);
    }

   private:
    std::shared_ptr<OpenStreams> of_;
    std::string user_;
  };
  // nullopt: the user has as many as allowed.
  std::optional<Permit> enter(const std::string& user) {
    const std::lock_guard lock(mutex_);
    std::size_t& open = by_user_[user];
    if (per_user_ != 0 && open >= per_user_) return std::nullopt;
    ++open;
    return std::optional<Permit>(std::in_place, shared_from_this(), user);
  }

 private:
  void leave(const std::string& user) {
    const std::lock_guard lock(mutex_);
    const auto found = by_user_.find(user);
    if (--found->second == 0) by_user_.erase(found);
  }

  const std::size_t per_user_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> by_user_;  // guarded by mutex_
};

}  // namespace tg::wire
