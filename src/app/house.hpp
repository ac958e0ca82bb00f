// All services in this process, opened on one data folder: what commands use when no server runs,
// and what `serve` mounts. The only place that knows which class stands behind which contract.
#pragma once

#include <filesystem>
#include <memory>

#include "app/services.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/loops.hpp"

namespace tg::app {

struct HouseSettings {
  std::filesystem::path data;           // each service owns data/<service>/
  std::filesystem::path import_folder;  // for imports by path
  std::size_t threads = 2;              // of the compute pool
  std::string purpose = "serve";        // told to whoever finds the folder in use
};

class House {
 public:
  // Opens databases and index, migrates, goes on with unfinished work.
  static Result<std::unique_ptr<House>> open(HouseSettings settings);
  // Stops in the reverse order of starting.
  ~House();
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  Services& services();

 private:
  struct Rooms;
  explicit House(std::unique_ptr<Rooms> rooms);
  std::unique_ptr<Rooms> rooms_;
};

}  // namespace tg::app
