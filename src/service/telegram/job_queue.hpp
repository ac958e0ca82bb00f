// Which of the accepted jobs of a kind may run: a limited number at once, in the order in which
// they were accepted.
//
//   JobQueue::Entry entry = imports.add();  // when the job is accepted
//   while (!entry.may_run()) ...            // wait for `changed`, given to the constructor
//   ...                                     // run; destroying the entry lets the next job run
//
// Thread-safe; an Entry is not. Must outlive its entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <utility>

#include "runtime/notifier.hpp"

namespace tg::telegram {

class JobQueue {
 public:
  // `changed` is notified whenever a job leaves.
  JobQueue(std::size_t limit, Notifier& changed) : limit_(limit), changed_(changed) {}

  class Entry {
   public:
    Entry(Entry&& other) noexcept
        : queue_(std::exchange(other.queue_, nullptr)), number_(other.number_) {}
    Entry& operator=(Entry&&) = delete;
    ~Entry();
    bool may_run() const;

   private:
    friend class JobQueue;
    Entry(JobQueue* queue, std::uint64_t number) : queue_(queue), number_(number) {}

    JobQueue* queue_;
    std::uint64_t number_;
  };

  Entry add();

 private:
  const std::size_t limit_;
  Notifier& changed_;
  mutable std::mutex mutex_;
  std::uint64_t last_number_ = 0;    // guarded by mutex_
  std::set<std::uint64_t> numbers_;  // guarded by mutex_; the first `limit_` may run
};

}  // namespace tg::telegram
