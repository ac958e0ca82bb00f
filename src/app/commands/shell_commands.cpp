// version, completion, and the hidden commands manual, which generates docs/telegnosis.1, and
// login.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/manual.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/json.hpp"
#include "runtime/build_info.hpp"

namespace tg::app {

void add_shell_commands(CommandLine& line) {
  CLI::App* version = line.add("version", "print the version", "telegnosis version");
  const auto as_json = line.json_flag(version);
  line.choose(version, [as_json] {
    const BuildInfo& build = build_info();
    const json::Object out{{"version", build.version},
                           {"commit", build.commit},
                           {"compiler", build.compiler},
                           {"kind", build.kind}};
    print(*as_json ? json::to_pretty_text(json::Value(out)) : version_line());
    return 0;
  });

  auto shell = std::make_shared<std::string>();
  CLI::App* completion = line.add("completion", "print a completion script for your shell",
                                  "source <(telegnosis completion bash)");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  line.choose(completion, [&line, shell] {
    const auto script = completion_script(line.app(), *shell);
    if (!script) return report(script.error());
    print(*script);
    return 0;
  });

  CLI::App* login = line.add("login", "log in with a Telegram account", "telegnosis login");
  login->group("");  // hidden: not supported by this version
  line.choose(login, [] {
    const Error error = not_implemented("login").error();
    print_note(fmt::format("telegnosis: {} ({})", error.message, error.reason));
    return static_cast<int>(ExitCode::failed);
  });

  CLI::App* manual = line.add("manual", "print the manual page", "telegnosis manual | man -l -");
  manual->group("");  // for packagers
  line.choose(manual, [&line] {
    print(manual_page(line.app()));
    return 0;
  });
}

}  // namespace tg::app
