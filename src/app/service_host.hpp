// The services of this process, opened on one data folder, and stubs of those that other processes
// run. What commands use when no server runs, and what `serve` mounts.
//
//   TG_TRY(auto host, ServiceHost::open(service_host_settings(config, {})));
//   run_blocking(host->services().gateway->query(call, question));
//
// Thread-safe after open().
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/services.hpp"
#include "net/client.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/config.hpp"
#include "runtime/loops.hpp"
#include "wire/remote.hpp"

namespace tg::app {

// In a data folder while `restore` fills it: what a killed one has left is no data.
inline constexpr const char* kRestoreMark = "restore.unfinished";

struct ServiceHostSettings {
  Config config;
  std::filesystem::path data;           // each service owns data/<service>/
  std::filesystem::path import_folder;  // for imports by path
  std::size_t loops = 1;
  std::size_t threads = 2;           // of the compute pool
  std::size_t compute_queue = 4096;  // room for reads that wait while the index is written
  std::string purpose = "serve";     // told to whoever finds the folder in use
  bool is_restore = false;           // else a folder with half a restore is refused
  bool watches = false;              // whether watched channels are read: by servers
  std::vector<std::string> only;     // services of this process; empty: all nine
  // Where the others are, by service; one that is in neither list cannot be reached.
  std::map<std::string, std::string> urls;
  std::shared_ptr<wire::Credentials> credentials;  // for calls to them; needed with urls
  std::shared_ptr<net::Client> client;             // for the same
};

class ServiceHost {
 public:
  // Locks the folders, opens databases and index, migrates, goes on with unfinished work.
  static Result<std::unique_ptr<ServiceHost>> open(ServiceHostSettings settings);
  // Stops in the reverse order of starting.
  ~ServiceHost();
  ServiceHost(const ServiceHost&) = delete;
  ServiceHost& operator=(const ServiceHost&) = delete;

  Services& services();
  bool runs_here(std::string_view service) const;
  Loops& loops();
  ComputePool& compute();
  const Clock& clock() const;
  const std::filesystem::path& data() const;
  // Ends streams that would go on for ever, and the jobs behind them, which go on at the next
  // start: before a server is drained.
  void end_streams();
  // The one-time token that makes the first admin: new each time; nothing where there is an admin
  // already, or where auth runs elsewhere.
  Result<std::optional<std::string>> setup_token();

  struct State;  // internal: service_host_state.hpp

 private:
  explicit ServiceHost(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tg::app
