#include "runtime/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <fmt/core.h>

namespace tg::metrics {
namespace {

constexpr std::string_view kOther = "other";

std::string escaped(std::string_view text, bool with_quotes) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (c == '"' && with_quotes)) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return fmt::format("{}", value);
}

// `{service="auth",route="/login"}`; `le` is added if not empty.
std::string labels_text(const Labels& labels, std::string_view le = {}) {
  if (labels.empty() && le.empty()) return {};
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (text.size() > 1) text += ',';
    text += fmt::format("{}=\"{}\"", name, escaped(value, true));
  }
  if (!le.empty()) text += fmt::format("{}le=\"{}\"", text.size() > 1 ? "," : "", le);
  return text + "}";
}

bool is_name(std::string_view name) {
  const auto is_right = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
  };
  return !name.empty() && std::ranges::all_of(name, is_right) &&
         !(name.front() >= '0' && name.front() <= '9');
}

bool have_same_names(const Labels& a, const Labels& b) {
  return std::ranges::equal(a, b, {}, &Labels::value_type::first, &Labels::value_type::first);
}

}  // namespace

std::size_t shard_of_this_thread() {
  static std::atomic<std::size_t> turn = 0;
  thread_local const std::size_t shard = turn.fetch_add(1, std::memory_order_relaxed) % kShards;
  return shard;
}

std::uint64_t Counter::value() const {
  std::uint64_t sum = 0;
  for (const Shard& shard : shards_) sum += shard.value.load(std::memory_order_relaxed);
  return sum;
}

Histogram::Histogram(std::span<const double> bounds) : bounds_(bounds) {
  if (bounds.size() >= kBuckets || !std::ranges::is_sorted(bounds)) {
    throw std::logic_error("a histogram's bounds must ascend and be fewer than 24");
  }
}

void Histogram::observe(double value) {
  if (std::isnan(value)) return;
  const auto bucket =
      static_cast<std::size_t>(std::ranges::lower_bound(bounds_, value) - bounds_.begin());
  Shard& shard = shards_[shard_of_this_thread()];
  shard.counts[bucket].fetch_add(1, std::memory_order_relaxed);
  shard.sum.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot all{.bounds = bounds_};
  for (const Shard& shard : shards_) {
    for (std::size_t i = 0; i <= bounds_.size(); ++i) {
      const std::uint64_t count = shard.counts[i].load(std::memory_order_relaxed);
      all.counts[i] += count;
      all.count += count;
    }
    all.sum += shard.sum.load(std::memory_order_relaxed);
  }
  return all;
}

Exposition::Family& Exposition::family(std::string_view name, std::string_view type,
                                       std::string_view help) {
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family{type, std::string(help), {}}).first;
  }
  if (found->second.type != type) {
    throw std::logic_error(fmt::format("metric {} has two types", name));
  }
  return found->second;
}

void Exposition::counter(std::string_view name, std::string_view help, const Labels& labels,
                         double value) {
  family(name, "counter", help).samples +=
      fmt::format("{}{} {}\n", name, labels_text(labels), number_text(value));
}

void Exposition::gauge(std::string_view name, std::string_view help, const Labels& labels,
                       double value) {
  family(name, "gauge", help).samples +=
      fmt::format("{}{} {}\n", name, labels_text(labels), number_text(value));
}

void Exposition::histogram(std::string_view name, std::string_view help, const Labels& labels,
                           const Histogram& histogram) {
  const Histogram::Snapshot read = histogram.snapshot();
  std::string& out = family(name, "histogram", help).samples;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i <= read.bounds.size(); ++i) {
    below += read.counts[i];
    const std::string le = i < read.bounds.size() ? number_text(read.bounds[i]) : "+Inf";
    out += fmt::format("{}_bucket{} {}\n", name, labels_text(labels, le), below);
  }
  out += fmt::format("{}_sum{} {}\n", name, labels_text(labels), number_text(read.sum));
  out += fmt::format("{}_count{} {}\n", name, labels_text(labels), read.count);
}

std::string Exposition::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name,
                       family.type);
    out += family.samples;
  }
  return out;
}

bool Registry::is_taken(std::string_view name) const {
  return counters_.contains(name) || gauges_.contains(name) || histograms_.contains(name);
}

template <typename Metric, typename... Arguments>
Metric& Registry::find_or_make(Families<Metric>& families, std::string_view name,
                               std::string_view help, const Labels& labels,
                               Arguments... arguments) {
  const std::scoped_lock lock(mutex_);
  auto family = families.find(name);
  if (family == families.end()) {
    if (!is_name(name) || is_taken(name)) {
      throw std::logic_error(fmt::format("metric {} is misnamed or of another kind", name));
    }
    family = families.emplace(std::string(name), Family<Metric>{std::string(help), {}}).first;
  }
  auto& series = family->second.series;
  auto found = series.find(labels_text(labels));
  if (found != series.end()) return *found->second.metric;
  if (!series.empty() && !have_same_names(series.begin()->second.labels, labels)) {
    throw std::logic_error(fmt::format("metric {} has other label names", name));
  }
  Labels taken = labels;
  if (series.size() >= kSeries) {
    for (auto& [_, value] : taken) value = kOther;
    found = series.find(labels_text(taken));
    if (found != series.end()) return *found->second.metric;
  }
  found = series
              .emplace(labels_text(taken),
                       Series<Metric>{taken, std::make_unique<Metric>(arguments...)})
              .first;
  return *found->second.metric;
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return find_or_make(counters_, name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return find_or_make(gauges_, name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, const Labels& labels,
                               std::span<const double> bounds) {
  return find_or_make(histograms_, name, help, labels, bounds);
}

Registry::Handle& Registry::Handle::operator=(Handle&& other) noexcept {
  reset();
  registry_ = std::exchange(other.registry_, nullptr);
  id_ = other.id_;
  return *this;
}

void Registry::Handle::reset() {
  if (registry_ == nullptr) return;
  const std::scoped_lock lock(registry_->mutex_);
  registry_->collectors_.erase(id_);
  registry_ = nullptr;
}

Registry::Handle Registry::collect(std::function<void(Exposition&)> collect) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t id = next_id_++;
  collectors_.emplace(id, std::move(collect));
  return {this, id};
}

std::string Registry::text() const {
  Exposition out;
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, family] : counters_) {
    for (const auto& [_, series] : family.series) {
      out.counter(name, family.help, series.labels, static_cast<double>(series.metric->value()));
    }
  }
  for (const auto& [name, family] : gauges_) {
    for (const auto& [_, series] : family.series) {
      out.gauge(name, family.help, series.labels, series.metric->value());
    }
  }
  for (const auto& [name, family] : histograms_) {
    for (const auto& [_, series] : family.series) {
      out.histogram(name, family.help, series.labels, *series.metric);
    }
  }
  for (const auto& [_, collect] : collectors_) collect(out);
  return out.text();
}

Registry& process_registry() {
  static Registry* const registry = new Registry;
  return *registry;
}

void observe_stage(std::string_view stage, double seconds) {
  process_registry()
      .histogram("telegnosis_stage_duration_seconds", "duration of a processing stage",
                 {{"stage", std::string(stage)}}, kShortSeconds)
      .observe(seconds);
}

}  // namespace tg::metrics
