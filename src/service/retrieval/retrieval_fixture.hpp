// What tests of the retrieval service have in place of its neighbours.
#pragma once

#include "api/telegram.hpp"

namespace tg::retrieval {

// A telegram service in which nobody is granted more than his own.
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
