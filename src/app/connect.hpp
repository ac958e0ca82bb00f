// Which services a command runs over: those of the server at `url`, those of the server that holds
// the data folder, or, where none does, services opened in this process on the folder itself.
//
//   TG_TRY(auto connection, connect(config, {.purpose = "ask"}));
//   run_blocking(connection->services().gateway->query(...));
//
// Errors: unavailable (a server holds the folder and does not answer), conflict (a command has it).
#pragma once

#include <memory>
#include <string>

#include "app/services.hpp"
#include "base/error.hpp"
#include "runtime/config.hpp"

namespace tg::app {

struct ConnectOptions {
  std::string url;      // of a gateway; empty: none
  std::string token;    // an access token for `url`
  std::string purpose;  // the command, told to whoever finds the folder in use
};

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Services& services() = 0;
};

Result<std::unique_ptr<Connection>> connect(const Config& config, const ConnectOptions& options);

}  // namespace tg::app
