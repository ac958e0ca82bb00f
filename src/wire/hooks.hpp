// The hook of TG_FORWARD for the test mode through JSON. Internal to wire.
#pragma once

#include "api/forward.hpp"
#include "wire/fields.hpp"
#include "wire/json_mode.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

template <typename Service>
class JsonHook {
 public:
  explicit JsonHook(Service& inner) : inner_(inner) {}
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    TG_CO_TRY(Outgoing request, write_request<M>(std::move(in)));
    TG_CO_TRY(Input input, received(std::move(request)));
    json::Warnings warnings;
    TG_CO_TRY(auto read_in, bind<M>(input, warnings));
    TG_CO_TRY(auto out, co_await (inner_.*M)(std::move(call), std::move(read_in)));
    co_return read_reply<api::OutOf<M>>(
        write_reply(std::move(out), std::move(warnings), api::endpoint_of<M>().spec.status));
  }

 private:
  Service& inner_;
};

template <typename Service>
std::unique_ptr<Service> through_json(Service& inner) {
  using Hook = JsonHook<Service>;
  return std::make_unique<typename api::ForwardOf<Hook, Service>::type>(
      std::make_shared<Hook>(inner));
}

}  // namespace tg::wire
