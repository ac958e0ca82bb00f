// Filters, results and stage reports of a search, shared by retrieval, vector and clients. Plain
// values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/document_types.hpp"
#include "api/health_types.hpp"
#include "base/json.hpp"

namespace tg::api {

struct DateRange {
  std::optional<UnixMillis> start;  // included
  std::optional<UnixMillis> end;    // excluded
};
BOOST_DESCRIBE_STRUCT(DateRange, (), (start, end))
constexpr bool refuses_unknown(const DateRange*) {
  return true;
}

// Where a result comes from: a Telegram post or an uploaded document.
enum class SourceKind { telegram, document };
BOOST_DESCRIBE_ENUM(SourceKind, telegram, document)

// Every filter but min_score applies before the top k is chosen. `media_type` and `lang` are open
// sets: exports name kinds of media that no list here could foresee.
struct Filters {
  std::optional<double> min_score;
  std::optional<FileType> document_type;
  std::optional<SourceKind> source;
  std::optional<std::string> channel;  // bare id, -100... form, or name
  std::optional<DateRange> date_range;
  std::optional<bool> has_media;
  std::optional<std::string> media_type;
  std::optional<std::int64_t> min_views;
  std::optional<std::string> lang;
  std::optional<std::string> document_id;
};
BOOST_DESCRIBE_STRUCT(Filters, (),
                      (min_score, document_type, source, channel, date_range, has_media, media_type,
                       min_views, lang, document_id))
constexpr auto rules_of(const Filters*) {
  return std::array{Rule("min_score").range(0, 1), Rule("min_views").range(0, 9e15)};
}
constexpr bool refuses_unknown(const Filters*) {
  return true;
}

struct StageReport {
  std::string name;
  std::int64_t in = 0;
  std::int64_t out = 0;
  double ms = 0;
};
BOOST_DESCRIBE_STRUCT(StageReport, (), (name, in, out, ms))

struct SearchResult {
  std::string chunk_id;
  std::string document_id;
  std::string text;
  double score = 0;  // 0..1; depends on the query and the document only
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(SearchResult, (), (chunk_id, document_id, text, score, metadata))

}  // namespace tg::api
