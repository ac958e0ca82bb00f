// TG_FORWARD(Documents, get, list) defines DocumentsForward<Hook>, a Documents whose methods call
// hook->invoke<&Documents::get>(call, in). Remote clients, decorators and the JSON test mode are
// hooks, so that contract methods are not written twice. As thread-safe as the hook.
#pragma once

#include <memory>
#include <utility>

#include "api/endpoint.hpp"

namespace tg::api {

template <typename Hook, typename Service>
struct ForwardOf;  // specialised by TG_FORWARD: ForwardOf<Hook, Documents>::type

}  // namespace tg::api

#define TG_PARENS ()
#define TG_EXPAND(...) TG_EXPAND3(TG_EXPAND3(TG_EXPAND3(TG_EXPAND3(__VA_ARGS__))))
#define TG_EXPAND3(...) TG_EXPAND2(TG_EXPAND2(TG_EXPAND2(TG_EXPAND2(__VA_ARGS__))))
#define TG_EXPAND2(...) TG_EXPAND1(TG_EXPAND1(TG_EXPAND1(TG_EXPAND1(__VA_ARGS__))))
#define TG_EXPAND1(...) __VA_ARGS__
#define TG_FOR_EACH(macro, service, ...) \
  __VA_OPT__(TG_EXPAND(TG_FOR_EACH_STEP(macro, service, __VA_ARGS__)))
#define TG_FOR_EACH_STEP(macro, service, first, ...) \
  macro(service, first) __VA_OPT__(TG_FOR_EACH_AGAIN TG_PARENS(macro, service, __VA_ARGS__))
#define TG_FOR_EACH_AGAIN() TG_FOR_EACH_STEP
#define TG_FORWARD_METHOD(service, method)                                           \
  ::tg::Task<::tg::Result<::tg::api::OutOf<&service::method>>> method(               \
      ::tg::api::Call call, ::tg::api::InOf<&service::method> in) override {         \
    return hook_->template invoke<&service::method>(std::move(call), std::move(in)); \
  }
#define TG_COUNT_METHOD(service, method) +1

#define TG_FORWARD(service, ...)                                                                   \
  template <typename Hook>                                                                         \
  class service##Forward final : public service {                                                  \
   public:                                                                                         \
    explicit service##Forward(std::shared_ptr<Hook> hook) : hook_(std::move(hook)) {}              \
    TG_FOR_EACH(TG_FORWARD_METHOD, service, __VA_ARGS__)                                           \
   private:                                                                                        \
    std::shared_ptr<Hook> hook_;                                                                   \
  };                                                                                               \
  template <typename Hook>                                                                         \
  struct ForwardOf<Hook, service> {                                                                \
    using type = service##Forward<Hook>;                                                           \
  };                                                                                               \
  static_assert(                                                                                   \
      0 TG_FOR_EACH(TG_COUNT_METHOD, service, __VA_ARGS__) == decltype(kEndpoints<service>)::size, \
      "TG_FORWARD and the endpoint table of " #service " differ")
