// The headings of a document and which of them a place stands under. Values of one task.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace tg::document {

struct Heading {
  std::int64_t level = 1;  // 1: the highest
  std::int64_t start = 0;  // in the document's text, in code points
  std::int64_t end = 0;
  std::string title;  // one line
};
BOOST_DESCRIBE_STRUCT(Heading, (), (level, start, end, title))

// Goes along a text with its headings, in order.
//
//   HeadingWalk walk(document.headings);
//   for (const ChunkSpan& chunk : chunks) show(walk.path_at(chunk.start_char));
//
class HeadingWalk {
 public:
  // They must outlive the walk.
  explicit HeadingWalk(std::span<const Heading> headings) : headings_(headings) {}

  // "Setup", "Linux": the headings that the text at `place` stands under, the highest first. A
  // place where headings begin stands under all that follow one another there. Places must grow.
  std::vector<std::string> path_at(std::int64_t place);

 private:
  std::span<const Heading> headings_;
  std::size_t next_ = 0;
  std::vector<const Heading*> path_;
};

}  // namespace tg::document
