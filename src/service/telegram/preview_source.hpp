// Requests pages of a channel's public preview from t.me: one request per page, or two if the first
// is redirected. Pacing and retries are up to the caller. Thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "net/client.hpp"
#include "runtime/compute_pool.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

class PreviewSource {
 public:
  // Addresses in private networks are refused if `base_url` is the public one.
  PreviewSource(std::string base_url, std::string proxy, ComputePool& pool, const Clock& clock);

  // The newest posts, or those before a post; `time` is the timeout. Errors: "not_previewable" (the
  // name exists but has no preview), not_found, rate_limited with Retry-After, and others that may
  // be transient (is_passing()).
  Task<Result<PreviewPage>> page(std::string name, std::optional<std::int64_t> before,
                                 std::chrono::milliseconds time);

  // Since when and why the source refuses or cannot be reached; for health.
  struct Trouble {
    std::string reason;
    UnixMillis since;
  };
  std::optional<Trouble> trouble() const;

  // Whether the error may be transient, so that a retry may help.
  static bool is_passing(const Error& error);

 private:
  Task<Result<PreviewPage>> fetch(std::string name, std::optional<std::int64_t> before,
                                  SteadyTime deadline);
  Task<Result<net::Response>> get(std::string path, SteadyTime deadline);
  Task<Result<PreviewPage>> explain_redirect(std::string name, SteadyTime deadline);

  const std::string base_url_;
  ComputePool& pool_;
  const Clock& clock_;
  net::Client client_;
  mutable std::mutex mutex_;
  std::optional<Trouble> trouble_;  // guarded by mutex_
};

}  // namespace tg::telegram
