// The hooks of TG_FORWARD for decorators and for the test mode through JSON. Internal to wire.
#pragma once

#include "api/forward.hpp"
#include "wire/around.hpp"
#include "wire/fields.hpp"
#include "wire/json_mode.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

template <auto M>
class TypedAttempt final : public Attempt {
 public:
  TypedAttempt(api::ServiceOf<M>& service, api::InOf<M> in)
      : service_(service), in_(std::move(in)) {}
  Task<Result<void>> run(api::Call call) override {
    auto answer = co_await (service_.*M)(std::move(call), std::move(in_));
    if (!answer) co_return std::unexpected(std::move(answer).error());
    out.emplace(*std::move(answer));
    co_return Result<void>();
  }

  std::optional<api::OutOf<M>> out;

 private:
  api::ServiceOf<M>& service_;
  api::InOf<M> in_;
};

template <typename Service>
class AroundHook {
 public:
  AroundHook(Service& inner, std::vector<std::shared_ptr<Around>> layers)
      : inner_(inner), layers_(std::move(layers)) {}
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    TypedAttempt<M> attempt(inner_, std::move(in));
    TG_CO_CHECK(co_await Next(layers_, api::endpoint_of<M>().spec, attempt)(call));
    co_return *std::move(attempt.out);
  }

 private:
  Service& inner_;
  const std::vector<std::shared_ptr<Around>> layers_;
};

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
std::unique_ptr<Service> around(Service& inner, std::vector<std::shared_ptr<Around>> layers) {
  using Hook = AroundHook<Service>;
  return std::make_unique<typename api::ForwardOf<Hook, Service>::type>(
      std::make_shared<Hook>(inner, std::move(layers)));
}

template <typename Service>
std::unique_ptr<Service> through_json(Service& inner) {
  using Hook = JsonHook<Service>;
  return std::make_unique<typename api::ForwardOf<Hook, Service>::type>(
      std::make_shared<Hook>(inner));
}

}  // namespace tg::wire
