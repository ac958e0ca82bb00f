#include "runtime/trace.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Trace, ReadsAndWritesTheHeader) {
  const auto trace = Trace::parse(kParent);
  ASSERT_TRUE(trace);
  EXPECT_TRUE(trace->is_sampled);
  EXPECT_EQ(trace->traceparent(), kParent);
  EXPECT_EQ(trace_id_of(kParent), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST(Trace, AChildKeepsTheTraceAndHasItsOwnSpan) {
  const Trace parent = *Trace::parse(kParent);
  const Trace child = parent.child();
  EXPECT_EQ(child.trace_id, parent.trace_id);
  EXPECT_NE(child.span_id, parent.span_id);
  EXPECT_TRUE(child.is_sampled);
}

TEST(Trace, LaterVersionsMayHaveMoreFields) {
  EXPECT_TRUE(Trace::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra"));
  EXPECT_FALSE(Trace::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra"));
  EXPECT_FALSE(Trace::parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"));
}

TEST(Trace, WhatIsBrokenBeginsANewTrace) {
  for (const char* bad : {"", "00", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
                          "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}) {
    EXPECT_FALSE(Trace::parse(bad)) << bad;
    EXPECT_EQ(trace_id_of(bad), "") << bad;
    const Trace trace = Trace::receive(bad, "vendor=1");
    EXPECT_TRUE(Trace::parse(trace.traceparent()));
    EXPECT_EQ(trace.state, "") << "a state without its trace means nothing";
  }
  EXPECT_NE(Trace::start().trace_id, Trace::start().trace_id);
}

TEST(Trace, TheStateIsPassedOnUpToItsLimit) {
  EXPECT_EQ(Trace::receive(kParent, "vendor=1").child().state, "vendor=1");
  EXPECT_EQ(Trace::receive(kParent, std::string(512, 'x')).state.size(), 512U);
  EXPECT_EQ(Trace::receive(kParent, std::string(513, 'x')).state, "");
  EXPECT_EQ(trace_id_of(Trace::receive(kParent, "").traceparent()), trace_id_of(kParent));
}

}  // namespace
}  // namespace tg
