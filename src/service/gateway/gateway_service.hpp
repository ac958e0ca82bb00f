// The gateway's own calls: /query (retrieve, answer, record) and the health of the whole system.
// Thread-safe.
#pragma once

#include <vector>

#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/retrieval.hpp"
#include "base/clock.hpp"
#include "service/gateway/peer_health.hpp"

namespace tg::gateway {

class GatewayService final : public api::Gateway {
 public:
  GatewayService(api::Retrieval& retrieval, api::Generation& generation, const Clock& clock,
                 Executor executor, std::vector<PeerService> peers)
      : retrieval_(retrieval),
        generation_(generation),
        clock_(clock),
        peers_(clock, executor, std::move(peers)) {}

  Task<void> stop() { return peers_.stop(); }

  Task<Result<api::QueryReply>> query(api::Call call, api::QueryRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  // An entry for a reply's `degraded`.
  api::Degraded degraded(std::string_view part, const Error& error);

  api::Retrieval& retrieval_;
  api::Generation& generation_;
  const Clock& clock_;
  // Parts that recent queries had to do without. Labelled apart from PeerHealth, which reports
  // parts of the same names.
  Degradation degradation_{"gateway.query", clock_};
  PeerHealth peers_;
};

}  // namespace tg::gateway
