// DATA/run/<service>.json: how a command finds the server that holds a service's data. It carries
// the key of the data folder's owner, so it is for the owner alone (0600); it is written whole and
// removed at the end. One that a killed server left behind is told by the folder's lock, which went
// with the process.
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
  std::string fingerprint;  // of its certificate, which is for another name; empty without TLS
  std::int64_t process = 0;
  std::string key;  // of the local admin: Authorization: Bearer <key>
  std::string version;
  UnixMillis started_at;
};
BOOST_DESCRIBE_STRUCT(RunFile, (), (service, url, fingerprint, process, key, version, started_at))

Result<void> write_run_file(const std::filesystem::path& data, const RunFile& file);
void remove_run_file(const std::filesystem::path& data, std::string_view service);
// Of a server that lives; nothing where there is no file, or where its process has gone.
Result<std::optional<RunFile>> read_run_file(const std::filesystem::path& data,
                                             std::string_view service);

}  // namespace tg::app
