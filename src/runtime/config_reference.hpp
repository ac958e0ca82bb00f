// The texts that are made from the settings' tables: `.env.example` and docs/configuration.md. A
// test compares them with the files in the tree.
#pragma once

#include <string>

#include "runtime/config.hpp"

namespace tg {

// Every key with its default, commented out, under its explanation.
std::string env_example(const Schema& schema);
// A chapter a module with a table: key, key in telegnosis.toml, default, allowed, explanation.
std::string configuration_page(const Schema& schema);

}  // namespace tg
