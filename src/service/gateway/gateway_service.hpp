// What no single service answers: a question is retrieved, answered, kept. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/retrieval.hpp"
#include "base/clock.hpp"
#include "runtime/degradation.hpp"

namespace tg::gateway {

class GatewayService final : public api::Gateway {
 public:
  // Asks one service for its health.
  struct Neighbour {
    std::string name;
    std::function<Task<Result<api::Health>>(api::Call)> health;
  };
  GatewayService(api::Retrieval& retrieval, api::Generation& generation, const Clock& clock,
                 std::vector<Neighbour> neighbours)
      : retrieval_(retrieval),
        generation_(generation),
        clock_(clock),
        neighbours_(std::move(neighbours)),
        degradation_("gateway", clock) {}

  Task<Result<api::QueryReply>> query(api::Call call, api::QueryRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  api::Retrieval& retrieval_;
  api::Generation& generation_;
  const Clock& clock_;
  std::vector<Neighbour> neighbours_;
  Degradation degradation_;  // since when a part does not answer, or not as it should
};

}  // namespace tg::gateway
