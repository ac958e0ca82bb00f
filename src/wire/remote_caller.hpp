// A contract's calling end, type-erased: one request over HTTP, its reply or an error. Internal to
// wire. Thread-safe.
#pragma once

#include "api/forward.hpp"
#include "wire/fields.hpp"
#include "wire/remote.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

class RemoteCaller {
 public:
  RemoteCaller(RemoteSettings settings, std::shared_ptr<net::Client> client,
               std::shared_ptr<Credentials> credentials);

  // The hook of TG_FORWARD.
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    using Out = api::OutOf<M>;
    TG_CO_TRY(Outgoing request, write_request<M>(std::move(in)));
    TG_CO_TRY(Reply reply, co_await exchange(&api::endpoint_of<M>().spec, reply_kind<Out>(),
                                             std::move(call), std::move(request)));
    auto out = read_reply<Out>(std::move(reply));
    if (!out) co_return malformed(out.error().message);
    co_return std::move(out);
  }

 private:
  struct Limits {
    SteadyTime call;  // sent to the other process
    SteadyTime head;  // for the response head, and for a body that is read whole
  };
  Task<Result<Reply>> exchange(const api::Spec* spec, ReplyKind kind, api::Call call,
                               Outgoing outgoing);
  Task<Result<std::unique_ptr<net::ClientResponse>>> open(const api::Spec* spec, api::Call call,
                                                          Limits limits, Outgoing outgoing);
  Task<Result<std::string>> read_body(net::ClientResponse* response, SteadyTime until) const;
  std::unexpected<Error> malformed(std::string detail) const;
  std::unexpected<Error> late(std::string detail) const;
  // An error of the HTTP client in terms of the service.
  std::unexpected<Error> not_reached(const Error& error) const;

  const RemoteSettings settings_;
  const std::shared_ptr<net::Client> client_;
  const std::shared_ptr<Credentials> credentials_;
};

template <typename Service>
std::unique_ptr<Service> remote(RemoteSettings settings, std::shared_ptr<net::Client> client,
                                std::shared_ptr<Credentials> credentials) {
  return std::make_unique<typename api::ForwardOf<RemoteCaller, Service>::type>(
      std::make_shared<RemoteCaller>(std::move(settings), std::move(client),
                                     std::move(credentials)));
}

}  // namespace tg::wire
