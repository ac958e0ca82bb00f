// The headings of a document, and the path of headings above a position. Not thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace tg::document {

struct Heading {
  std::int64_t level = 1;  // 1 is the highest
  std::int64_t start = 0;  // in the document's text, in code points
  std::int64_t end = 0;
  std::string title;  // one line
};
BOOST_DESCRIBE_STRUCT(Heading, (), (level, start, end, title))

// Finds the headings above positions of a text, in ascending order.
//
//   HeadingWalk walk(document.headings);
//   for (const ChunkSpan& chunk : chunks) show(walk.path_at(chunk.start_char));
//
class HeadingWalk {
 public:
  // `headings` must outlive the walk.
  explicit HeadingWalk(std::span<const Heading> headings) : headings_(headings) {}

  // The headings above the text at `place` (in code points), the highest first: "Setup", "Linux".
  // Headings that begin at `place` and directly follow one another are included. Call with
  // ascending positions.
  std::vector<std::string> path_at(std::int64_t place);

 private:
  std::span<const Heading> headings_;
  std::size_t next_ = 0;
  std::vector<const Heading*> path_;
};

}  // namespace tg::document
