// Fakes of the services that the retrieval service calls.
#pragma once

#include "api/telegram.hpp"

namespace tg::retrieval {

// A telegram service without granted channels.
struct NoGrants {
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if constexpr (api::is_same_method<M, &api::Telegram::visible>) {
      co_return api::VisibleAccess{};
    } else {
      co_return internal("not expected");
    }
  }
};

}  // namespace tg::retrieval
