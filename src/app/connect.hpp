// Chooses the services that a command runs on: those of the gateway that the settings name
// (ClientSettings), those of the server that holds the data folder, or, if none does, services
// opened in this process on the folder itself.
//
//   TG_TRY(auto connection, connect(config, "ask"));
//   run_blocking(connection->services().gateway->query(...));
//
// Errors: Code::unavailable (a server holds the folder and does not answer), Code::conflict
// (another command has the folder open). Not thread-safe; the services are.
#pragma once

#include <memory>
#include <string>

#include "app/services.hpp"
#include "base/error.hpp"
#include "runtime/config.hpp"

namespace tg::app {

class Connection {
 public:
  virtual ~Connection() = default;
  virtual Services& services() = 0;  // valid as long as the connection
};

// `purpose` is the command's name, which the lock of the folder shows to other processes.
Result<std::unique_ptr<Connection>> connect(const Config& config, const std::string& purpose);

}  // namespace tg::app
