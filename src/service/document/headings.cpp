#include "service/document/headings.hpp"

#include <algorithm>

namespace tg::document {
namespace {

// At most one empty line separates a heading from what follows it.
constexpr std::int64_t kBetween = 2;

}  // namespace

std::vector<std::string> HeadingWalk::path_at(std::int64_t place) {
  for (; next_ < headings_.size() && headings_[next_].start <= place; ++next_) {
    const Heading& heading = headings_[next_];
    while (!path_.empty() && path_.back()->level >= heading.level) path_.pop_back();
    path_.push_back(&heading);
    place = std::max(place, heading.end + kBetween);
  }
  std::vector<std::string> titles;
  for (const Heading* heading : path_) titles.push_back(heading->title);
  return titles;
}

}  // namespace tg::document
