// The caller of commands: the owner of the data folder, an admin who needs no login. In-process
// services see this principal; remote ones recognise the local key that is sent with the call.
#pragma once

#include "api/call.hpp"
#include "base/ids.hpp"

namespace tg::app {

// Each call gets a request id of its own. Thread-safe.
inline api::Call local_call() {
  return {
      .request_id = Uuid::random().text(),
      .principal = {
          .user_id = "local", .role = api::Role::admin, .space = "default", .is_service = false}};
}

}  // namespace tg::app
