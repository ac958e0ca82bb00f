// Contract of the gateway: endpoints that combine several services. Implementations are
// thread-safe: methods are called on any loop.
#pragma once

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/retrieval_types.hpp"

namespace tg::api {

class Gateway {
 public:
  virtual ~Gateway() = default;
  // Retrieves, generates the answer, and records both in the history.
  virtual Task<Result<QueryReply>> query(Call call, QueryRequest request) = 0;
  // Health of the gateway and of every service behind it.
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Gateway> =
    endpoints(endpoint<&Gateway::query>({.name = "query",
                                         .method = Method::post,
                                         .path = "/query",
                                         .needs = Scope::read,
                                         .repeatable = true,
                                         .summary = "Ask: an answer with the posts it comes from",
                                         .deadline = std::chrono::seconds(15)}),
              endpoint<&Gateway::health>(
                  {.name = "health",
                   .method = Method::get,
                   .path = "/health",
                   .needs = Scope::open,
                   .repeatable = true,
                   .summary = "Health of the gateway and of every service behind it"}));

TG_FORWARD(Gateway, query, health);

}  // namespace tg::api
