// Contract of the retrieval service: search, context, history, suggestions. Implementations are
// thread-safe: methods are called on any loop.
#pragma once

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/retrieval_types.hpp"
#include "api/telegram_types.hpp"

namespace tg::api {

class Retrieval {
 public:
  virtual ~Retrieval() = default;
  virtual Task<Result<SearchReply>> search(Call call, SearchRequest request) = 0;
  // POST /query of this service: only the array of results.
  virtual Task<Result<std::vector<SearchResult>>> query(Call call, QueryRequest request) = 0;
  virtual Task<Result<Retrieved>> retrieve(Call call, QueryRequest request) = 0;
  // Returns once the entry is queued; docs/guarantees.md states what a crash may lose.
  virtual Task<Result<Done>> record(Call call, RecordRequest request) = 0;
  virtual Task<Result<QueryReply>> get_query(Call call, QueryId id) = 0;
  virtual Task<Result<Listed<HistoryEntry>>> history(Call call, HistoryQuery query) = 0;
  virtual Task<Result<Done>> clear_history(Call call, Nothing request) = 0;
  virtual Task<Result<SuggestReply>> suggest(Call call, SuggestRequest request) = 0;
  virtual Task<Result<KnowledgeReply>> knowledge(Call call, KnowledgeQuery query) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Retrieval> = endpoints(
    endpoint<&Retrieval::search>({.name = "search",
                                  .method = Method::post,
                                  .path = "/search",
                                  .needs = Scope::read,
                                  .repeatable = true,
                                  .summary = "Search without an answer or history"}),
    endpoint<&Retrieval::query>({.name = "query",
                                 .method = Method::post,
                                 .path = "/query",
                                 .needs = Scope::read,
                                 .repeatable = true,
                                 .summary = "Results of a question, without an answer",
                                 .deadline = std::chrono::seconds(15),
                                 .through_gateway = false}),
    endpoint<&Retrieval::retrieve>({.name = "retrieve",
                                    .method = Method::post,
                                    .path = "/retrieve",
                                    .needs = Scope::read,
                                    .repeatable = true,
                                    .summary = "Results and context of a question",
                                    .deadline = std::chrono::seconds(15),
                                    .through_gateway = false}),
    endpoint<&Retrieval::record>({.name = "record",
                                  .method = Method::post,
                                  .path = "/queries/record",
                                  .needs = Scope::read,
                                  .repeatable = true,
                                  .summary = "Keep a question in the caller's history",
                                  .through_gateway = false}),
    endpoint<&Retrieval::get_query>({.name = "get_query",
                                     .method = Method::get,
                                     .path = "/query/{query_id}",
                                     .needs = Scope::read,
                                     .repeatable = true,
                                     .summary = "An earlier question with its answer"}),
    endpoint<&Retrieval::history>({.name = "history",
                                   .method = Method::get,
                                   .path = "/queries/history",
                                   .needs = Scope::read,
                                   .repeatable = true,
                                   .summary = "The caller's questions, newest first"}),
    endpoint<&Retrieval::clear_history>({.name = "clear_history",
                                         .method = Method::delete_,
                                         .path = "/queries/history",
                                         .needs = Scope::read,
                                         .repeatable = true,
                                         .summary = "Forget the caller's questions"}),
    endpoint<&Retrieval::suggest>({.name = "suggest",
                                   .method = Method::post,
                                   .path = "/query/suggest",
                                   .needs = Scope::read,
                                   .repeatable = true,
                                   .summary = "The caller's earlier questions with this prefix"}),
    endpoint<&Retrieval::knowledge>({.name = "knowledge",
                                     .method = Method::get,
                                     .path = "/knowledge/search",
                                     .needs = Scope::read,
                                     .repeatable = true,
                                     .summary = "Search with one result per document"}),
    endpoint<&Retrieval::erase>({.name = "erase",
                                 .method = Method::post,
                                 .path = "/maintenance/erase",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Overwrite what was deleted, now",
                                 .deadline = std::chrono::minutes(30),
                                 .through_gateway = false}),
    endpoint<&Retrieval::fsck>({.name = "fsck",
                                .method = Method::get,
                                .path = "/maintenance/fsck",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Check the invariants of the stored data",
                                .deadline = std::chrono::minutes(30),
                                .through_gateway = false}),
    endpoint<&Retrieval::backup>({.name = "backup",
                                  .method = Method::post,
                                  .path = "/maintenance/backup",
                                  .needs = Scope::admin,
                                  .repeatable = true,
                                  .summary = "Copy this service's data into a folder",
                                  .deadline = std::chrono::minutes(30),
                                  .through_gateway = false}),
    endpoint<&Retrieval::health>({.name = "health",
                                  .method = Method::get,
                                  .path = "/health",
                                  .needs = Scope::open,
                                  .repeatable = true,
                                  .summary = "Health of the service",
                                  .through_gateway = false}));

TG_FORWARD(Retrieval, search, query, retrieve, record, get_query, history, clear_history, suggest,
           knowledge, erase, fsck, backup, health);

}  // namespace tg::api
