#include "runtime/metrics.hpp"

#include <limits>
#include <regex>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "runtime/build_info.hpp"
#include "runtime/process_metrics.hpp"
#include "runtime/request_metrics.hpp"

namespace tg::metrics {
namespace {

TEST(Counter, AddsUpOverThreads) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < 12; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) counter.add();
    });
  }
  for (std::thread& thread : threads) thread.join();
  counter.add(5);
  EXPECT_EQ(counter.value(), 12'005U);
}

TEST(Histogram, ABoundBelongsToItsBucket) {
  static constexpr std::array kBounds = {0.1, 1.0};
  Histogram histogram(kBounds);
  for (const double value : {0.0, 0.1, 0.100001, 1.0, 1.5, 1e9}) histogram.observe(value);
  histogram.observe(std::numeric_limits<double>::quiet_NaN());
  const Histogram::Snapshot read = histogram.snapshot();
  EXPECT_EQ(read.counts[0], 2U);
  EXPECT_EQ(read.counts[1], 2U);
  EXPECT_EQ(read.counts[2], 2U);
  EXPECT_EQ(read.count, 6U);
  static constexpr std::array kWrong = {1.0, 0.1};
  EXPECT_THROW(Histogram{kWrong}, std::logic_error);
}

TEST(Registry, WritesThePrometheusTextFormat) {
  static constexpr std::array kBounds = {0.1, 1.0};
  Registry registry;
  registry.counter("b_total", "what \\ it\nis", {{"path", "a\"\\\nb"}}).add(3);
  registry.counter("b_total", "what \\ it\nis", {{"path", "c"}}).add();
  registry.gauge("a", "level").set(0.5);
  registry.histogram("c_seconds", "time", {{"x", "y"}}, kBounds).observe(0.25);
  EXPECT_EQ(registry.text(),
            "# HELP a level\n"
            "# TYPE a gauge\n"
            "a 0.5\n"
            "# HELP b_total what \\\\ it\\nis\n"
            "# TYPE b_total counter\n"
            "b_total{path=\"a\\\"\\\\\\nb\"} 3\n"
            "b_total{path=\"c\"} 1\n"
            "# HELP c_seconds time\n"
            "# TYPE c_seconds histogram\n"
            "c_seconds_bucket{x=\"y\",le=\"0.1\"} 0\n"
            "c_seconds_bucket{x=\"y\",le=\"1\"} 1\n"
            "c_seconds_bucket{x=\"y\",le=\"+Inf\"} 1\n"
            "c_seconds_sum{x=\"y\"} 0.25\n"
            "c_seconds_count{x=\"y\"} 1\n");
}

TEST(Registry, TheSameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& first = registry.counter("a_total", "", {{"x", "1"}});
  EXPECT_EQ(&first, &registry.counter("a_total", "", {{"x", "1"}}));
  EXPECT_NE(&first, &registry.counter("a_total", "", {{"x", "2"}}));
}

TEST(Registry, RefusesWhatPrometheusWould) {
  Registry registry;
  registry.counter("a_total", "", {{"x", "1"}});
  EXPECT_THROW(registry.gauge("a_total", ""), std::logic_error);
  EXPECT_THROW(registry.counter("a_total", "", {{"y", "1"}}), std::logic_error);
  EXPECT_THROW(registry.counter("1a", ""), std::logic_error);
  EXPECT_THROW(registry.counter("a b", ""), std::logic_error);
}

TEST(Registry, LabelsCannotGrowWithoutBound) {
  Registry registry;
  for (int i = 0; i < 5000; ++i) registry.counter("a_total", "", {{"x", std::to_string(i)}}).add();
  EXPECT_EQ(registry.counter("a_total", "", {{"x", "other"}}).value(), 5000 - Registry::kSeries);
  EXPECT_EQ(registry.counter("a_total", "", {{"x", "7"}}).value(), 1U);
}

TEST(Registry, CollectsWhileTheHandleLives) {
  Registry registry;
  double depth = 1;
  {
    Registry::Handle handle = registry.collect(
        [&](Exposition& out) { out.gauge("depth", "d", {{"queue", "q"}}, depth); });
    depth = 7;
    EXPECT_TRUE(registry.text().contains("depth{queue=\"q\"} 7\n"));
    Registry::Handle moved = std::move(handle);
    EXPECT_TRUE(registry.text().contains("depth"));
    moved.reset();
    EXPECT_EQ(registry.text(), "");
  }
  EXPECT_EQ(registry.text(), "");
}

TEST(RequestMetrics, CountByStatusAndTime) {
  Registry registry;
  RequestMetrics route(registry, "auth", "/auth/users/{id}", "GET");
  route.observe(200, std::chrono::milliseconds(3));
  route.observe(200, std::chrono::milliseconds(30));
  route.observe(404, std::chrono::milliseconds(1));
  route.observe(7, std::chrono::milliseconds(1));
  const std::string text = registry.text();
  const std::string labels = "{service=\"auth\",route=\"/auth/users/{id}\",method=\"GET\"";
  EXPECT_TRUE(text.contains("telegnosis_http_requests_total" + labels + ",status=\"200\"} 2\n"));
  EXPECT_TRUE(text.contains("telegnosis_http_requests_total" + labels + ",status=\"404\"} 1\n"));
  EXPECT_TRUE(text.contains("telegnosis_http_requests_total" + labels + ",status=\"100\"} 1\n"));
  EXPECT_TRUE(text.contains("telegnosis_http_request_duration_seconds_bucket" + labels +
                            ",le=\"0.005\"} 3\n"))
      << text;
}

TEST(ProcessMetrics, AreOfThisProcess) {
  const ProcessUsage usage = process_usage();
  EXPECT_GT(usage.resident_bytes, 1U << 20);
  EXPECT_LE(usage.anonymous_bytes, usage.resident_bytes);
  EXPECT_GE(usage.open_files, 3U);
  EXPECT_GE(usage.threads, 1U);
  EXPECT_GT(usage.start_time_seconds, 1.7e9);
  EXPECT_LT(
      usage.start_time_seconds,
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count() +
          2);
}

// Every line is a comment of the format or `name{labels} value`.
TEST(ProcessMetrics, TheWholeTextParses) {
  Registry registry;
  const Registry::Handle handle = collect_process(registry);
  RequestMetrics(registry, "auth", "/x", "GET").observe(200, std::chrono::milliseconds(1));
  const std::regex sample(
      R"re(^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? [-+0-9.eInfNa]+$)re");
  std::istringstream lines(registry.text());
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    EXPECT_TRUE(std::regex_match(line, sample)) << line;
    ++samples;
  }
  EXPECT_GT(samples, 25);
}

TEST(BuildInfo, SaysWhatRuns) {
  EXPECT_FALSE(build_info().version.empty());
  EXPECT_FALSE(build_info().commit.empty());
  EXPECT_TRUE(build_info().compiler.starts_with("clang 1")) << build_info().compiler;
  EXPECT_TRUE(build_text().starts_with("telegnosis " + std::string(build_info().version) + " ("));
}

}  // namespace
}  // namespace tg::metrics
