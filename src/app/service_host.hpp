// The services of this process, opened on one data folder, and stubs of those that other processes
// run. Commands use it when no server runs; `serve` mounts it.
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

// Exists in a data folder while `restore` fills it: an interrupted restore is not data.
inline constexpr const char* kRestoreMark = "restore.unfinished";

struct ServiceHostSettings {
  Config config;
  std::filesystem::path data;           // each service owns data/<service>/
  std::filesystem::path import_folder;  // whose files may be imported by path
  std::size_t loops = 1;
  std::size_t threads = 2;           // of the compute pool
  std::size_t compute_queue = 4096;  // large: reads queue up while the index is written
  std::string purpose = "serve";     // shown to processes that find the folder in use
  bool is_restore = false;           // otherwise a folder with an unfinished restore is refused
  bool watches = false;              // poll watched channels; only servers do
  std::vector<std::string> only;     // services of this process; empty: all nine
  // URLs of the other services; one that is in neither list cannot be reached.
  std::map<std::string, std::string> urls;
  std::shared_ptr<wire::Credentials> credentials;  // for calls to them; needed with urls
  std::shared_ptr<net::Client> client;             // for the same calls
};

class ServiceHost {
 public:
  // Locks the folders, opens and migrates databases, opens the index, resumes unfinished work.
  // Code::conflict if another process has a folder open or a restore is unfinished.
  static Result<std::unique_ptr<ServiceHost>> open(ServiceHostSettings settings);
  // Stops the services in reverse start order.
  ~ServiceHost();
  ServiceHost(const ServiceHost&) = delete;
  ServiceHost& operator=(const ServiceHost&) = delete;

  Services& services();
  bool runs_here(std::string_view service) const;
  Loops& loops();
  ComputePool& compute();
  const Clock& clock() const;
  const std::filesystem::path& data() const;
  // Ends streams that would otherwise stay open, and the jobs behind them, which resume at the next
  // start. To be called before connections are drained.
  void end_streams();
  // A new one-time token that creates the first admin; none if there is an admin or if auth runs in
  // another process.
  Result<std::optional<std::string>> setup_token();

  struct State;  // internal: service_host_state.hpp

 private:
  explicit ServiceHost(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace tg::app
