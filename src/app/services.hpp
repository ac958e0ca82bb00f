// The contracts of all services, as commands and services receive them. Behind each is an object of
// this process, a stub that calls another process, or one that answers every call with the reason
// why the service cannot be reached; the holder of a Services cannot tell which.
//
//   each_service([&](const ServiceName& service, auto member) {
//     run_blocking((services.*member)->health(local_call(), {}));
//   });
//
// Thread-safe once it is filled: the contracts themselves are thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/gateway.hpp"
#include "api/generation.hpp"
#include "api/model.hpp"
#include "api/names.hpp"
#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"

namespace tg::app {

// No pointer is null once connect() or ServiceHost::open() has returned.
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
  // True if all services run in this process: an import can then name a path instead of sending
  // the file.
  bool in_process = false;
};

struct ServiceName {
  std::string_view name;         // in DATA/<name>/, run files, `--only`, errors
  std::string_view url_setting;  // its address, if another process runs it
  std::uint16_t port_offset;     // from --port-base
};

template <typename Contract>
struct ServiceRow {
  Contract* Services::* member;
  std::string_view url_setting;
};
template <typename Contract>
ServiceRow(Contract* Services::*, const char*) -> ServiceRow<Contract>;

// The table of services, in the order of their ports.
inline constexpr std::tuple kServiceRows{
    ServiceRow{&Services::gateway, "GATEWAY_URL"},
    ServiceRow{&Services::auth, "AUTH_URL"},
    ServiceRow{&Services::documents, "DOCUMENT_URL"},
    ServiceRow{&Services::embeddings, "EMBEDDING_URL"},
    ServiceRow{&Services::retrieval, "RETRIEVAL_URL"},
    ServiceRow{&Services::generation, "GENERATION_URL"},
    ServiceRow{&Services::models, "MODEL_URL"},
    ServiceRow{&Services::vectors, "VECTOR_URL"},
    ServiceRow{&Services::telegram, "TELEGRAM_URL"},
};

// The same, without the types.
inline constexpr std::array kServiceNames = std::apply(
    []<typename... Contracts>(const ServiceRow<Contracts>&... rows) {
      std::uint16_t offset = 0;
      return std::array{ServiceName{api::kServiceName<Contracts>, rows.url_setting, offset++}...};
    },
    kServiceRows);

// f(name, member) for each service; `member` is a pointer to member of Services.
template <typename F>
void each_service(F&& f) {
  std::apply(
      [&](const auto&... rows) {
        const ServiceName* name = kServiceNames.data();
        (f(*name++, rows.member), ...);
      },
      kServiceRows);
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

// Services that keep data of their own, which is checked, copied and erased.
template <typename Contract>
concept KeepsData = requires { &Contract::backup; };

// f(name, service) for each service that keeps data, until one fails. Producers before consumers:
// a consumer that is visited later has at least what its producer had, and receiving an event twice
// has no effect.
template <typename F>
Result<void> each_keeper(const Services& services, F&& f) {
  Result<void> done;
  const auto visit = [&]<typename Contract>(Contract* service) {
    if constexpr (KeepsData<Contract>) {
      if (done) done = f(api::kServiceName<Contract>, *service);
    }
  };
  visit(services.telegram);
  visit(services.documents);
  visit(services.vectors);
  each_service([&](const ServiceName&, auto member) {
    using Contract = ContractAt<decltype(member)>;
    if constexpr (!std::is_same_v<Contract, api::Telegram> &&
                  !std::is_same_v<Contract, api::Documents> &&
                  !std::is_same_v<Contract, api::Vectors>) {
      visit(services.*member);
    }
  });
  return done;
}

// Hook of a service that cannot be reached: every call returns the same error.
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
