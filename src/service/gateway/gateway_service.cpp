#include "service/gateway/gateway_service.hpp"

namespace tg::gateway {
namespace {

// The strategy wins over the type; its word for semantic is vector_search.
api::HistoryType type_of(const api::QueryRequest& request) {
  if (request.retrieval_strategy == api::RetrievalStrategy::vector_search)
    return api::HistoryType::semantic;
  const std::string_view word =
      request.retrieval_strategy
          ? json::enum_word(*request.retrieval_strategy)
          : json::enum_word(request.query_type.value_or(api::QueryType::hybrid));
  return json::enum_of<api::HistoryType>(word).value_or(api::HistoryType::hybrid);
}

}  // namespace

Task<Result<api::QueryReply>> GatewayService::query(api::Call call, api::QueryRequest request) {
  const SteadyTime from = clock_.steady();
  TG_CO_TRY(api::Retrieved retrieved, co_await retrieval_.retrieve(call, request));
  api::QueryReply reply;
  reply.query_id = retrieved.query_id;
  reply.query = request.query;
  reply.stages = std::move(retrieved.stages);
  reply.degraded = std::move(retrieved.degraded);
  reply.warnings = std::move(retrieved.warnings);
  reply.evidence = retrieved.matched_weight;
  if (request.generate_response) {
    const SteadyTime generating = clock_.steady();
    const auto given = static_cast<std::int64_t>(retrieved.context.size());
    api::Call inner = call;
    inner.principal.is_service = true;
    auto answer = co_await generation_.answer(
        inner, {.query = retrieved.searched,
                .context = std::move(retrieved.context),
                .max_tokens = request.max_tokens.value_or(512),
                .metadata = {{"matched_weight", retrieved.matched_weight}}});
    if (answer) {
      degradation_.leave("generation");
      reply.response = std::move(answer->response);
      reply.model_name = std::move(answer->model_name);
      reply.answered = answer->answered;
      reply.citations = std::move(answer->citations);
      reply.stages.push_back({"answer", given, static_cast<std::int64_t>(reply.citations.size()),
                              elapsed_ms(generating, clock_.steady())});
    } else {
      // The results are worth having without an answer.
      reply.degraded.push_back(degraded("generation", answer.error()));
    }
  }
  reply.results = std::move(retrieved.results);
  reply.processing_time_ms = elapsed_ms(from, clock_.steady());
  api::RecordRequest record{
      .query_id = reply.query_id, .query_type = type_of(request), .reply = reply};
  if (const auto kept = co_await retrieval_.record(std::move(call), std::move(record))) {
    degradation_.leave("history");
  } else {
    reply.degraded.push_back(degraded("history", kept.error()));
  }
  if (!request.include_sources) {
    reply.results.clear();
    reply.citations.clear();
  }
  co_return reply;
}

api::Degraded GatewayService::degraded(std::string_view part, const Error& error) {
  return {.part = std::string(part),
          .reason = error.message,
          .since = degradation_.enter(part, error.message)};
}

Task<Result<api::Health>> GatewayService::health(api::Call call, api::Nothing) {
  const bool is_admin = call.principal.role == api::Role::admin;
  TG_CO_TRY(api::Health health, co_await peers_.report(std::move(call)));
  // Internal addresses are for admins only.
  if (is_admin) health.details["places"] = peers_.places();
  co_return health;
}

}  // namespace tg::gateway
