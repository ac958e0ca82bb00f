// Contract of the generation service: answers from a given context, each sentence cited.
// Implementations are thread-safe: methods are called on any loop.
#pragma once

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/retrieval_types.hpp"

namespace tg::api {

struct GenerateRequest {
  std::string query;
  std::vector<SearchResult> context;
  std::optional<std::string> model_name;
  std::int64_t max_tokens = 512;
  double temperature = 0.7;
  bool stream = false;
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(GenerateRequest, (),
                      (query, context, model_name, max_tokens, temperature, stream, metadata))
constexpr auto rules_of(const GenerateRequest*) {
  return std::array{Rule("query").required().length(1, 4000), Rule("context").length(0, 200),
                    Rule("max_tokens").range(1, 4096), Rule("temperature").range(0, 2)};
}

// `metadata` holds `answered` and `citations`.
struct GenerateReply {
  std::string request_id;
  std::string response;
  std::string model_name;
  std::int64_t tokens_used = 0;
  double processing_time_ms = 0;
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(GenerateReply, (),
                      (request_id, response, model_name, tokens_used, processing_time_ms, metadata))

// One event of a streamed answer: each sentence (`message`) is followed by its source (`citation`);
// the last event is the whole reply (`final_answer`). The concatenated texts of the messages are
// the response. Only the member that belongs to the event's kind is set.
enum class GenerateEventKind { message, citation, final_answer };
BOOST_DESCRIBE_ENUM(GenerateEventKind, message, citation, final_answer)
struct GenerateEvent {
  GenerateEventKind event = GenerateEventKind::message;
  std::optional<std::string> text;
  std::optional<Citation> citation;
  std::optional<GenerateReply> answer;
};
BOOST_DESCRIBE_STRUCT(GenerateEvent, (), (event, text, citation, answer))
using GenerateOutput = ReplyOrStream<GenerateReply, GenerateEvent>;

// The reply with typed citations, for the gateway.
struct Answer {
  std::string response;
  std::string model_name;
  std::vector<Citation> citations;
  bool answered = false;
};
BOOST_DESCRIBE_STRUCT(Answer, (), (response, model_name, citations, answered))

struct GenerationId {
  std::string request_id;
};
BOOST_DESCRIBE_STRUCT(GenerationId, (), (request_id))

struct GenerationPage {
  std::int64_t skip = 0;
  std::int64_t limit = 50;
};
BOOST_DESCRIBE_STRUCT(GenerationPage, (), (skip, limit))
constexpr auto rules_of(const GenerationPage*) {
  return std::array{Rule("skip").range(0, 1e9), Rule("limit").range(1, 1000)};
}

struct GenerationEntry {
  std::string request_id;
  std::string query;
  std::string model_name;
  double processing_time_ms = 0;
  UnixMillis created_at;
};
BOOST_DESCRIBE_STRUCT(GenerationEntry, (),
                      (request_id, query, model_name, processing_time_ms, created_at))

struct Providers {
  json::Object providers;
  std::string default_provider;
};
BOOST_DESCRIBE_STRUCT(Providers, (), (providers, default_provider))

struct ProviderGenerateRequest {
  std::string provider;
  std::string model;
  std::string query;
  std::vector<SearchResult> context;
  std::int64_t max_tokens = 512;
  double temperature = 0.7;
  bool stream = false;
};
BOOST_DESCRIBE_STRUCT(ProviderGenerateRequest, (),
                      (provider, model, query, context, max_tokens, temperature, stream))
constexpr auto rules_of(const ProviderGenerateRequest*) {
  return std::array{Rule("query").required().length(1, 4000), Rule("max_tokens").range(1, 4096),
                    Rule("temperature").range(0, 2)};
}

class Generation {
 public:
  virtual ~Generation() = default;
  virtual Task<Result<GenerateOutput>> generate(Call call, GenerateRequest request) = 0;
  virtual Task<Result<Answer>> answer(Call call, GenerateRequest request) = 0;
  virtual Task<Result<GenerateReply>> get(Call call, GenerationId id) = 0;
  virtual Task<Result<Listed<GenerationEntry>>> history(Call call, GenerationPage page) = 0;
  virtual Task<Result<Providers>> providers(Call call, Nothing request) = 0;
  virtual Task<Result<GenerateOutput>> generate_with(Call call,
                                                     ProviderGenerateRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Generation> =
    endpoints(endpoint<&Generation::generate>({.name = "generate",
                                               .method = Method::post,
                                               .path = "/generate",
                                               .needs = Scope::read,
                                               .repeatable = true,
                                               .summary = "Answer a question from a given context",
                                               .deadline = std::chrono::seconds(60),
                                               .may_be_unsupported = true}),
              endpoint<&Generation::answer>({.name = "answer",
                                             .method = Method::post,
                                             .path = "/answer",
                                             .needs = Scope::service,
                                             .repeatable = true,
                                             .summary = "Answer with typed citations",
                                             .deadline = std::chrono::seconds(60),
                                             .body_limit = 8 << 20,
                                             .through_gateway = false,
                                             .may_be_unsupported = true}),
              endpoint<&Generation::get>({.name = "get",
                                          .method = Method::get,
                                          .path = "/generation/{request_id}",
                                          .needs = Scope::read,
                                          .repeatable = true,
                                          .summary = "An earlier generation of the caller"}),
              endpoint<&Generation::history>({.name = "history",
                                              .method = Method::get,
                                              .path = "/generation/history",
                                              .needs = Scope::read,
                                              .repeatable = true,
                                              .summary = "The caller's generations, newest first"}),
              endpoint<&Generation::providers>({.name = "providers",
                                                .method = Method::get,
                                                .path = "/providers",
                                                .needs = Scope::read,
                                                .repeatable = true,
                                                .summary = "Providers of answers"}),
              endpoint<&Generation::generate_with>(
                  {.name = "generate_with",
                   .method = Method::post,
                   .path = "/providers/{provider}/models/{model...}/generate",
                   .needs = Scope::read,
                   .repeatable = false,
                   .summary = "Answer with a certain provider and model",
                   .deadline = std::chrono::seconds(60),
                   .may_be_unsupported = true}),
              endpoint<&Generation::health>({.name = "health",
                                             .method = Method::get,
                                             .path = "/health",
                                             .needs = Scope::open,
                                             .repeatable = true,
                                             .summary = "Health of the service",
                                             .through_gateway = false}));

TG_FORWARD(Generation, generate, answer, get, history, providers, generate_with, health);

}  // namespace tg::api
