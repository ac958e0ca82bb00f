#include "app/service_settings.hpp"

#include <algorithm>

#include "app/settings.hpp"
#include "app/version.hpp"

namespace tg::app {
namespace {

// A form's other fields and boundaries.
constexpr std::size_t kAroundUpload = 64 << 10;

std::string signing_secret(const AccountSettings& settings) {
  return settings.jwt_algorithm == TokenAlgorithm::hs256 ? settings.jwt_secret : std::string();
}

}  // namespace

auth::AuthSettings auth_settings(const Config& config) {
  const auto given = config.read<AccountSettings>();
  auth::AuthSettings settings;
  settings.access_token_lifetime = given.access_token_life;
  settings.refresh_token_lifetime = given.refresh_token_life;
  settings.session_lifetime = std::max(settings.session_lifetime, given.refresh_token_life);
  settings.jwt_secret = signing_secret(given);
  settings.registration_open = given.registration == Registration::open;
  settings.password_min_length = given.password_min_length;
  settings.lockout_after = given.login_lockout_after;
  settings.lockout_longest = given.login_lockout_time;
  return settings;
}

telegram::TelegramSettings telegram_settings(const HouseSettings& house) {
  const auto given = house.config.read<TelegramSettings>();
  telegram::TelegramSettings settings;
  settings.folder = house.data / "telegram";
  settings.import_folder = house.import_folder;
  settings.version = version();
  settings.preview_url = given.web_preview_url;
  const std::chrono::milliseconds by_limit(
      static_cast<std::int64_t>(1000 / given.telegram_rate_limit));
  // On Telegram's own site the limit may slow reading down, never hurry it: pages are no API.
  const bool is_own_server = given.web_preview_url != telegram::TelegramSettings{}.preview_url;
  settings.preview_pace = is_own_server ? by_limit : std::max(settings.preview_pace, by_limit);
  settings.proxy = given.telegram_proxy;
  settings.watch_interval = given.watch_interval;
  settings.watches = house.watches;
  return settings;
}

retrieval::RetrievalSettings retrieval_settings(const Config& config) {
  const auto given = config.read<RetrievalSettings>();
  return {.diversity = given.diversity,
          .context_words = given.context_words,
          .keep_history = given.keep_history,
          .history_days = given.history_retention.count()};
}

document::DocumentSettings document_settings(const Config& config) {
  return {.upload_limit = config.read<GatewaySettings>().max_upload_bytes.bytes};
}

std::size_t upload_body_limit(const Config& config) {
  return config.read<GatewaySettings>().max_upload_bytes.bytes + kAroundUpload;
}

gateway::AccessTokenSettings access_token_settings(const Config& config) {
  gateway::AccessTokenSettings settings;
  settings.jwt_secret = signing_secret(config.read<AccountSettings>());
  return settings;
}

gateway::RateLimitSettings rate_limit_settings(const Config& config) {
  const auto given = config.read<GatewaySettings>();
  const auto count = [](std::int64_t value) { return static_cast<std::uint32_t>(value); };
  gateway::RateLimitSettings settings;
  settings.per_minute = count(given.rate_limit_per_minute);
  settings.per_hour = count(given.rate_limit_per_hour);
  settings.per_day = count(given.rate_limit_per_day);
  settings.endpoints = {
      {"/generate", count(given.rate_limit_generate_per_minute),
       count(given.rate_limit_generate_per_hour)},
      {"/query", count(given.rate_limit_query_per_minute), count(given.rate_limit_query_per_hour)},
      {"/documents/upload", count(given.rate_limit_upload_per_minute),
       count(given.rate_limit_upload_per_hour)},
      {"/auth/login", count(given.rate_limit_login_per_minute),
       count(given.rate_limit_login_per_hour)}};
  return settings;
}

}  // namespace tg::app
