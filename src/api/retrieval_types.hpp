// Requests and replies of the retrieval service and of the gateway's /query. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/search_types.hpp"
#include "api/vector_types.hpp"

namespace tg::api {

enum class QueryType { semantic, hybrid, keyword };
BOOST_DESCRIBE_ENUM(QueryType, semantic, hybrid, keyword)
enum class RetrievalStrategy { vector_search, hybrid, keyword };
BOOST_DESCRIBE_ENUM(RetrievalStrategy, vector_search, hybrid, keyword)

struct SearchRequest {
  std::string query;
  std::optional<QueryType> query_type;
  std::optional<RetrievalStrategy> retrieval_strategy;  // wins over query_type
  std::int64_t top_k = 5;
  std::optional<Filters> filters;
  std::optional<double> diversity;  // 0..1: weight of MMR; the default is a setting
  bool fold_duplicates = true;
  bool explain = false;
};
BOOST_DESCRIBE_STRUCT(SearchRequest, (),
                      (query, query_type, retrieval_strategy, top_k, filters, diversity,
                       fold_duplicates, explain))
constexpr auto rules_of(const SearchRequest*) {
  return std::array{Rule("query").required().length(1, 4000), Rule("top_k").range(1, 100),
                    Rule("diversity").range(0, 1)};
}

struct SearchReply {
  std::vector<SearchResult> results;
  std::int64_t total_estimate = 0;
  std::vector<StageReport> stages;
  std::vector<Degraded> degraded;
  std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(SearchReply, (), (results, total_estimate, stages, degraded, warnings))

struct QueryRequest {
  std::string query;
  std::optional<QueryType> query_type;
  std::optional<RetrievalStrategy> retrieval_strategy;
  std::int64_t top_k = 5;
  std::optional<Filters> filters;
  bool generate_response = true;
  bool include_sources = true;
  std::optional<std::int64_t> max_tokens;
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(QueryRequest, (),
                      (query, query_type, retrieval_strategy, top_k, filters, generate_response,
                       include_sources, max_tokens, metadata))
constexpr auto rules_of(const QueryRequest*) {
  return std::array{Rule("query").required().length(1, 4000), Rule("top_k").range(1, 100),
                    Rule("max_tokens").range(1, 4096)};
}

struct Span {
  std::int64_t start = 0;
  std::int64_t end = 0;
};
BOOST_DESCRIBE_STRUCT(Span, (), (start, end))

// A sentence of an answer and its source. Invariant: `span`, counted in code points of the stored
// text, delimits exactly `quote`.
struct Citation {
  std::int64_t number = 0;
  std::string chunk_id;
  std::string document_id;
  std::optional<std::int64_t> channel_id;
  std::optional<std::string> channel_title;
  std::optional<std::int64_t> message_id;
  std::optional<std::string> author;
  std::optional<std::string> date;
  std::optional<std::string> url;
  Span span;
  std::string quote;
  bool edited_since = false;
  bool deleted_since = false;
};
BOOST_DESCRIBE_STRUCT(Citation, (),
                      (number, chunk_id, document_id, channel_id, channel_title, message_id, author,
                       date, url, span, quote, edited_since, deleted_since))

struct QueryReply {
  std::string query_id;
  std::string query;
  std::optional<std::string> response;
  std::vector<SearchResult> results;
  std::vector<Citation> citations;
  std::optional<std::string> model_name;
  std::vector<StageReport> stages;
  double processing_time_ms = 0;
  std::vector<Degraded> degraded;
  bool answered = false;  // false: no visible source answers; `results` are the nearest ones
  // What `answered` is decided by, 0..1: the share of the question's total word weight (idf) that
  // the best source covers.
  double evidence = 0;
  std::vector<std::string> warnings;
};
BOOST_DESCRIBE_STRUCT(QueryReply, (),
                      (query_id, query, response, results, citations, model_name, stages,
                       processing_time_ms, degraded, answered, evidence, warnings))

// Results with the context for the generator. `context` holds the results, then neighbouring chunks
// and reply parents up to the size budget, without duplicates.
struct Retrieved {
  std::string query_id;
  std::string searched;  // the question after repair of keyboard layout and spelling
  std::vector<SearchResult> results;
  std::vector<SearchResult> context;
  std::int64_t total_estimate = 0;
  std::vector<StageReport> stages;
  std::vector<Degraded> degraded;
  std::vector<std::string> warnings;
  double matched_weight = 0;
};
BOOST_DESCRIBE_STRUCT(Retrieved, (),
                      (query_id, searched, results, context, total_estimate, stages, degraded,
                       warnings, matched_weight))

// What a history entry is: a query, by its type, or an answer made by POST /generate. The history
// lists queries unless generations are asked for.
enum class HistoryType { semantic, hybrid, keyword, generation };
BOOST_DESCRIBE_ENUM(HistoryType, semantic, hybrid, keyword, generation)

// An answered question, to be added to the caller's history (a no-op if the history is switched
// off). Written asynchronously, in batches.
struct RecordRequest {
  std::string query_id;
  HistoryType query_type = HistoryType::hybrid;
  QueryReply reply;
};
BOOST_DESCRIBE_STRUCT(RecordRequest, (), (query_id, query_type, reply))

struct QueryId {
  std::string query_id;
  std::optional<HistoryType> query_type;  // absent: a query of any type, no generation
};
BOOST_DESCRIBE_STRUCT(QueryId, (), (query_id, query_type))

struct HistoryQuery {
  std::int64_t skip = 0;
  std::int64_t limit = 50;
  std::optional<HistoryType> query_type;  // absent: queries of any type, no generations
};
BOOST_DESCRIBE_STRUCT(HistoryQuery, (), (skip, limit, query_type))
constexpr auto rules_of(const HistoryQuery*) {
  return std::array{Rule("skip").range(0, 1e9), Rule("limit").range(1, 1000)};
}

struct HistoryEntry {
  std::string query_id;
  std::string query_text;
  std::string query_type;
  std::int64_t results_count = 0;
  double processing_time_ms = 0;
  UnixMillis created_at;
  std::optional<std::string> model_name;
};
BOOST_DESCRIBE_STRUCT(HistoryEntry, (),
                      (query_id, query_text, query_type, results_count, processing_time_ms,
                       created_at, model_name))

struct SuggestRequest {
  std::string partial_query;
  std::int64_t limit = 5;
};
BOOST_DESCRIBE_STRUCT(SuggestRequest, (), (partial_query, limit))
constexpr auto rules_of(const SuggestRequest*) {
  return std::array{Rule("partial_query").required().length(1, 200), Rule("limit").range(1, 50)};
}

struct Suggestion {
  std::string suggestion;
  std::int64_t frequency = 0;
  UnixMillis last_used;
};
BOOST_DESCRIBE_STRUCT(Suggestion, (), (suggestion, frequency, last_used))

struct SuggestReply {
  std::vector<Suggestion> suggestions;
};
BOOST_DESCRIBE_STRUCT(SuggestReply, (), (suggestions))

struct KnowledgeQuery {
  std::string q;
  std::int64_t limit = 10;
};
BOOST_DESCRIBE_STRUCT(KnowledgeQuery, (), (q, limit))
constexpr auto rules_of(const KnowledgeQuery*) {
  return std::array{Rule("q").required().length(1, 4000), Rule("limit").range(1, 100)};
}

struct KnowledgeResult {
  std::string document_id;
  std::string title;
  std::string snippet;
  double score = 0;
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(KnowledgeResult, (), (document_id, title, snippet, score, metadata))

struct KnowledgeReply {
  std::vector<KnowledgeResult> results;
  std::int64_t count = 0;
};
BOOST_DESCRIBE_STRUCT(KnowledgeReply, (), (results, count))

}  // namespace tg::api
