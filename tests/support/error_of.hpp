// The error of a Result in a test. Asking a Result that holds a value for its error() is undefined:
// it may read what an earlier error has left there, so that a test passes which should fail.
#pragma once

#include "base/error.hpp"

namespace tg {

template <typename T>
Error error_of(const Result<T>& result) {
  if (!result) return result.error();
  return {.reason = "there is no error", .message = "there is no error"};
}

}  // namespace tg
