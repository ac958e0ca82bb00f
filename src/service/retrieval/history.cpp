#include "service/retrieval/history.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/text.hpp"

namespace tg::retrieval {
namespace {

using sql::Connection;
using sql::Row;

// Selects entries by type: $2 is the type, or empty for all queries.
constexpr std::string_view kOfType =
    "(query_type = $2 OR ($2 = '' AND query_type <> 'generation'))";

std::string_view word_of(std::optional<api::HistoryType> type) {
  return type ? json::enum_word(*type) : std::string_view();
}

}  // namespace

Result<void> record_queries(Connection& connection, const std::vector<KeptQuery>& queries) {
  for (const KeptQuery& query : queries) {
    const api::QueryReply& reply = query.record.reply;
    TG_TRY_VOID(connection.run(
        "INSERT INTO queries (query_id, user_id, query_text, query_type, results_count, "
        "processing_time_ms, reply, created_ms) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (query_id) DO NOTHING",
        {query.record.query_id, query.user, reply.query, json::enum_word(query.record.query_type),
         static_cast<std::int64_t>(reply.results.size()), reply.processing_time_ms,
         json::to_text(json::write(reply)), to_millis(query.at)}));
  }
  return {};
}

Result<api::QueryReply> load_query(Connection& connection, const std::string& user,
                                   const api::QueryId& id) {
  TG_TRY(const auto rows, connection.run(fmt::format("SELECT reply FROM queries WHERE user_id = $1 "
                                                     "AND {} AND query_id = $3",
                                                     kOfType),
                                         {user, word_of(id.query_type), id.query_id}));
  if (rows.empty()) return not_found("query");
  return json::read_text<api::QueryReply>(rows[0].text(0));
}

Result<api::Listed<api::HistoryEntry>> load_history(Connection& connection, const std::string& user,
                                                    const api::HistoryQuery& query) {
  api::Listed<api::HistoryEntry> list;
  const std::string_view type = word_of(query.query_type);
  TG_TRY(
      const auto total,
      connection.run(fmt::format("SELECT count(*) FROM queries WHERE user_id = $1 AND {}", kOfType),
                     {user, type}));
  list.total = total[0].integer(0);
  TG_TRY(const auto rows,
         connection.run(
             fmt::format("SELECT query_id, query_text, query_type, results_count, "
                         "processing_time_ms, created_ms, json_extract(reply, '$.model_name') "
                         "FROM queries WHERE user_id = $1 AND {} "
                         "ORDER BY created_ms DESC, query_id LIMIT $3 OFFSET $4",
                         kOfType),
             {user, type, query.limit, query.skip}));
  for (const Row& row : rows) {
    list.items.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.real(4),
                          from_millis(row.integer(5)), row.optional_text(6)});
  }
  return list;
}

Result<void> clear_history(Connection& connection, const std::string& user) {
  TG_TRY_VOID(connection.run("DELETE FROM queries WHERE user_id = $1", {user}));
  return {};
}

Result<void> forget_before(Connection& connection, UnixMillis time) {
  TG_TRY_VOID(connection.run("DELETE FROM queries WHERE created_ms < $1", {to_millis(time)}));
  return {};
}

Result<std::vector<api::Suggestion>> load_suggestions(Connection& connection,
                                                      const std::string& user,
                                                      const api::SuggestRequest& request) {
  const std::string prefix = text::to_lower(text::trim(request.partial_query));
  std::map<std::string, api::Suggestion> found;
  TG_TRY_VOID(
      connection.each("SELECT query_text, created_ms FROM queries WHERE user_id = $1 ORDER BY "
                      "created_ms DESC LIMIT 5000",
                      {user}, [&](const Row& row) {
                        const std::string key = text::to_lower(row.text(0));
                        if (!key.starts_with(prefix)) return true;
                        api::Suggestion& suggestion = found[key];
                        if (suggestion.frequency++ == 0) {
                          suggestion.suggestion = row.text(0);
                          suggestion.last_used = from_millis(row.integer(1));
                        }
                        return true;
                      }));
  std::vector<api::Suggestion> suggestions;
  for (auto& [key, suggestion] : found) suggestions.push_back(std::move(suggestion));
  std::ranges::sort(suggestions, [](const api::Suggestion& a, const api::Suggestion& b) {
    return std::tie(b.frequency, b.last_used, a.suggestion) <
           std::tie(a.frequency, a.last_used, b.suggestion);
  });
  if (static_cast<std::int64_t>(suggestions.size()) > request.limit)
    suggestions.resize(static_cast<std::size_t>(request.limit));
  return suggestions;
}

}  // namespace tg::retrieval
