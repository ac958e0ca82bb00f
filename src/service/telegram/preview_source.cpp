#include "service/telegram/preview_source.hpp"

#include <charconv>

#include <fmt/core.h>

#include "service/telegram/telegram_settings.hpp"

namespace tg::telegram {
namespace {

net::ClientSettings client_settings(std::string_view base_url, std::string proxy) {
  return {.per_host = 4,
          .body_limit = 4 << 20,
          .public_addresses_only = base_url == kPublicPreview,
          .proxy = std::move(proxy),
          .user_agent = "Mozilla/5.0 (compatible; Telegnosis; reads public channels for its user)"};
}

std::optional<std::chrono::seconds> retry_after(const net::Response& response) {
  const std::string_view text = response.headers.get("Retry-After");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, 86'400));
}

std::unexpected<Error> refused(const net::Response& response) {
  if (response.status == 429) {
    auto error =
        fail(Code::rate_limited, "preview.rate_limited", "Telegram limits the rate of requests");
    error.error().retry_after = retry_after(response);
    return error;
  }
  auto error =
      fail(Code::bad_gateway, response.status >= 500 ? "preview.unavailable" : "preview.refused",
           fmt::format("Telegram's web preview answered {}", response.status));
  error.error().retry_after = retry_after(response);
  return error;
}

}  // namespace

PreviewSource::PreviewSource(std::string base_url, std::string proxy, ComputePool& pool,
                             const Clock& clock)
    : base_url_(std::move(base_url)),
      pool_(pool),
      clock_(clock),
      client_(client_settings(base_url_, std::move(proxy))) {}

std::optional<PreviewSource::Trouble> PreviewSource::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

bool PreviewSource::is_passing(const Error& error) {
  return error.code == Code::rate_limited || error.code == Code::unavailable ||
         error.code == Code::gateway_timeout ||
         (error.code == Code::bad_gateway && error.reason != "preview.refused");
}

Task<Result<net::Response>> PreviewSource::get(std::string path, SteadyTime deadline) {
  net::ClientRequest request{.url = base_url_ + path, .deadline = deadline, .repeatable = true};
  request.headers.add("Accept", "text/html");
  request.headers.add("Accept-Language", "en");
  co_return co_await client_.send(std::move(request));
}

Task<Result<PreviewPage>> PreviewSource::page(std::string name, std::optional<std::int64_t> before,
                                              std::chrono::milliseconds time) {
  // The HTTP client uses the real clock, not `clock_`.
  auto page = co_await fetch(std::move(name), before, std::chrono::steady_clock::now() + time);
  const bool is_answer = page || !is_passing(page.error());
  const std::scoped_lock lock(mutex_);
  if (is_answer) {
    trouble_.reset();
  } else {
    const UnixMillis since = trouble_ ? trouble_->since : clock_.wall();
    trouble_ = Trouble{.reason = page.error().reason, .since = since};
  }
  co_return page;
}

Task<Result<PreviewPage>> PreviewSource::fetch(std::string name, std::optional<std::int64_t> before,
                                               SteadyTime deadline) {
  const std::string query = before ? fmt::format("?before={}", *before) : "";
  TG_CO_TRY(net::Response response, co_await get(fmt::format("/s/{}{}", name, query), deadline));
  if (response.status == 404) co_return not_found("channel");
  if (response.status >= 300 && response.status < 400)
    co_return co_await explain_redirect(std::move(name), deadline);
  if (response.status != 200) co_return refused(response);
  auto page = co_await pool_.run([&response] { return parse_preview_page(response.body); });
  if (!page && page.error().reason == "not_previewable")
    co_return co_await explain_redirect(std::move(name), deadline);
  co_return page;
}

// A name without a preview redirects to its profile page, which distinguishes a channel without a
// preview from one that does not exist.
Task<Result<PreviewPage>> PreviewSource::explain_redirect(std::string name, SteadyTime deadline) {
  TG_CO_TRY(net::Response response, co_await get("/" + name, deadline));
  if (response.status == 429 || response.status >= 500) co_return refused(response);
  const bool exists = response.status != 404 && names_somebody(response.body);
  if (!exists) co_return not_found("channel");
  co_return not_previewable();
}

}  // namespace tg::telegram
