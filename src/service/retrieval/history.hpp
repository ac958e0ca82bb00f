// The caller's own questions: kept behind the answer, for a time, or not at all. Plain functions
// over a connection.
#pragma once

#include <string>
#include <vector>

#include "api/endpoint.hpp"
#include "api/retrieval_types.hpp"
#include "store/sql.hpp"

namespace tg::retrieval {

// A question as it is kept: see without_texts().
struct KeptQuery {
  std::string user;
  UnixMillis at;
  api::RecordRequest record;
};

// Those that are there already stay as they are, so that a batch may be written again.
Result<void> record_queries(sql::Connection& connection, const std::vector<KeptQuery>& queries);
// Code::not_found if the user has no such entry of that type.
Result<api::QueryReply> load_query(sql::Connection& connection, const std::string& user,
                                   const api::QueryId& id);
Result<api::Listed<api::HistoryEntry>> load_history(sql::Connection& connection,
                                                    const std::string& user,
                                                    const api::HistoryQuery& query);
Result<void> clear_history(sql::Connection& connection, const std::string& user);
Result<void> forget_before(sql::Connection& connection, UnixMillis time);
// Earlier questions that begin with the given words, the most frequent first.
Result<std::vector<api::Suggestion>> load_suggestions(sql::Connection& connection,
                                                      const std::string& user,
                                                      const api::SuggestRequest& request);

}  // namespace tg::retrieval
