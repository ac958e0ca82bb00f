// What no single service answers: a question is retrieved, answered, kept; and how all of them are.
// Thread-safe.
#pragma once

#include <vector>

#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/retrieval.hpp"
#include "base/clock.hpp"
#include "service/gateway/neighbour_health.hpp"

namespace tg::gateway {

class GatewayService final : public api::Gateway {
 public:
  GatewayService(api::Retrieval& retrieval, api::Generation& generation, const Clock& clock,
                 Executor executor, std::vector<Neighbour> neighbours)
      : retrieval_(retrieval),
        generation_(generation),
        clock_(clock),
        neighbours_(clock, executor, std::move(neighbours)) {}

  Task<void> stop() { return neighbours_.stop(); }

  Task<Result<api::QueryReply>> query(api::Call call, api::QueryRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  api::Retrieval& retrieval_;
  api::Generation& generation_;
  const Clock& clock_;
  NeighbourHealth neighbours_;
};

}  // namespace tg::gateway
