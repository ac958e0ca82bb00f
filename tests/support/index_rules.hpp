// Names of the rules of store::SearchIndex, and the access keys that their tests use.
#pragma once

#include <string>

namespace tg::testing {

inline constexpr const char* kFound = "what is applied is found by its words";
inline constexpr const char* kWhole = "a chunk comes back with everything that it carried";
inline constexpr const char* kFilters = "filters apply before the top k";
inline constexpr const char* kInvisible = "what is not visible does not exist";
inline constexpr const char* kOlder = "an older version changes nothing";
inline constexpr const char* kNewer = "a newer version replaces all of the older one";
inline constexpr const char* kEmpty = "a document without chunks goes";
inline constexpr const char* kDrops = "dropping an access key drops its documents";
inline constexpr const char* kCounts = "changed counts are seen by filters and in results";
inline constexpr const char* kRanges =
    "ranges of chunks overlap, and each chunk comes once, in order";
inline constexpr const char* kPages = "ids come in pages, in order, each once";
inline constexpr const char* kScores = "scores lie between 0 and 1, best first";
inline constexpr const char* kNearest = "the nearest vectors that pass the filter are found";
inline constexpr const char* kForeign = "vectors of unknown or foreign chunks are refused whole";
inline constexpr const char* kDimension = "another dimension or model is refused by name";
inline constexpr const char* kGoesAlong = "a vector goes with its chunk";
inline constexpr const char* kCopies = "a copy opens with the same content";
inline constexpr const char* kErases = "after erase, deleted content is in no byte";
inline constexpr const char* kSound = "check finds nothing wrong with a sound index";
inline constexpr const char* kRemoves = "a vector is removed by those who see its chunk";

inline const std::string kShared = "space:default";
inline const std::string kMine = "user:ann";

}  // namespace tg::testing
