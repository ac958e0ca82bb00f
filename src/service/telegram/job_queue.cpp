#include "service/telegram/job_queue.hpp"

#include <iterator>

namespace tg::telegram {

JobQueue::Entry JobQueue::add() {
  const std::scoped_lock lock(mutex_);
  numbers_.insert(++last_number_);
  return {this, last_number_};
}

JobQueue::Entry::~Entry() {
  if (queue_ == nullptr) return;
  {
    const std::scoped_lock lock(queue_->mutex_);
    queue_->numbers_.erase(number_);
  }
  queue_->changed_.notify();
}

bool JobQueue::Entry::may_run() const {
  const std::scoped_lock lock(queue_->mutex_);
  const auto ahead = std::distance(queue_->numbers_.begin(), queue_->numbers_.find(number_));
  return static_cast<std::size_t>(ahead) < queue_->limit_;
}

}  // namespace tg::telegram
