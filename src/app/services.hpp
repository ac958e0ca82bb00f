// The contracts that a command or a service is given. Behind each stands an object of this process,
// a remote one, or one that says why it cannot be reached; who holds a Services cannot tell.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/model.hpp"
#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"

namespace tg::app {

// None is null once connect() or ServiceHost::open() has answered.
struct Services {
  api::Gateway* gateway = nullptr;
  api::Auth* auth = nullptr;
  api::Documents* documents = nullptr;
  api::Embeddings* embeddings = nullptr;
  api::Retrieval* retrieval = nullptr;
  api::Generation* generation = nullptr;
  api::Models* models = nullptr;
  api::Vectors* vectors = nullptr;
  api::Telegram* telegram = nullptr;
  // Whether the services open their files here: an import may then name a path instead of sending
  // the file.
  bool in_process = false;
};

struct ServiceName {
  std::string_view name;         // in DATA/<name>/, run files, `--only`, errors
  std::string_view url_setting;  // where it is, when another process runs it
  std::uint16_t port_offset;     // from --port-base
};

// In the order of their ports.
inline constexpr std::array kServiceNames{
    ServiceName{"gateway", "GATEWAY_URL", 0},     ServiceName{"auth", "AUTH_URL", 1},
    ServiceName{"document", "DOCUMENT_URL", 2},   ServiceName{"embedding", "EMBEDDING_URL", 3},
    ServiceName{"retrieval", "RETRIEVAL_URL", 4}, ServiceName{"generation", "GENERATION_URL", 5},
    ServiceName{"model", "MODEL_URL", 6},         ServiceName{"vector", "VECTOR_URL", 7},
    ServiceName{"telegram", "TELEGRAM_URL", 8},
};

// f(name, member) for each service, member being Services::*.
template <typename F>
void each_service(F&& f) {
  f(kServiceNames[0], &Services::gateway);
  f(kServiceNames[1], &Services::auth);
  f(kServiceNames[2], &Services::documents);
  f(kServiceNames[3], &Services::embeddings);
  f(kServiceNames[4], &Services::retrieval);
  f(kServiceNames[5], &Services::generation);
  f(kServiceNames[6], &Services::models);
  f(kServiceNames[7], &Services::vectors);
  f(kServiceNames[8], &Services::telegram);
}

template <typename Member>
struct ContractOf;
template <typename Contract>
struct ContractOf<Contract * Services::*> {
  using type = Contract;
};
// api::Telegram of &Services::telegram.
template <typename Member>
using ContractAt = typename ContractOf<Member>::type;

template <typename Contract>
Contract& contract(const Services& services) {
  Contract* found = nullptr;
  each_service([&](const ServiceName&, auto member) {
    if constexpr (std::is_same_v<ContractAt<decltype(member)>, Contract>) found = services.*member;
  });
  return *found;
}

// The hook of a service that cannot be reached: every call answers with the same error.
class Absent {
 public:
  explicit Absent(Error error) : error_(std::move(error)) {}
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    co_return std::unexpected(error_);
  }

 private:
  Error error_;
};

template <typename Service>
std::unique_ptr<Service> absent(Error error) {
  return std::make_unique<typename api::ForwardOf<Absent, Service>::type>(
      std::make_shared<Absent>(std::move(error)));
}

}  // namespace tg::app
