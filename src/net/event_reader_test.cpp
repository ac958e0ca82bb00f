#include "net/event_reader.hpp"

#include <gtest/gtest.h>

#include "net/http.hpp"

namespace tg::net {
namespace {

// "name|data|id;" for each event, "!" for a failure.
std::string read(const std::vector<std::string_view>& pieces, EventLimits limits = {}) {
  EventReader reader(limits);
  std::string said;
  for (const std::string_view piece : pieces) {
    reader.append(piece);
    while (true) {
      const auto event = reader.next();
      if (!event) return said + "!";
      if (!*event) break;
      said.append((*event)->name).append("|").append((*event)->data).append("|");
      said.append((*event)->id).append(";");
    }
  }
  return said;
}
std::string read(std::string_view bytes) {
  return read(std::vector{bytes});
}

TEST(EventReader, ReadsTheFormatsFields) {
  const std::pair<const char*, const char*> cases[] = {
      {"data: a\n\n", "|a|;"},
      {"data:a\n\n", "|a|;"},
      {"data:  a\n\n", "| a|;"},
      {"data: a\ndata: b\n\n", "|a\nb|;"},
      {"data\n\n", "||;"},
      {"data\ndata\n\n", "|\n|;"},
      {"event: x\ndata: a\n\n", "x|a|;"},
      {"event: x\n\ndata: a\n\n", "|a|;"},
      {"event: x\nevent: y\ndata: a\n\n", "y|a|;"},
      {"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", "|a|1;|b|1;|c|;"},
      {": comment\n\ndata: a\n\n", "|a|;"},
      {"other: x\nDATA: y\ndata : z\n\n", ""},
      {"data: a\n", ""},
      {"data: a\n\ndata: b", "|a|;"},
      {"data: a\r\n\r\ndata: b\r\rdata: c\n\n", "|a|;|b|;|c|;"},
      {"\xEF\xBB\xBF"
       "data: a\n\n",
       "|a|;"},
      {"\xEF\xBB"
       "data: a\n\n",
       ""},
      {"data: \xFF\n\n", "|\xEF\xBF\xBD|;"},
      {"data: a: b\n\n", "|a: b|;"},
  };
  for (const auto& [bytes, said] : cases) EXPECT_EQ(read(bytes), said) << bytes;
}

TEST(EventReader, IsTheSameSplitAtEveryPosition) {
  const std::string_view stream =
      "\xEF\xBB\xBF: hello\r\nretry: 10\r\nid: 7\r\nevent: step\r\ndata: one\r\ndata: two\r\n\r\n"
      "data: three\r\rdata: four\n\n:\n\ndata: unfinished\n";
  const std::string said = read(stream);
  EXPECT_EQ(said, "step|one\ntwo|7;|three|7;|four|7;");
  for (std::size_t at = 0; at <= stream.size(); ++at)
    EXPECT_EQ(read({stream.substr(0, at), stream.substr(at)}), said) << at;
  std::vector<std::string_view> bytes;
  for (std::size_t at = 0; at < stream.size(); ++at) bytes.push_back(stream.substr(at, 1));
  EXPECT_EQ(read(bytes), said);
}

TEST(EventReader, LimitsAreFinal) {
  const EventLimits limits{.line = 10, .data = 12};
  EXPECT_EQ(read({"data: 1234\n\n"}, limits), "|1234|;");
  EXPECT_EQ(read({"data: 12345\n\n"}, limits), "!");
  EXPECT_EQ(read({"data: 123456789"}, limits), "!") << "without an end of the line, too";
  EXPECT_EQ(read({"data: 1234\ndata: 1234\ndata: 12\n\n"}, limits), "|1234\n1234\n12|;");
  EXPECT_EQ(read({"data: 1234\ndata: 1234\ndata: 123\n\n"}, limits), "!");
  EventReader reader(limits);
  reader.append("data: a long line indeed\n\n");
  EXPECT_FALSE(reader.next());
  reader.append("data: a\n\n");
  EXPECT_FALSE(reader.next());
}

TEST(EventReader, RetryIsKeptAndSignsOfLifeAreNoEvents) {
  EventReader reader;
  reader.append("retry: 2500\n:\n: still here\nretry: soon\nretry: -1\n");
  EXPECT_FALSE(*reader.next());
  EXPECT_EQ(reader.retry(), std::chrono::milliseconds(2500));
}

TEST(FormatEvent, WritesWhatTheReaderReads) {
  EXPECT_EQ(format_event("", "a"), "data: a\n\n");
  EXPECT_EQ(format_event("step", "a\nb"), "event: step\ndata: a\ndata: b\n\n");
  EXPECT_EQ(format_event("", ""), "data: \n\n");
  EXPECT_EQ(format_event("", "a\n"), "data: a\ndata: \n\n");
  for (const char* data :
       {"", "a", "a\nb", "a\n", "\n", "\n\n", " a", "data: x", ": x", "\xD1\x8F"})
    EXPECT_EQ(read(format_event("n", data)), "n|" + std::string(data) + "|;") << data;
}

TEST(FormatEvent, CannotBeBrokenOutOf) {
  EXPECT_EQ(read(format_event("", "a\rdata: b\r\nevent: c")), "|a\ndata: b\nevent: c|;");
  EXPECT_EQ(read(format_event("x\ndata: y", "z")), "x|z|;");
}

}  // namespace
}  // namespace tg::net
