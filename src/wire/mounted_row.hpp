// One row of a contract as it is served, type-erased: mount() creates one for every method.
// Internal to wire. Thread-safe after construction.
#pragma once

#include <functional>
#include <span>

#include "api/names.hpp"
#include "wire/fields.hpp"
#include "wire/mount.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

struct MountedRow {
  const api::Spec* spec = nullptr;
  std::string_view service;
  std::span<const Field> fields;
  std::string_view upload_field;  // empty: takes no file
  std::shared_ptr<Admission> admission;
  MountOptions options;
  // Binds the input and calls the method.
  std::function<Task<Result<Reply>>(api::Call, Input)> call;
};

// Throws std::logic_error if two rows have the same verb and path.
void mount_row(net::Router& router, MountedRow row);

template <auto M>
Task<Result<Reply>> call_row(api::ServiceOf<M>* service, api::Call call, Input input) {
  json::Warnings warnings;
  TG_CO_TRY(auto in, bind<M>(input, warnings));
  TG_CO_TRY(auto out, co_await (service->*M)(std::move(call), std::move(in)));
  co_return write_reply(std::move(out), std::move(warnings), api::endpoint_of<M>().spec.status);
}

template <typename Service>
void mount(net::Router& router, Service& service, std::shared_ptr<Admission> admission,
           MountOptions options) {
  api::kEndpoints<Service>.each([&]<auto M>(const api::Endpoint<M>& row) {
    if (options.gateway_only && !row.spec.through_gateway) return;
    mount_row(router, {.spec = &row.spec,
                       .service = api::kServiceName<Service>,
                       .fields = kFields<M>,
                       .upload_field = upload_field<M>(),
                       .admission = admission,
                       .options = options,
                       .call = [&service](api::Call call, Input input) {
                         return call_row<M>(&service, std::move(call), std::move(input));
                       }});
  });
}

}  // namespace tg::wire
