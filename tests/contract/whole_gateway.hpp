// All contracts mounted on one router as by the gateway, implemented by one fake.
#pragma once

#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/model.hpp"
#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "contract/fake.hpp"
#include "wire/mount.hpp"

namespace tg::contract {

inline const std::vector<std::string> kPublicPrefixes = {"", "/api/v1"};

template <typename... Services>
class EveryContract {
 public:
  void mount(net::Router& router, std::shared_ptr<wire::Admission> admission) {
    (wire::mount<Services>(router,
                           std::get<typename api::ForwardOf<Fake, Services>::type>(services_),
                           admission, {.prefixes = kPublicPrefixes, .gateway_only = true}),
     ...);
  }
  // Calls visit.template operator()<M>(row) for each row of each table.
  template <typename Visit>
  static void each_row(Visit visit) {
    (api::kEndpoints<Services>.each(visit), ...);
  }

 private:
  std::shared_ptr<Fake> fake_ = std::make_shared<Fake>();
  std::tuple<typename api::ForwardOf<Fake, Services>::type...> services_{
      typename api::ForwardOf<Fake, Services>::type(fake_)...};
};

using WholeGateway =
    EveryContract<api::Gateway, api::Auth, api::Documents, api::Embeddings, api::Retrieval,
                  api::Generation, api::Models, api::Vectors, api::Telegram>;

}  // namespace tg::contract
