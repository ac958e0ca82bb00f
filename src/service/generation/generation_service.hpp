// The generation service: api::Generation with the extractive answer. Thread-safe.
#pragma once

#include <deque>
#include <mutex>

#include "api/generation.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::generation {

class GenerationService final : public api::Generation {
 public:
  GenerationService(ComputePool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  Task<Result<api::GenerateOutput>> generate(api::Call call, api::GenerateRequest request) override;
  Task<Result<api::Answer>> answer(api::Call call, api::GenerateRequest request) override;
  Task<Result<api::GenerateReply>> get(api::Call call, api::GenerationId id) override;
  Task<Result<api::Listed<api::GenerationEntry>>> history(api::Call call,
                                                          api::HistoryQuery query) override;
  Task<Result<api::Providers>> providers(api::Call call, api::Nothing request) override;
  Task<Result<api::GenerateOutput>> generate_with(api::Call call,
                                                  api::ProviderGenerateRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  struct Kept {
    std::string user;
    api::GenerationEntry entry;
    api::GenerateReply reply;
  };
  // What is told of an answer; from then on it is in the caller's history.
  api::GenerateReply keep(const api::Call& call, const std::string& query,
                          const api::Answer& answer, SteadyTime from);

  ComputePool& pool_;
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<Kept> kept_;  // the last generations, newest first; guarded by mutex_
};

}  // namespace tg::generation
