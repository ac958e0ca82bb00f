// Metrics in the Prometheus text format (0.0.4).
//
//   Counter& sent = registry.counter("telegnosis_mails_sent_total", "mails sent", {{"kind", "x"}});
//   sent.add();                                     // hot path: one relaxed add, no lock
//   Histogram& time = registry.histogram("telegnosis_mail_duration_seconds", "..", {}, kSeconds);
//   time.observe(0.012);
//   auto handle = registry.collect([&](Exposition& out) {          // called for each scrape
//     out.gauge("telegnosis_queue_depth", "queued items", {{"queue", "mail"}}, queue.size());
//   });
//
// Keep the reference: looking up a metric takes a lock, updating it does not. Values are sharded by
// thread, so that loops do not share cache lines (prometheus-cpp is not used because it locks a
// mutex in each Histogram::Observe). Label values must be from a small set: a name has at most
// kSeries series; further ones are counted with the label value "other". Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tg::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t kShards = 8;
std::size_t shard_of_this_thread();

class Counter {
 public:
  void add(std::uint64_t n = 1) {
    shards_[shard_of_this_thread()].value.fetch_add(n, std::memory_order_relaxed);
  }
  std::uint64_t value() const;

 private:
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> value = 0;
  };
  std::array<Shard, kShards> shards_{};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_ = 0;
};

// Upper bounds of buckets in seconds: for requests, and for shorter operations.
inline constexpr std::array kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                        0.2,   0.5,    1.0,   2.5,  5.0,   10.0, 30.0};
inline constexpr std::array kShortSeconds = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                             0.01,    0.025,  0.05,    0.1,    0.25,  1.0,    5.0};

class Histogram {
 public:
  static constexpr std::size_t kBuckets = 24;
  // `bounds`: ascending, at most kBuckets - 1; must outlive the histogram.
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);

  struct Snapshot {
    std::span<const double> bounds;
    std::array<std::uint64_t, kBuckets>
        counts{};  // per bucket, not cumulative; the last one is +Inf
    std::uint64_t count = 0;
    double sum = 0;
  };
  Snapshot snapshot() const;

 private:
  struct alignas(64) Shard {
    std::array<std::atomic<std::uint64_t>, kBuckets> counts{};
    std::atomic<double> sum = 0;
  };
  std::span<const double> bounds_;
  std::array<Shard, kShards> shards_{};
};

// The result of one scrape, grouped by name.
class Exposition {
 public:
  void counter(std::string_view name, std::string_view help, const Labels& labels, double value);
  void gauge(std::string_view name, std::string_view help, const Labels& labels, double value);
  void histogram(std::string_view name, std::string_view help, const Labels& labels,
                 const Histogram& histogram);
  std::string text() const;

 private:
  struct Family {
    std::string_view type;
    std::string help;
    std::string samples;
  };
  Family& family(std::string_view name, std::string_view type, std::string_view help);
  std::map<std::string, Family, std::less<>> families_;
};

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

class Registry {
 public:
  // The metric with this name and these labels, created if necessary. Throws std::logic_error if
  // the name exists with another kind or other label names, or does not match
  // [a-zA-Z_:][a-zA-Z0-9_:]*.
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, const Labels& labels,
                       std::span<const double> bounds);

  // Keeps a collector registered. Must not outlive the registry. After destruction `collect` is not
  // running.
  class Handle {
   public:
    Handle() = default;
    Handle(Handle&& other) noexcept
        : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}
    Handle& operator=(Handle&& other) noexcept;
    ~Handle() { reset(); }
    void reset();

   private:
    friend class Registry;
    Handle(Registry* registry, std::uint64_t id) : registry_(registry), id_(id) {}
    Registry* registry_ = nullptr;
    std::uint64_t id_ = 0;
  };
  // `collect` runs on the scraping thread under the registry's lock: it must not call the registry.
  [[nodiscard]] Handle collect(std::function<void(Exposition&)> collect);

  std::string text() const;

  static constexpr std::size_t kSeries = 1000;

 private:
  template <typename Metric>
  struct Series {
    Labels labels;
    std::unique_ptr<Metric> metric;
  };
  template <typename Metric>
  struct Family {
    std::string help;
    std::map<std::string, Series<Metric>, std::less<>> series;  // key: the formatted labels
  };
  template <typename Metric>
  using Families = std::map<std::string, Family<Metric>, std::less<>>;

  template <typename Metric, typename... Arguments>
  Metric& find_or_make(Families<Metric>& families, std::string_view name, std::string_view help,
                       const Labels& labels, Arguments... arguments);
  bool is_taken(std::string_view name) const;

  mutable std::mutex mutex_;
  Families<Counter> counters_;                                            // guarded by mutex_
  Families<Gauge> gauges_;                                                // guarded by mutex_
  Families<Histogram> histograms_;                                        // guarded by mutex_
  std::map<std::uint64_t, std::function<void(Exposition&)>> collectors_;  // guarded by mutex_
  std::uint64_t next_id_ = 1;                                             // guarded by mutex_
};

// The registry of the process, exported by /metrics. Never destroyed.
Registry& process_registry();

// telegnosis_stage_duration_seconds{stage}: "retrieval.lexical", "ingest.chunk", ..
void observe_stage(std::string_view stage, double seconds);

}  // namespace tg::metrics
