// Parses `.env` files: KEY=value lines. Thread-safe.
//
//   # a comment
//   export AUTH_URL=http://auth:8001      # `export` and comments after a space are allowed
//   SERVICE_SECRET='as it stands, $ and \ too'
//   PEM="line one\nline two"              # in "..": \n \t \r \\ \" \$; both quotes may span lines
//
// There is no interpolation: `$` is an ordinary character. Input that shells and Docker interpret
// differently (duplicate keys, text after a closing quote, a space before `=`) is an error that
// states the line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg {

struct EnvLine {
  std::string key;
  std::string value;
  std::size_t line = 0;  // from 1
};

Result<std::vector<EnvLine>> parse_env_file(std::string_view text);

}  // namespace tg
