#include "service/gateway/module.hpp"

namespace tg::gateway {

Result<std::unique_ptr<GatewayService>> open(const Clock& clock, Executor executor,
                                             api::Retrieval& retrieval, api::Generation& generation,
                                             std::vector<PeerService> peers) {
  return std::make_unique<GatewayService>(retrieval, generation, clock, executor, std::move(peers));
}

}  // namespace tg::gateway
