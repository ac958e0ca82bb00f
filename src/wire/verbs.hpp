// The HTTP verb of a row's method.
#pragma once

#include "api/endpoint.hpp"
#include "net/http.hpp"

namespace tg::wire {

constexpr net::Verb verb_of(api::Method method) {
  switch (method) {
    case api::Method::get:
      return net::Verb::get;
    case api::Method::post:
      return net::Verb::post;
    case api::Method::put:
      return net::Verb::put;
    case api::Method::delete_:
      return net::Verb::delete_;
  }
  return net::Verb::get;
}

}  // namespace tg::wire
