// The commands, each a function over an opened house. Each answers with an exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "app/house.hpp"

namespace tg::app {

// The owner of the data folder, who needs no login.
api::Call local_call();

struct ImportOptions {
  std::vector<std::string> files;
  bool wait = true;
  bool json = false;
};
int run_import(House& house, const ImportOptions& options);

struct AskOptions {
  std::string question;
  std::int64_t top_k = 5;
  std::string channel;
  std::string since;
  std::string until;
  bool json = false;
};
int run_ask(House& house, const AskOptions& options);
int run_search(House& house, const AskOptions& options);

int run_channels_list(House& house, bool json);
int run_channels_remove(House& house, const std::string& name);
int run_documents_add(House& house, const std::vector<std::string>& files);
int run_documents_list(House& house, bool json);
int run_documents_remove(House& house, const std::string& id);
int run_jobs(House& house, bool wait, bool json);
int run_status(House& house, bool capabilities, bool json);
int run_fsck(House& house, bool json);
int run_erase(House& house);
int run_backup(House& house, const std::string& folder);
int run_export(House& house, const std::string& channel, const std::string& file);

}  // namespace tg::app
