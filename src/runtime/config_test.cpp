#include "runtime/config.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "runtime/config_reference.hpp"

namespace tg {
namespace {

using namespace std::chrono_literals;

enum class Mode { fast, careful };
BOOST_DESCRIBE_ENUM(Mode, fast, careful)

struct DoorSettings {
  int limit_per_minute = 100;
  std::chrono::seconds idle = 75s;
  Mode mode = Mode::fast;
  std::vector<std::string> origins;
  std::string service_secret;
  std::string url = "http://a|b";
  int by_code = 3;
};
BOOST_DESCRIBE_STRUCT(DoorSettings, (),
                      (limit_per_minute, idle, mode, origins, service_secret, url, by_code))
constexpr auto settings_of(const DoorSettings*) {
  return settings(
      "door", "the door", Setting("limit_per_minute").about("requests a minute").range(1, 1000),
      Setting("idle").env("DOOR_IDLE").between("1s", "1d").about("how long"),
      Setting("mode").env("DOOR_MODE"), Setting("origins").env("DOOR_ORIGINS"),
      Setting("service_secret").secret().about("shared by all"), Setting("url").env("DOOR_URL"));
}
Result<void> check_settings(const DoorSettings& settings) {
  if (settings.mode == Mode::careful && settings.service_secret.empty()) {
    return invalid("DOOR_MODE", "careful needs SERVICE_SECRET");
  }
  return {};
}

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() : folder_(::testing::TempDir() + "/config_test." + std::to_string(::getpid())) {
    std::filesystem::create_directories(folder_);
    schema_.add<DoorSettings>();
    sources_.env_file = write(".env", "");
    sources_.toml_file = write("telegnosis.toml", "");
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }
  void toml(std::string_view text) { write("telegnosis.toml", text); }
  void env_file(std::string_view text) { write(".env", text); }
  void flag(std::string_view text) { sources_.flags.push_back(parse_set_flag(text).value()); }

  DoorSettings load() {
    auto config = Config::load(schema_, sources_);
    EXPECT_TRUE(config) << config.error().message;
    return config ? config->read<DoorSettings>() : DoorSettings{};
  }
  // The message, without the folder.
  std::string refusal() {
    const auto config = Config::load(schema_, sources_);
    if (config) return "accepted";
    std::string message = config.error().message;
    const std::string folder = folder_.string() + "/";
    for (std::size_t at = message.find(folder); at != std::string::npos; at = message.find(folder))
      message.erase(at, folder.size());
    const std::string_view start = "the configuration is not usable\n  ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  }
  ConfigEntry entry(std::string_view key) {
    const auto config = Config::load(schema_, sources_);
    if (config) {
      for (const ConfigEntry& found : config->entries()) {
        if (found.key == key) return found;
      }
    }
    ADD_FAILURE() << "no entry " << key;
    return {};
  }

  std::filesystem::path folder_;
  Schema schema_;
  ConfigSources sources_;
};

TEST_F(ConfigTest, DefaultsAreTheStructsOwn) {
  const DoorSettings door = load();
  EXPECT_EQ(door.limit_per_minute, 100);
  EXPECT_EQ(door.by_code, 3);
  EXPECT_EQ(entry("DOOR_IDLE").value, "1m15s");
  EXPECT_EQ(entry("DOOR_IDLE").origin, "default");
}

TEST_F(ConfigTest, EachSourceBeatsTheOnesBelow) {
  toml("[door]\nlimit_per_minute = 2\n");
  EXPECT_EQ(load().limit_per_minute, 2);
  EXPECT_EQ(entry("LIMIT_PER_MINUTE").origin, (folder_ / "telegnosis.toml").string() + ":2");
  env_file("\nLIMIT_PER_MINUTE=3");
  EXPECT_EQ(load().limit_per_minute, 3);
  EXPECT_EQ(entry("LIMIT_PER_MINUTE").origin, (folder_ / ".env").string() + ":2");
  sources_.environment["LIMIT_PER_MINUTE"] = "4";
  EXPECT_EQ(load().limit_per_minute, 4);
  EXPECT_EQ(entry("LIMIT_PER_MINUTE").origin, "environment");
  flag("door.limit_per_minute=5");
  EXPECT_EQ(load().limit_per_minute, 5);
  EXPECT_EQ(entry("LIMIT_PER_MINUTE").origin, "--set");
}

TEST_F(ConfigTest, EmptyInTheEnvironmentIsNotSet) {
  toml("door.mode = \"careful\"\ndoor.service_secret = \"s\"\n");
  env_file("DOOR_MODE=\n");
  sources_.environment["DOOR_MODE"] = "";
  EXPECT_EQ(load().mode, Mode::careful);
}

TEST_F(ConfigTest, TomlHasListsAndNumbers) {
  toml("[door]\norigins = [\"https://a\", \"https://b\"]\nidle = \"5m\"\n");
  EXPECT_EQ(load().origins, (std::vector<std::string>{"https://a", "https://b"}));
  EXPECT_EQ(load().idle, 300s);
  toml("[door]\norigins = [1]\n");
  EXPECT_EQ(refusal(),
            "door.origins (telegnosis.toml:2): value: must be a list of strings without commas");
  toml("[door\n");
  EXPECT_TRUE(refusal().starts_with("telegnosis.toml:1: ")) << refusal();
}

TEST_F(ConfigTest, BadValuesAreAllToldAtOnce) {
  sources_.environment["LIMIT_PER_MINUTE"] = "many";
  flag("DOOR_MODE=slow");
  env_file("DOOR_IDLE=75");
  EXPECT_EQ(
      refusal(),
      "DOOR_IDLE (.env:1): \"75\" is not allowed; allowed: a duration such as 250ms, 30s, 5m, "
      "12h or 7d, from 1s to 1d\n"
      "  DOOR_MODE (--set): \"slow\" is not allowed; allowed: one of fast, careful\n"
      "  LIMIT_PER_MINUTE (environment): \"many\" is not allowed; allowed: a whole number from "
      "1 to 1000");
}

TEST_F(ConfigTest, UnknownKeysAreRefusedWithTheNearest) {
  toml("[door]\nlimit_per_minut = 2\n[dor]\n");
  EXPECT_EQ(refusal(),
            "door.limit_per_minut (telegnosis.toml:2) is not known; did you mean "
            "door.limit_per_minute?");
  toml("[other]\nx = 1\n");
  EXPECT_EQ(refusal(),
            "other.x (telegnosis.toml:2) is not known; `telegnosis config` lists all settings");
  toml("");
  flag("DOOR_MOED=fast");
  EXPECT_EQ(refusal(), "DOOR_MOED (--set) is not known; did you mean DOOR_MODE?");
}

TEST_F(ConfigTest, ForeignKeysOfAnEnvFileOnlyWarn) {
  env_file("DOOR_COLOUR=red\n");
  EXPECT_EQ(refusal(), "DOOR_COLOUR (.env:1) is not known; `telegnosis config` lists all settings");
  env_file("POSTGRES_PASSWORD=x\n");
  sources_.environment = {{"LIMIT_PER_MINUTES", "5"}, {"HOME", "/root"}, {"DOOR_PORT", "tcp://"}};
  const auto config = Config::load(schema_, sources_);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->warnings().size(), 2U);
  EXPECT_TRUE(config->warnings()[0].starts_with("POSTGRES_PASSWORD"));
  EXPECT_EQ(config->warnings()[1],
            "LIMIT_PER_MINUTES (environment) is not known; did you mean LIMIT_PER_MINUTE?");
}

TEST_F(ConfigTest, SecretsComeFromFilesToo) {
  const auto file = write("secret", "s3cret\n");
  sources_.environment["SERVICE_SECRET_FILE"] = file.string();
  EXPECT_EQ(load().service_secret, "s3cret");
  EXPECT_EQ(entry("SERVICE_SECRET").value, "***");
  EXPECT_EQ(entry("SERVICE_SECRET").origin, file.string() + " (environment)");
  sources_.environment["SERVICE_SECRET"] = "x";
  EXPECT_EQ(refusal(),
            "SERVICE_SECRET and SERVICE_SECRET_FILE (environment): only one of them may be set");
  sources_.environment.erase("SERVICE_SECRET");
  flag("SERVICE_SECRET=from the flag");
  EXPECT_EQ(load().service_secret, "from the flag");
}

TEST_F(ConfigTest, AMissingSecretFileIsToldWithItsName) {
  toml("[door]\nservice_secret_file = \"/nowhere/x\"\n");
  EXPECT_EQ(refusal(),
            "door.service_secret_file (telegnosis.toml:2): open /nowhere/x: No such file or "
            "directory");
  toml("");
  env_file("DOOR_MODE_FILE=/nowhere/x\n");
  EXPECT_TRUE(refusal().starts_with("DOOR_MODE_FILE (.env:1) is not known")) << "no secret";
}

TEST_F(ConfigTest, WhatHoldsBetweenSettingsIsChecked) {
  flag("DOOR_MODE=careful");
  EXPECT_EQ(refusal(), "DOOR_MODE: careful needs SERVICE_SECRET");
}

TEST_F(ConfigTest, NamedFilesMustExist) {
  sources_.toml_file = folder_ / "absent.toml";
  EXPECT_EQ(refusal(), "open absent.toml: No such file or directory");
}

TEST_F(ConfigTest, FilesThatNobodyNamedAndThatCannotBeReadAreIgnored) {
  const std::filesystem::path before = std::filesystem::current_path();
  sources_.toml_file.reset();
  sources_.env_file.reset();
  const auto load_in = [&](const std::string& name) {
    std::filesystem::current_path(folder_ / name);
    auto config = Config::load(schema_, sources_);
    std::filesystem::current_path(before);
    EXPECT_TRUE(config) << config.error().message;
    return config ? config->warnings() : std::vector<std::string>();
  };
  // Names that cannot be looked up, as in a folder that this user may not search.
  std::filesystem::create_directories(folder_ / "loops");
  for (const char* name : {".env", "telegnosis.toml"})
    std::filesystem::create_symlink(name, folder_ / "loops" / name);
  EXPECT_TRUE(load_in("loops").empty());
  // Names that exist and cannot be read, even by root.
  std::filesystem::create_directories(folder_ / "folders" / ".env");
  std::filesystem::create_directories(folder_ / "folders" / "telegnosis.toml");
  EXPECT_EQ(load_in("folders"),
            (std::vector<std::string>{"read telegnosis.toml: Is a directory; the file is ignored",
                                      "read .env: Is a directory; the file is ignored"}));
}

TEST_F(ConfigTest, TwoModulesCannotShareAKey) {
  EXPECT_THROW(schema_.add<DoorSettings>(), std::logic_error);
}

TEST_F(ConfigTest, TheReferenceShowsEverySetting) {
  const std::string example = env_example(schema_);
  EXPECT_TRUE(
      example.contains("\n# Requests a minute. Allowed: a whole number from 1 to 1000.\n"
                       "#LIMIT_PER_MINUTE=100\n"))
      << example;
  EXPECT_TRUE(example.contains("#SERVICE_SECRET=\n"));
  const std::string page = configuration_page(schema_);
  EXPECT_TRUE(page.contains("| `DOOR_IDLE` | `door.idle` | `1m15s` |")) << page;
  EXPECT_TRUE(page.contains("`SERVICE_SECRET`, `SERVICE_SECRET_FILE`"));
  EXPECT_TRUE(page.contains("`http://a\\|b`"));
}

TEST(NearestName, FindsSlipsOnly) {
  const std::vector<std::string> names = {"LOG_LEVEL", "LOG_FORMAT", "HOST"};
  EXPECT_EQ(nearest_name("LOG_LEVLE", names), "LOG_LEVEL");
  EXPECT_EQ(nearest_name("LOGFORMT", names), "LOG_FORMAT");
  EXPECT_EQ(nearest_name("HOME", names), std::nullopt);
  EXPECT_EQ(nearest_name("HOTS", names), "HOST");
}

}  // namespace
}  // namespace tg
