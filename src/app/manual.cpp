#include "app/manual.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/version.hpp"

namespace tg::app {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return !option->get_group().empty(); });
}

// A line that begins with '.' or '\'' would be a request; '-' and '\' have other meanings.
std::string roff(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_line_start = c == '\n';
  }
  return out;
}

// "-v,--verbose"; CLI11 appends the value that a flag sets: "--no-wait{false}".
std::string flag_names(const CLI::Option& option) {
  std::string names = option.get_name(false, true);
  while (true) {
    const std::size_t open = names.find('{');
    if (open == std::string::npos) return names;
    names.erase(open, names.find('}', open) + 1 - open);
  }
}

void write_option(std::string& out, const CLI::Option& option) {
  const bool is_positional = option.get_positional();
  std::string names = is_positional ? option.get_name(true, false) : flag_names(option);
  if (!is_positional && option.get_items_expected_max() > 0) names += " VALUE";
  out += fmt::format(".TP\n.B {}\n{}\n", roff(names), roff(option.get_description()));
}

void write_options(std::string& out, const CLI::App& app) {
  for (const CLI::Option* option : options_of(app)) {
    if (option != app.get_help_ptr() || app.get_parent() == nullptr) write_option(out, *option);
  }
}

void write_command(std::string& out, const CLI::App& command, const std::string& path) {
  const std::string name = path + " " + command.get_name();
  out += fmt::format(".SS {}\n{}.\n", roff(name.substr(1)), roff(command.get_description()));
  write_options(out, command);
  out += fmt::format(".PP\n{}\n", roff(command.get_footer()));
  for (const CLI::App* inner : commands_of(command)) write_command(out, *inner, name);
}

void write_environment(std::string& out) {
  out +=
      ".SH FILES\n.TP\n.I DATA/run/<service>.json\naddress of a running server, and the key of the "
      "folder's owner\n.TP\n.I DATA/<service>/\ndata of each service\n"
      ".SH SEE ALSO\nSettings: docs/configuration.md. HTTP API: /docs of a running server.\n";
}

// The subcommands and options of one command, separated by blanks.
std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* command : commands_of(app)) words += command->get_name() + ' ';
  for (const CLI::Option* option : options_of(app)) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + ' ';
  }
  return words;
}

// True if the command's arguments are files.
bool takes_files(const CLI::App& command) {
  for (const CLI::Option* option : options_of(command)) {
    const std::string name = option->get_single_name();
    if (option->get_positional() && (name == "FILE" || name == "FOLDER")) return true;
  }
  return false;
}

void bash_cases(std::string& out, const CLI::App& app, const CLI::App& root,
                const std::string& path) {
  for (const CLI::App* command : commands_of(app)) {
    const std::string here = path.empty() ? command->get_name() : path + ' ' + command->get_name();
    out += fmt::format("    '{}') words='{}{}'; files={} ;;\n", here, words_of(*command),
                       words_of(root).substr(words_of(root).find("--")), takes_files(*command));
    bash_cases(out, *command, root, here);
  }
}

std::string bash_script(const CLI::App& app) {
  std::string out =
      "# bash completion of telegnosis: source <(telegnosis completion bash)\n"
      "_telegnosis() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} path='' words files=false i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      --data|--url|--token) ((i++)) ;;\n"
      "      -*) ;;\n"
      "      *) path=\"$path ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  read -r path <<<\"$path\"\n"
      "  # The longest prefix that is a command; the rest are its arguments.\n"
      "  while :; do\n"
      "  case $path in\n";
  out += fmt::format("    '') words='{}' ;;\n", words_of(app));
  bash_cases(out, app, app, "");
  out +=
      "    *) path=${path% *}; continue ;;\n"
      "  esac\n"
      "  break\n"
      "  done\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  if $files && [[ $word != -* ]]; then COMPREPLY+=($(compgen -f -- \"$word\")); fi\n"
      "}\n"
      "complete -o filenames -F _telegnosis telegnosis\n";
  return out;
}

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

void fish_lines(std::string& out, const CLI::App& app, const std::string& condition) {
  for (const CLI::App* command : commands_of(app)) {
    out += fmt::format("complete -c telegnosis -f -n {} -a {} -d {}\n", shell_word(condition),
                       command->get_name(), shell_word(command->get_description()));
  }
}

void fish_options(std::string& out, const CLI::App& command, const std::string& condition) {
  for (const CLI::Option* option : options_of(command)) {
    for (const std::string& name : option->get_lnames()) {
      out += fmt::format("complete -c telegnosis -n {} -l {} -d {}\n", shell_word(condition), name,
                         shell_word(option->get_description()));
    }
  }
  if (takes_files(command))
    out += fmt::format("complete -c telegnosis -F -n {}\n", shell_word(condition));
}

std::string fish_script(const CLI::App& app) {
  std::string out = "# fish completion of telegnosis: telegnosis completion fish | source\n";
  fish_lines(out, app, "__fish_use_subcommand");
  fish_options(out, app, "true");
  for (const CLI::App* command : commands_of(app)) {
    const std::string seen = "__fish_seen_subcommand_from " + command->get_name();
    std::string inner_seen;
    for (const CLI::App* inner : commands_of(*command)) inner_seen += ' ' + inner->get_name();
    if (!inner_seen.empty()) {
      fish_lines(out, *command, seen + "; and not __fish_seen_subcommand_from" + inner_seen);
      for (const CLI::App* inner : commands_of(*command))
        fish_options(out, *inner, seen + "; and __fish_seen_subcommand_from " + inner->get_name());
    }
    fish_options(out, *command, seen);
  }
  return out;
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::string out = fmt::format(
      ".TH TELEGNOSIS 1 \"\" \"telegnosis {}\" \"User Commands\"\n.SH NAME\ntelegnosis \\- {}\n"
      ".SH SYNOPSIS\n.B telegnosis\n[\\-\\-data FOLDER] [\\-\\-url URL \\-\\-token TOKEN] COMMAND "
      "...\n.SH DESCRIPTION\n",
      version(), roff("ask your Telegram channels and get answers that cite their posts"));
  out += roff(app.get_footer()) + "\n.SH OPTIONS\n";
  write_options(out, app);
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(app)) write_command(out, *command, "");
  write_environment(out);
  return out;
}

Result<std::string> completion_script(const CLI::App& app, const std::string& shell) {
  if (shell == "bash") return bash_script(app);
  // zsh runs bash completions through an adapter.
  if (shell == "zsh") {
    return "#compdef telegnosis\n# zsh completion of telegnosis: source <(telegnosis completion "
           "zsh)\nautoload -Uz bashcompinit && bashcompinit\n" +
           bash_script(app);
  }
  if (shell == "fish") return fish_script(app);
  return invalid("SHELL", "must be bash, zsh or fish");
}

}  // namespace tg::app
