// The generation service: api::Generation with extractive answers. Stateless: generations are
// recorded in the caller's history at the retrieval service, whose on/off switch, retention and
// deletion therefore apply to them. Thread-safe.
#pragma once

#include "api/generation.hpp"
#include "api/retrieval.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::generation {

class GenerationService final : public api::Generation {
 public:
  GenerationService(ComputePool& pool, const Clock& clock, api::Retrieval& retrieval)
      : pool_(pool), clock_(clock), retrieval_(retrieval) {}

  Task<Result<api::GenerateOutput>> generate(api::Call call, api::GenerateRequest request) override;
  Task<Result<api::Answer>> answer(api::Call call, api::GenerateRequest request) override;
  Task<Result<api::GenerateReply>> get(api::Call call, api::GenerationId id) override;
  Task<Result<api::Listed<api::GenerationEntry>>> history(api::Call call,
                                                          api::GenerationPage page) override;
  Task<Result<api::Providers>> providers(api::Call call, api::Nothing request) override;
  Task<Result<api::GenerateOutput>> generate_with(api::Call call,
                                                  api::ProviderGenerateRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  // Records an answer in the caller's history and returns the public reply.
  Task<api::GenerateReply> keep(api::Call call, std::string query, api::Answer answer,
                                SteadyTime from);

  ComputePool& pool_;
  const Clock& clock_;
  api::Retrieval& retrieval_;
};

}  // namespace tg::generation
