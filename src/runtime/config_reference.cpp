#include "runtime/config_reference.hpp"

#include <cctype>

#include <fmt/core.h>

namespace tg {
namespace {

std::string sentence(std::string text) {
  if (text.empty()) return text;
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.') text += '.';
  return text;
}

// Quoted only if a shell or a reader could misinterpret it.
std::string env_value(const std::string& value) {
  if (value.find_first_of(" #'\"\\$") == std::string::npos) return value;
  return "'" + value + "'";
}

// Wraps at spaces; each line starts with `start`.
std::string wrapped(std::string_view text, std::string_view start) {
  constexpr std::size_t kWidth = 100;
  std::string out;
  std::string line(start);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > kWidth && line.size() > start.size()) {
      out += line + "\n";
      line = start;
    }
    line += " ";
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + "\n";
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

constexpr std::string_view kPageStart =
    R"(# Configuration

<!-- Generated from the program's tables of settings; a test keeps it current. -->

The value of a setting comes from the first of these sources that has one:

1. a flag: its own (`--port-base 9000`), or `--set KEY=VALUE` for any key;
2. the environment: `KEY=VALUE`;
3. the file `.env` in the working directory;
4. the file `telegnosis.toml` in the working directory, otherwise `/etc/telegnosis/telegnosis.toml`
   (or `--config FILE`);
5. the default.

`telegnosis config` prints every value and its origin, with secrets masked. At start, invalid values are
refused, and so are unknown names given by a flag or in `telegnosis.toml`. As `.env` and the environment
are shared with other programs, an unknown name in `.env` is refused only if it has the prefix of a
setting, otherwise it is a warning; one in the environment is a warning if it is close to the name of a
setting. A secret `KEY` can also be given as `KEY_FILE`, the path of a file that contains it (a newline
at the end of the file is ignored). An empty value in the environment or in `.env` counts as not set.
Durations are written `250ms`, `30s`, `5m`, `12h`, `7d` or combined (`1h30m`), sizes `500KB`, `50MB`,
`2GB` (each unit is 1024 times the previous one), lists with commas.
)";

}  // namespace

std::string env_example(const Schema& schema) {
  std::string out =
      "# Every setting with its default. Copy to .env and uncomment what you change; the rules "
      "are\n"
      "# in docs/configuration.md. A secret KEY can also be given as KEY_FILE.\n";
  for (const KnownModule& module : schema.modules()) {
    out += fmt::format("\n# --- {}: {}\n", module.name, module.doc);
    for (const KnownSetting& setting : module.settings) {
      out += "\n" +
             wrapped(fmt::format("{} Allowed: {}.", sentence(setting.doc), setting.allowed), "#");
      out += fmt::format("#{}={}\n", setting.key,
                         setting.is_secret ? "" : env_value(setting.default_text));
    }
  }
  return out;
}

std::string configuration_page(const Schema& schema) {
  std::string out(kPageStart);
  for (const KnownModule& module : schema.modules()) {
    out += fmt::format("\n## {}\n\n{}\n\n", module.name, sentence(module.doc));
    out +=
        "| key | in telegnosis.toml | default | allowed | what it does |\n|---|---|---|---|---|\n";
    for (const KnownSetting& setting : module.settings) {
      const std::string key = setting.is_secret ? fmt::format("`{0}`, `{0}_FILE`", setting.key)
                                                : fmt::format("`{}`", setting.key);
      const std::string value =
          setting.default_text.empty() ? "" : fmt::format("`{}`", cell(setting.default_text));
      out += fmt::format("| {} | `{}` | {} | {} | {} |\n", key, setting.toml_key, value,
                         cell(setting.allowed), cell(setting.doc));
    }
  }
  return out;
}

}  // namespace tg
