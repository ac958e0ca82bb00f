// The error of a Result, for tests. Calling error() on a Result with a value is undefined: it may
// read remains of an earlier error, so that a test passes that should fail.
#pragma once

#include "base/error.hpp"

namespace tg {

template <typename T>
Error error_of(const Result<T>& result) {
  if (!result) return result.error();
  return {.reason = "there is no error", .message = "there is no error"};
}

}  // namespace tg
