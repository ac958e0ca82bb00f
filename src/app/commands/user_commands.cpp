// users add|list.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/password.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

constexpr std::int64_t kPage = 1000;

struct UserOptions {
  std::string email;
  std::string username;
  std::string full_name;
  std::string space;
  api::Role role = api::Role::user;
  bool is_admin = false;
  bool password_from_input = false;
};

// The part before '@'; the user can change it later.
std::string default_username(const std::string& email) {
  std::string name = email.substr(0, email.find('@'));
  return name.size() < 2 ? email : name;
}

int run_add(Services& services, const UserOptions& options) {
  auto password = options.password_from_input
                      ? password_from_input()
                      : ask_new_password(fmt::format("Password for {}: ", options.email));
  if (!password) return report(password.error());
  api::RegisterRequest request;
  request.email = options.email;
  request.username = options.username.empty() ? default_username(options.email) : options.username;
  if (!options.full_name.empty()) request.full_name = options.full_name;
  if (!options.space.empty()) request.space = options.space;
  request.password = *std::move(password);
  request.role = options.is_admin ? api::Role::admin : options.role;
  const auto user = run_blocking(services.auth->register_user(local_call(), std::move(request)));
  if (!user) return report(user.error());
  print(fmt::format("{}  {}  {}", user->id, printable(user->email), json::enum_word(user->role)));
  return 0;
}

Result<std::vector<api::User>> all_users(Services& services) {
  std::vector<api::User> users;
  while (true) {
    api::UsersQuery query;
    query.skip = static_cast<std::int64_t>(users.size());
    query.limit = kPage;
    TG_TRY(auto page, run_blocking(services.auth->users(local_call(), query)));
    users.insert(users.end(), page.items.begin(), page.items.end());
    if (page.items.empty() || static_cast<std::int64_t>(users.size()) >= page.total) return users;
  }
}

int run_list(Services& services, bool as_json) {
  const auto users = all_users(services);
  if (!users) return report(users.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*users)));
    return 0;
  }
  for (const api::User& user : *users) {
    print(fmt::format("{}  {:<6} {:<9} {:<12} {}", user.id, json::enum_word(user.role),
                      json::enum_word(user.status), printable(user.space), printable(user.email)));
  }
  if (users->empty()) print_note("no users yet: telegnosis users add you@example.org --admin");
  return 0;
}

}  // namespace

void add_user_commands(CommandLine& line) {
  CLI::App* users = line.add("users", "add and list user accounts",
                             "telegnosis users add you@example.org --admin")
                        ->require_subcommand(1);
  auto options = std::make_shared<UserOptions>();
  CLI::App* add = line.add("add", "create an account; prompts for the password",
                           "telegnosis users add ann@example.org --role viewer", users);
  add->add_option("EMAIL", options->email, "email address to log in with")->required();
  add->add_option("--username", options->username, "user name; the part before the @ if omitted");
  add->add_option("--name", options->full_name, "full name");
  add->add_option("--space", options->space, "space whose channels and documents the user can see");
  CLI::Option* role = add->add_option_function<std::string>(
                             "--role",
                             [options](const std::string& word) {
                               options->role = *json::enum_of<api::Role>(word);
                             },
                             "viewer (read only), user (may add content) or admin")
                          ->check(CLI::IsMember({"viewer", "user", "admin"}));
  add->add_flag("--admin", options->is_admin, "same as --role admin")->excludes(role);
  add->add_flag("--password-stdin", options->password_from_input,
                "read the password from standard input");
  line.over_services(add, [options](Services& services) { return run_add(services, *options); });

  CLI::App* list = line.add("list", "list user accounts", "telegnosis users list --json", users);
  const auto json = line.json_flag(list);
  line.over_services(list, [json](Services& services) { return run_list(services, *json); });
}

}  // namespace tg::app
