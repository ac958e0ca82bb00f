// DATA/run/<service>.json: how a command finds the server that holds a service's data. It contains
// the key of the data folder's owner, so only the owner may read it (0600). It is written
// atomically and removed at shutdown; one that a killed server left behind is recognised by the
// folder's lock, which ended with the process. Thread-safe.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace tg::app {

struct RunFile {
  std::string service;
  std::string url;          // http://127.0.0.1:8008
  std::string fingerprint;  // of its certificate; empty without TLS
  std::int64_t process = 0;
  std::string key;  // the local admin's: Authorization: Bearer <key>
  std::string version;
  UnixMillis started_at;
};
BOOST_DESCRIBE_STRUCT(RunFile, (), (service, url, fingerprint, process, key, version, started_at))

Result<void> write_run_file(const std::filesystem::path& data, const RunFile& file);
void remove_run_file(const std::filesystem::path& data, std::string_view service);
// The file of a running server; none if there is no file or its process has ended.
Result<std::optional<RunFile>> read_run_file(const std::filesystem::path& data,
                                             std::string_view service);

}  // namespace tg::app
