#include "app/settings.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "app/configuration.hpp"
#include "app/listener.hpp"
#include "base/text.hpp"
#include "runtime/config_reference.hpp"
#include "service/auth/auth_settings.hpp"
#include "service/gateway/gateway_settings.hpp"
#include "service/retrieval/retrieval_settings.hpp"
#include "service/telegram/telegram_settings.hpp"

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
  const auto gateway = config->read<gateway::GatewaySettings>();
  EXPECT_EQ(gateway.rate_limit_per_minute, 100U);
  EXPECT_EQ(gateway.rate_limit_per_hour, 2000U);
  EXPECT_EQ(gateway.rate_limit_per_day, 20'000U);
  EXPECT_EQ(gateway.max_upload_bytes.bytes, 50U << 20);
  const auto accounts = config->read<auth::AuthSettings>();
  EXPECT_EQ(accounts.access_token_life, std::chrono::minutes(30));
  EXPECT_EQ(accounts.refresh_token_life, std::chrono::hours(168));
  EXPECT_EQ(accounts.registration, auth::Registration::closed);
  EXPECT_EQ(config->read<ServerSettings>().listen_address, "127.0.0.1");
  EXPECT_EQ(config->read<telegram::TelegramSettings>().telegram_rate_limit, 2.0);
}

// Gives each setting in turn a value other than its default. No setting is named here: new ones are
// covered because they are in a table.
class EachSetting : public testing::Test {
 protected:
  using Groups =
      boost::mp11::mp_list<ServerSettings, DataSettings, log::Settings, ServiceSettings,
                           auth::AuthSettings, gateway::GatewaySettings, telegram::TelegramSettings,
                           retrieval::RetrievalSettings, ClientSettings>;

  static Config load(std::map<std::string, std::string> more) {
    // Settings that others require.
    more.insert({{"TLS_CERTIFICATE", "some.crt"},
                 {"TLS_KEY", "some.key"},
                 {"JWT_ALGORITHM", "hs256"},
                 {"JWT_SECRET", std::string(32, 'j')},
                 {"SERVICE_SECRET", std::string(32, 's')},
                 {"TELEGNOSIS_URL", "https://ask.example"}});
    auto config = Config::load(
        settings_schema(),
        {.environment = std::move(more), .env_file = "/dev/null", .toml_file = "/dev/null"});
    if (!config) throw std::runtime_error(config.error().message);
    return *std::move(config);
  }

  // A value other than `present` that is allowed.
  static std::string other_value(const KnownSetting& setting, const std::string& present) {
    std::vector<std::string> tries = {"true", "9",   "7s",  "50m",
                                      "3d",   "2KB", "0.7", "http://other.example:3128"};
    for (const char* more : {"127.0.0.9", "https://page.example", "some words that are a secret"})
      tries.emplace_back(more);
    tries.push_back(std::string(40, 'x'));
    for (const std::string_view word : text::split(setting.allowed, ' '))
      tries.emplace_back(word.substr(0, word.find(',')));
    for (const std::string& text : tries) {
      const auto canonical = setting.canonical(text);
      if (canonical && *canonical != present) return text;
    }
    throw std::runtime_error("no other value of " + setting.key + " is known here");
  }

  // f(setting, the group before and after, pointer to its member) for every setting there is.
  template <typename F>
  void each(F f) const {
    boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, Groups>>([&](auto type) {
      using Group = typename decltype(type)::type;
      setting::for_each_line<Group>([&](const Setting& line, auto member) {
        const KnownSetting& known = *settings_schema().find(key_of(line));
        const Group before = before_.read<Group>();
        const Config after =
            load({{known.key, other_value(known, setting::write(before.*member))}});
        f(known, before, after, member);
      });
    });
  }

  const Config before_ = load({});
};

TEST_F(EachSetting, ArrivesInItsOwnMemberAndInNoOther) {
  std::size_t count = 0;
  each([&]<typename Group>(const KnownSetting& setting, const Group& before, const Config& after,
                           auto member) {
    ++count;
    const auto read = after.read<Group>();
    EXPECT_NE(setting::write(read.*member), setting::write(before.*member)) << setting.key;
    setting::for_each_line<Group>([&](const Setting& line, auto other) {
      if (key_of(line) == setting.key) return;
      EXPECT_EQ(setting::write(read.*other), setting::write(before.*other))
          << setting.key << " has changed " << line.field;
    });
  });
  std::size_t known = 0;
  for (const KnownModule& module : settings_schema().modules()) known += module.settings.size();
  EXPECT_EQ(count, known) << "a group of the schema is missing in this test";
}

// What the program derives from its own settings for its parts; services get their struct itself.
std::string handed_on(const Config& config) {
  const ServiceHostSettings host = service_host_settings(config, {});
  std::string text = fmt::format("{} {} {} {} {}", host.data.string(), host.import_folder.string(),
                                 host.loops, host.threads, host.compute_queue);
  for (const auto& [service, url] : host.urls) text += fmt::format(" {}={}", service, url);
  for (const ServiceName& service : {kServiceNames[0], kServiceNames[1]}) {
    const net::ServerSettings port = listening(config.read<ServerSettings>(), service);
    text += fmt::format(" [{} {} {} {} {} {} {} {} {} {}]", port.address, port.port,
                        port.head_time.count(), port.body_time.count(), port.idle_time.count(),
                        port.write_time.count(), port.connections, port.certificate.string(),
                        port.key.string(), port.connections);
  }
  return text;
}

TEST_F(EachSetting, OfTheProgramIsHandedOn) {
  const std::string before = handed_on(before_);
  // Read where they are used, or by check_settings() alone.
  const std::set<std::string> by_name = {"ALLOW_PLAIN_HTTP", "DRAIN_DELAY", "DRAIN_TIME",
                                         "SERVICE_SECRET"};
  each([&](const KnownSetting& setting, const auto&, const Config& after, auto) {
    if (!std::set<std::string>{"server", "data", "services"}.contains(setting.module)) return;
    EXPECT_NE(handed_on(after) != before, by_name.contains(setting.key)) << setting.key;
  });
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

TEST(Settings, AnAccessTokenNeedsTheServerThatItIsFor) {
  EXPECT_TRUE(refusal({{"TELEGNOSIS_TOKEN", "t"}}).contains("TELEGNOSIS_URL"));
  EXPECT_EQ(refusal({{"TELEGNOSIS_URL", "https://ask.example"}, {"TELEGNOSIS_TOKEN", "t"}}),
            "accepted");
  EXPECT_TRUE(refusal({{"TELEGNOSIS_URL", "ask.example"}}).contains("TELEGNOSIS_URL"));
}

TEST(Settings, TokensOfASharedKeyNeedTheKey) {
  EXPECT_TRUE(refusal({{"JWT_ALGORITHM", "hs256"}}).contains("JWT_SECRET"));
  EXPECT_TRUE(refusal({{"ACCESS_TOKEN_LIFE", "1h"}, {"REFRESH_TOKEN_LIFE", "1h"}})
                  .contains("must be longer"));
}

// `TG_UPDATE=1 ctest -R unit.app` rewrites the files.
void expect_current(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(TG_SOURCE_FOLDER) / file;
  if (std::getenv("TG_UPDATE") != nullptr) std::ofstream(path) << text;
  std::ostringstream found;
  found << std::ifstream(path).rdbuf();
  EXPECT_TRUE(found.str() == text) << file << " is outdated: run TG_UPDATE=1 ctest -R unit.app";
}

TEST(Settings, TheReferenceInTheTreeIsCurrent) {
  expect_current(".env.example", env_example(settings_schema()));
  expect_current("docs/configuration.md", configuration_page(settings_schema()));
}

}  // namespace
}  // namespace tg::app
