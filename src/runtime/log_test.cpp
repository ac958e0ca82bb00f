#include "runtime/log.hpp"

#include <gtest/gtest.h>

#include "runtime/log_settings.hpp"
#include "runtime/repeat_limit.hpp"

namespace tg::log {
namespace {

constexpr Context kContext{
    .request_id = "r-1", .traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};

TEST(Log, LinesCannotBeForged) {
  EXPECT_EQ(format_line(false, Level::info, "T", "a\nb\r", {{"k", "\x1b[31m\x7f\u009b"}}),
            "T info    a\\x0ab\\x0d k=\\x1b[31m\\x7f\\x9b\n");
  EXPECT_EQ(format_line(true, Level::error, "T", "a\nb", {{"k", "\x1b\x7f\u009b\""}}),
            "{\"time\":\"T\",\"level\":\"error\",\"message\":\"a\\nb\","
            "\"k\":\"\\u001b\\u007f\\u009b\\\"\"}\n");
}

TEST(Log, BytesThatAreNoTextBecomeText) {
  EXPECT_EQ(format_line(false, Level::info, "T", "a", {{"k", "\xff\xc2"}}),
            "T info    a k=\uFFFD\uFFFD\n");
  EXPECT_EQ(format_line(true, Level::info, "T", "a", {{"k", "\xff"}}),
            "{\"time\":\"T\",\"level\":\"info\",\"message\":\"a\",\"k\":\"\uFFFD\"}\n");
}

TEST(Log, ValuesThatWouldBeReadWronglyAreQuoted) {
  EXPECT_EQ(format_line(false, Level::info, "T", "a", {{"k", "b c=d\""}, {"l", ""}, {"m", "x"}}),
            "T info    a k=\"b c=d\\\"\" l=\"\" m=x\n");
}

TEST(Log, TheContextIsWrittenAsIds) {
  EXPECT_EQ(format_line(false, Level::info, "T", "a", {}, kContext),
            "T info    a request_id=r-1 trace_id=4bf92f3577b34da6a3ce929d0e0e4736\n");
  EXPECT_EQ(format_line(true, Level::info, "T", "a", {}, kContext),
            "{\"time\":\"T\",\"level\":\"info\",\"message\":\"a\",\"request_id\":\"r-1\","
            "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\"}\n");
  EXPECT_EQ(format_line(false, Level::info, "T", "a", {}, {.traceparent = "nonsense"}),
            "T info    a\n");
}

TEST(Log, ColourOnlyFramesWhatIsOurs) {
  EXPECT_EQ(format_line(false, Level::warning, "T", "a", {{"k", "v"}}, {}, true),
            "\x1b[2mT\x1b[0m \x1b[33mwarning\x1b[0m a \x1b[2mk=\x1b[0mv\n");
}

TEST(Log, LevelAndFormatAreSettings) {
  std::vector<std::string> said;
  const Capture capture([&](std::string_view line) { said.emplace_back(line); });
  configure({.level = Level::warning, .format = Format::text});
  const Lines before = lines();
  info("not said", {});
  warning("said", {{"k", "v"}});
  ASSERT_EQ(said.size(), 1U);
  EXPECT_TRUE(said[0].ends_with("warning said k=v\n")) << said[0];
  configure({.level = Level::off});
  error("not said", {});
  EXPECT_EQ(said.size(), 1U);
  EXPECT_EQ(lines().by_level[1], before.by_level[1] + 1) << "counted all the same";
  configure({});
}

TEST(Log, RepeatsAreLeftOutAndCounted) {
  std::vector<std::string> said;
  const Capture capture([&](std::string_view line) { said.emplace_back(line); });
  configure({.format = Format::json, .repeats_per_minute = 2});
  const std::uint64_t before = lines().suppressed;
  for (int i = 0; i < 5; ++i) warning("again and again", {});
  for (int i = 0; i < 5; ++i) info("each is said", {});
  EXPECT_EQ(said.size(), 2U + 5U);
  EXPECT_EQ(lines().suppressed, before + 3);
  configure({});
}

TEST(RepeatLimit, TheNextWindowTellsWhatWasLeftOut) {
  FakeClock clock;
  RepeatLimit limit(2);
  EXPECT_EQ(limit.admit("a", clock.steady()), 0U);
  EXPECT_EQ(limit.admit("a", clock.steady()), 0U);
  EXPECT_EQ(limit.admit("a", clock.steady()), std::nullopt);
  EXPECT_EQ(limit.admit("b", clock.steady()), 0U) << "each text for itself";
  clock.advance(std::chrono::seconds(59));
  EXPECT_EQ(limit.admit("a", clock.steady()), std::nullopt);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(limit.admit("a", clock.steady()), 2U);
  EXPECT_EQ(limit.admit("a", clock.steady()), 0U);
}

TEST(RepeatLimit, MemoryStaysBounded) {
  FakeClock clock;
  RepeatLimit limit(1);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(limit.admit("text " + std::to_string(i), clock.steady()));
  }
  EXPECT_EQ(limit.admit("text 4999", clock.steady()), std::nullopt);
  EXPECT_TRUE(limit.admit("text 0", clock.steady())) << "forgotten";
}

}  // namespace
}  // namespace tg::log
