// Opens the gateway service, which stores nothing.
#pragma once

#include "service/gateway/gateway_service.hpp"

namespace tg::gateway {

Result<std::unique_ptr<GatewayService>> open(const Clock& clock, Executor executor,
                                             api::Retrieval& retrieval, api::Generation& generation,
                                             std::vector<PeerService> peers);

}  // namespace tg::gateway
