#include "api/endpoint.hpp"

#include <gtest/gtest.h>

namespace tg::api {
namespace {

template <typename Row>
concept CompilesWithoutScope =
    requires { Row{.name = "get", .method = Method::get, .path = "/", .repeatable = true}; };
template <typename Row>
concept CompilesWithScope = requires {
  Row{.name = "get", .method = Method::get, .path = "/", .needs = Scope::read, .repeatable = true};
};

TEST(Endpoint, RowWithoutAScopeDoesNotCompile) {
  static_assert(!CompilesWithoutScope<Spec>);
  static_assert(CompilesWithScope<Spec>);
  static_assert(!std::is_default_constructible_v<Needs>);
}

}  // namespace
}  // namespace tg::api
