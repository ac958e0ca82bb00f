#include "service/generation/generation_service.hpp"

#include <algorithm>

#include "api/health_report.hpp"
#include "service/generation/answer_events.hpp"
#include "service/generation/extractive_answer.hpp"

namespace tg::generation {
namespace {

constexpr std::size_t kKept = 1000;
constexpr std::string_view kModel = "extractive";

std::optional<double> matched_weight_of(const json::Object& metadata) {
  const json::Value* value = metadata.if_contains("matched_weight");
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

}  // namespace

Task<Result<api::Answer>> GenerationService::answer(api::Call, api::GenerateRequest request) {
  if (request.model_name && *request.model_name != kModel) co_return not_implemented("providers");
  co_return co_await pool_.run([&request]() -> Result<api::Answer> {
    return extractive_answer(request.query, request.context, matched_weight_of(request.metadata),
                             static_cast<std::size_t>(request.max_tokens));
  });
}

Task<Result<api::GenerateOutput>> GenerationService::generate(api::Call call,
                                                              api::GenerateRequest request) {
  const SteadyTime from = clock_.steady();
  if (request.metadata.contains("provider")) co_return not_implemented("providers");
  const std::string query = request.query;
  const bool is_streamed = request.stream;
  TG_CO_TRY(api::Answer made, co_await answer(call, std::move(request)));
  api::GenerateReply reply = keep(call, query, made, from);
  if (is_streamed) co_return answer_events(std::move(made), std::move(reply));
  co_return std::move(reply);
}

api::GenerateReply GenerationService::keep(const api::Call& call, const std::string& query,
                                           const api::Answer& made, SteadyTime from) {
  Kept kept;
  kept.user = call.principal.user_id;
  kept.reply.request_id = Uuid::ordered(clock_.wall()).text();
  kept.reply.response = made.response;
  kept.reply.model_name = made.model_name;
  kept.reply.tokens_used = 1 + static_cast<std::int64_t>(std::ranges::count(made.response, ' '));
  kept.reply.metadata = {{"answered", made.answered}, {"citations", json::write(made.citations)}};
  kept.reply.processing_time_ms =
      std::chrono::duration<double, std::milli>(clock_.steady() - from).count();
  kept.entry = {
      kept.reply.request_id,         query,        made.model_name, kept.reply.tokens_used,
      kept.reply.processing_time_ms, clock_.wall()};
  api::GenerateReply reply = kept.reply;
  const std::scoped_lock lock(mutex_);
  kept_.push_front(std::move(kept));
  if (kept_.size() > kKept) kept_.pop_back();
  return reply;
}

Task<Result<api::GenerateReply>> GenerationService::get(api::Call call, api::GenerationId id) {
  const std::scoped_lock lock(mutex_);
  for (const Kept& kept : kept_) {
    if (kept.user == call.principal.user_id && kept.reply.request_id == id.request_id)
      co_return kept.reply;
  }
  co_return not_found("generation");
}

Task<Result<api::Listed<api::GenerationEntry>>> GenerationService::history(
    api::Call call, api::HistoryQuery query) {
  api::Listed<api::GenerationEntry> list;
  const std::scoped_lock lock(mutex_);
  for (const Kept& kept : kept_) {
    if (kept.user != call.principal.user_id) continue;
    if (list.total >= query.skip && list.total < query.skip + query.limit)
      list.items.push_back(kept.entry);
    ++list.total;
  }
  co_return list;
}

Task<Result<api::Providers>> GenerationService::providers(api::Call, api::Nothing) {
  api::Providers out{.default_provider = "local"};
  out.providers["local"] = json::Object{{"available", true}, {"models", json::Array{kModel}}};
  co_return out;
}

Task<Result<api::GenerateOutput>> GenerationService::generate_with(
    api::Call call, api::ProviderGenerateRequest request) {
  if (request.provider != "local") co_return not_implemented("providers");
  if (request.model != kModel) co_return not_found("model");
  co_return co_await generate(std::move(call), {.query = request.query,
                                                .context = request.context,
                                                .max_tokens = request.max_tokens,
                                                .temperature = request.temperature,
                                                .stream = request.stream});
}

Task<Result<api::Health>> GenerationService::health(api::Call, api::Nothing) {
  co_return api::HealthReport("generation", clock_)
      .up("extractive")
      .off("providers", "no language model is set up")
      .tell("compute_queued", pool_.queued())
      .make();
}

}  // namespace tg::generation
