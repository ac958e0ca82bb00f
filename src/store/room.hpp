// What the program gives a service that keeps something: threads, time, and a folder of its own, in
// which it opens what it needs. What is opened belongs to the room, which is closed after the
// service has stopped.
//
//   TG_TRY(sql::Database* const database, room.database("retrieval"));
//
// Used by one thread, while the process starts; what it answers with is as thread-safe as its port.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/compute_pool.hpp"
#include "runtime/task.hpp"
#include "store/blob.hpp"
#include "store/bus.hpp"
#include "store/olap.hpp"
#include "store/sql.hpp"
#include "store/vec.hpp"

namespace tg::store {

class Room {
 public:
  Room(std::filesystem::path own, ComputePool& threads, const Clock& time, Executor loop)
      : folder(std::move(own)), pool(threads), clock(time), executor(loop) {}
  virtual ~Room() = default;
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  // A name is asked for once. Not migrated.
  virtual Result<sql::Database*> database(std::string name) = 0;
  // Of events that are appended in that database, which holds kOutboxTables.
  virtual Bus* bus(sql::Database& database) = 0;
  virtual Result<Blobs*> blobs(std::string name) = 0;
  virtual Result<SearchIndex*> index() = 0;
  virtual Result<UsageEvents*> usage_events() = 0;

  const std::filesystem::path folder;
  ComputePool& pool;
  const Clock& clock;
  const Executor executor;
};

}  // namespace tg::store
