#include "app/settings.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "app/service_settings.hpp"
#include "runtime/config_reference.hpp"

namespace tg::app {
namespace {

std::string refusal(const std::map<std::string, std::string>& environment) {
  const auto config =
      Config::load(settings_schema(),
                   {.environment = environment, .env_file = "/dev/null", .toml_file = "/dev/null"});
  return config ? "accepted" : config.error().message;
}

TEST(Settings, TheSpecifiedDefaults) {
  const auto config =
      Config::load(settings_schema(), {.env_file = "/dev/null", .toml_file = "/dev/null"});
  ASSERT_TRUE(config) << config.error().message;
  const auto gateway = config->read<GatewaySettings>();
  EXPECT_EQ(gateway.rate_limit_per_minute, 100);
  EXPECT_EQ(gateway.rate_limit_per_hour, 2000);
  EXPECT_EQ(gateway.rate_limit_per_day, 20'000);
  EXPECT_EQ(gateway.max_upload_bytes.bytes, 50U << 20);
  const auto accounts = config->read<AccountSettings>();
  EXPECT_EQ(accounts.access_token_life, std::chrono::minutes(30));
  EXPECT_EQ(accounts.refresh_token_life, std::chrono::hours(168));
  EXPECT_EQ(accounts.registration, Registration::closed);
  EXPECT_EQ(config->read<ServerSettings>().listen_address, "127.0.0.1");
  EXPECT_EQ(config->read<TelegramSettings>().telegram_rate_limit, 2.0);
}

TEST(Settings, ReachTheServicesThatTheyAreFor) {
  auto config = Config::load(settings_schema(),
                             {.environment = {{"MAX_UPLOAD_BYTES", "2KB"},
                                              {"TELEGRAM_PROXY", "http://proxy.example:3128"}},
                              .env_file = "/dev/null",
                              .toml_file = "/dev/null"});
  ASSERT_TRUE(config) << config.error().message;
  const std::size_t limit = config->read<GatewaySettings>().max_upload_bytes.bytes;
  EXPECT_EQ(document_settings(*config).upload_limit, limit);
  EXPECT_GT(upload_body_limit(*config), limit) << "a form has more in it than the file";
  EXPECT_LT(upload_body_limit(*config), limit + (1 << 20));
  const HouseSettings house{.config = *config, .data = "/nowhere"};
  EXPECT_EQ(telegram_settings(house).proxy, "http://proxy.example:3128");
}

TEST(Settings, AnOpenAddressNeedsTlsOrAnExplicitWord) {
  EXPECT_TRUE(refusal({{"LISTEN_ADDRESS", "0.0.0.0"}}).contains("ALLOW_PLAIN_HTTP=true"));
  EXPECT_EQ(refusal({{"LISTEN_ADDRESS", "0.0.0.0"}, {"ALLOW_PLAIN_HTTP", "true"}}), "accepted");
  EXPECT_EQ(refusal({{"LISTEN_ADDRESS", "127.0.0.2"}}), "accepted");
  EXPECT_TRUE(refusal({{"TLS_KEY", "key.pem"}}).contains("TLS_CERTIFICATE"));
  EXPECT_EQ(refusal({{"LISTEN_ADDRESS", "::"}, {"TLS_KEY", "k"}, {"TLS_CERTIFICATE", "c"}}),
            "accepted");
}

TEST(Settings, NeighboursNeedTheSharedSecret) {
  EXPECT_TRUE(refusal({{"AUTH_URL", "http://auth:8001"}}).contains("SERVICE_SECRET"));
  EXPECT_EQ(refusal({{"AUTH_URL", "http://auth:8001"}, {"SERVICE_SECRET", std::string(32, 'x')}}),
            "accepted");
  const std::string message = refusal({{"SERVICE_SECRET", "short-secret"}});
  EXPECT_TRUE(message.contains("\"***\" is not allowed")) << message;
  EXPECT_FALSE(message.contains("short-secret"));
}

TEST(Settings, TokensOfASharedKeyNeedTheKey) {
  EXPECT_TRUE(refusal({{"JWT_ALGORITHM", "hs256"}}).contains("JWT_SECRET"));
  EXPECT_TRUE(refusal({{"ACCESS_TOKEN_LIFE", "1h"}, {"REFRESH_TOKEN_LIFE", "1h"}})
                  .contains("must be longer"));
}

TEST(Settings, NetworksAndOrigins) {
  for (const char* good : {"10.0.0.1", "10.0.0.0/8", "fd00::/8", "::1"}) {
    EXPECT_TRUE(is_network(good)) << good;
  }
  for (const char* bad : {"", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "::/129", "host"}) {
    EXPECT_FALSE(is_network(bad)) << bad;
  }
  EXPECT_TRUE(is_origin("https://example.org:8443"));
  EXPECT_FALSE(is_origin("https://example.org/"));
  EXPECT_FALSE(is_origin("*"));
}

// `TG_UPDATE=1 ctest -R unit.app` writes the files anew.
void expect_current(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(TG_SOURCE_FOLDER) / file;
  if (std::getenv("TG_UPDATE") != nullptr) std::ofstream(path) << text;
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  EXPECT_TRUE(found.str() == text)
      << file << " is not what the settings say: run TG_UPDATE=1 ctest -R unit.app";
}

TEST(Settings, TheReferenceInTheTreeIsCurrent) {
  expect_current(".env.example", env_example(settings_schema()));
  expect_current("docs/configuration.md", configuration_page(settings_schema()));
}

}  // namespace
}  // namespace tg::app
