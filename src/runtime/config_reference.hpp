// Generates `.env.example` and docs/configuration.md from the settings tables. A test compares the
// files in the tree with them. Thread-safe.
#pragma once

#include <string>

#include "runtime/config.hpp"

namespace tg {

// Every key with its default, commented out, below its description.
std::string env_example(const Schema& schema);
// One section per module with a table: key, key in telegnosis.toml, default, allowed, description.
std::string configuration_page(const Schema& schema);

}  // namespace tg
