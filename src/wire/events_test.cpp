#include "wire/events.hpp"

#include <gtest/gtest.h>

namespace tg::wire {
namespace {

// Everything that a stream of bytes holds, fed in pieces of `size`.
std::vector<std::string> events_of(std::string_view bytes, std::size_t size) {
  EventParser parser;
  std::vector<std::string> events;
  while (true) {
    const auto event = parser.next();
    if (!event) return {"error: " + event.error().reason};
    if (*event) {
      events.push_back((*event)->name + "=" + (*event)->data);
    } else if (bytes.empty()) {
      return events;
    } else {
      parser.append(bytes.substr(0, size));
      bytes.remove_prefix(std::min(size, bytes.size()));
    }
  }
}

TEST(EventParser, ReadsTheSameHoweverItIsCut) {
  const std::string_view bytes =
      "data: one\n\n: a comment\n\nevent: error\r\ndata:no space\r\ndata: second line\r\n\r\n"
      "id: 7\nretry: 10\nevent: nothing to say\n\ndata\n\nevent: done\ndata: {}\n\n";
  const std::vector<std::string> expected{"=one", "error=no space\nsecond line", "=", "done={}"};
  for (std::size_t size = 1; size < bytes.size(); ++size)
    EXPECT_EQ(events_of(bytes, size), expected) << size;
}

TEST(EventParser, WaitsForTheEmptyLine) {
  EXPECT_EQ(events_of("data: half", 4), std::vector<std::string>());
  EXPECT_EQ(events_of("data: half\n", 4), std::vector<std::string>());
}

TEST(EventParser, RefusesWhatNeverEnds) {
  const std::string line(5 << 20, 'x');
  EXPECT_EQ(events_of("data: " + line, 1 << 20),
            std::vector<std::string>{"error: upstream.too_large"});
  std::string lines;
  for (int i = 0; i < 5; ++i) lines += "data: " + line.substr(0, 1 << 20) + "\n";
  EXPECT_EQ(events_of(lines, 1 << 20), std::vector<std::string>{"error: upstream.too_large"});
}

TEST(EventParser, ReadsWhatTheServerWrites) {
  const std::string bytes = net::format_event("", "{\"a\":\n1}") + net::format_event("done", "{}");
  EXPECT_EQ(events_of(bytes, 3), (std::vector<std::string>{"={\"a\":\n1}", "done={}"}));
}

}  // namespace
}  // namespace tg::wire
