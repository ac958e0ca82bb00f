#include "service/generation/generation_service.hpp"

#include <algorithm>

#include "api/health_report.hpp"
#include "runtime/log.hpp"
#include "runtime/stage_timer.hpp"
#include "service/generation/answer_events.hpp"
#include "service/generation/extractive_answer.hpp"

namespace tg::generation {
namespace {

constexpr std::string_view kModel = "extractive";

std::optional<double> matched_weight_of(const json::Object& metadata) {
  const json::Value* value = metadata.if_contains("matched_weight");
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

// The public form of a generation, just made or read from the history.
api::GenerateReply reply_of(const api::QueryReply& made) {
  api::GenerateReply reply{
      .request_id = made.query_id,
      .response = made.response.value_or(""),
      .model_name = made.model_name.value_or(""),
      .processing_time_ms = made.processing_time_ms,
      .metadata = {{"answered", made.answered}, {"citations", json::write(made.citations)}}};
  reply.tokens_used = 1 + static_cast<std::int64_t>(std::ranges::count(reply.response, ' '));
  return reply;
}

}  // namespace

Task<Result<api::Answer>> GenerationService::answer(api::Call, api::GenerateRequest request) {
  if (request.model_name && *request.model_name != kModel) co_return not_implemented("providers");
  co_return co_await pool_.run([&request]() -> Result<api::Answer> {
    const metrics::StageTimer timer("generation.answer");
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
  api::GenerateReply reply = co_await keep(std::move(call), query, made, from);
  if (is_streamed) co_return answer_events(std::move(made), std::move(reply));
  co_return std::move(reply);
}

Task<api::GenerateReply> GenerationService::keep(api::Call call, std::string query,
                                                 api::Answer made, SteadyTime from) {
  api::RecordRequest record{.query_id = Uuid::ordered(clock_.wall()).text(),
                            .query_type = api::HistoryType::generation};
  record.reply = {.query_id = record.query_id,
                  .query = std::move(query),
                  .response = std::move(made.response),
                  .citations = std::move(made.citations),
                  .model_name = std::move(made.model_name),
                  .answered = made.answered};
  record.reply.processing_time_ms = elapsed_ms(from, clock_.steady());
  api::GenerateReply reply = reply_of(record.reply);
  if (const auto kept = co_await retrieval_.record(std::move(call), std::move(record)); !kept) {
    log::warning("a generation could not be recorded", {{"detail", kept.error().detail}});
    reply.metadata["degraded"] = json::Array{"history"};
  }
  co_return reply;
}

Task<Result<api::GenerateReply>> GenerationService::get(api::Call call, api::GenerationId id) {
  auto kept =
      co_await retrieval_.get_query(std::move(call), {id.request_id, api::HistoryType::generation});
  if (kept) co_return reply_of(*kept);
  if (kept.error().code == Code::not_found) co_return not_found("generation");
  co_return std::unexpected(std::move(kept).error());
}

Task<Result<api::Listed<api::GenerationEntry>>> GenerationService::history(
    api::Call call, api::GenerationPage page) {
  TG_CO_TRY(const auto kept, co_await retrieval_.history(
                                 std::move(call), {.skip = page.skip,
                                                   .limit = page.limit,
                                                   .query_type = api::HistoryType::generation}));
  api::Listed<api::GenerationEntry> list{.total = kept.total};
  for (const api::HistoryEntry& entry : kept.items) {
    list.items.push_back({entry.query_id, entry.query_text, entry.model_name.value_or(""),
                          entry.processing_time_ms, entry.created_at});
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
      .off("providers", "no language model is configured")
      .tell("compute_queued", pool_.queued())
      .make();
}

}  // namespace tg::generation
