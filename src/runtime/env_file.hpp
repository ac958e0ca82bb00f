// Reads the text of a `.env` file: KEY=value lines.
//
//   # a comment
//   export AUTH_URL=http://auth:8001      # `export` is allowed, so is a comment after a blank
//   SERVICE_SECRET='as it stands, $ and \ too'
//   PEM="line one\nline two"              # in "..": \n \t \r \\ \" \$; both quotes may span lines
//
// Nothing is interpolated: `$` is a character. What shells and Docker read differently (a key
// twice, text after a closing quote, a blank before `=`) is refused with its line.
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
