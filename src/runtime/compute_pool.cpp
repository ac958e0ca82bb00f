#include "runtime/compute_pool.hpp"

namespace tg {

ComputePool::ComputePool(std::size_t threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work_loop(); });
}

ComputePool::~ComputePool() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ComputePool::submit(std::function<void()> work) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_ || queue_.size() >= queue_limit_) {
      ++refused_;
      return false;
    }
    queue_.push_back({std::move(work), std::chrono::steady_clock::now()});
  }
  wake_.notify_one();
  return true;
}

std::size_t ComputePool::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

ComputePool::Statistics ComputePool::statistics() const {
  const std::scoped_lock lock(mutex_);
  return {.queued = queue_.size(), .running = running_, .done = done_, .refused = refused_};
}

metrics::Registry::Handle ComputePool::collect(metrics::Registry& registry,
                                               std::string name) const {
  return registry.collect(
      [this, labels = metrics::Labels{{"pool", std::move(name)}}](metrics::Exposition& out) {
        const Statistics now = statistics();
        const auto count = [](auto value) { return static_cast<double>(value); };
        out.gauge("telegnosis_compute_threads", "threads of the compute pool", labels,
                  count(threads()));
        out.gauge("telegnosis_compute_running", "running tasks", labels, count(now.running));
        out.gauge("telegnosis_compute_queued", "queued tasks", labels, count(now.queued));
        out.counter("telegnosis_compute_done_total", "completed tasks", labels, count(now.done));
        out.counter("telegnosis_compute_refused_total", "tasks rejected because the queue was full",
                    labels, count(now.refused));
        out.histogram("telegnosis_compute_wait_seconds", "time that tasks waited in the queue",
                      labels, waited_);
        out.histogram("telegnosis_compute_run_seconds", "run time of tasks", labels, ran_);
      });
}

void ComputePool::work_loop() {
  while (true) {
    Item item;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      item = std::move(queue_.front());
      queue_.pop_front();
      ++running_;
    }
    run_item(std::move(item));
    const std::scoped_lock lock(mutex_);
    --running_;
    ++done_;
  }
}

void ComputePool::run_item(Item item) {
  using Seconds = std::chrono::duration<double>;
  const auto begin = std::chrono::steady_clock::now();
  waited_.observe(Seconds(begin - item.since).count());
  item.work();
  ran_.observe(Seconds(std::chrono::steady_clock::now() - begin).count());
}

}  // namespace tg
