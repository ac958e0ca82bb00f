// Repository of the query history. Every function sees the entries of one user only, except
// record_queries() and forget_before(). Functions over a connection.
#pragma once

#include <string>
#include <vector>

#include "api/endpoint.hpp"
#include "api/retrieval_types.hpp"
#include "store/sql.hpp"

namespace tg::retrieval {

// A history entry; its reply has passed without_texts().
struct KeptQuery {
  std::string user;
  UnixMillis at;
  api::RecordRequest record;
};

// Idempotent: existing entries are left unchanged, so a batch can be retried.
Result<void> record_queries(sql::Connection& connection, const std::vector<KeptQuery>& queries);
// Code::not_found if the user has no such entry of that type.
Result<api::QueryReply> load_query(sql::Connection& connection, const std::string& user,
                                   const api::QueryId& id);
Result<api::Listed<api::HistoryEntry>> load_history(sql::Connection& connection,
                                                    const std::string& user,
                                                    const api::HistoryQuery& query);
Result<void> clear_history(sql::Connection& connection, const std::string& user);
Result<void> forget_before(sql::Connection& connection, UnixMillis time);
// Earlier queries that start with the given text, the most frequent first.
Result<std::vector<api::Suggestion>> load_suggestions(sql::Connection& connection,
                                                      const std::string& user,
                                                      const api::SuggestRequest& request);

}  // namespace tg::retrieval
