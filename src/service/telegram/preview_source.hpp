// Asks t.me for a page of a channel's public preview. One request, or two where the first was sent
// elsewhere; pacing and repeating are the caller's. Thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "net/client.hpp"
#include "runtime/compute_pool.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

class PreviewSource {
 public:
  // Addresses inside of this network are refused unless `base_url` was set to another than the
  // public one.
  PreviewSource(std::string base_url, std::string proxy, ComputePool& pool, const Clock& clock);

  // The newest posts, or those before a post. Errors: "not_previewable" (the name is somebody's,
  // but shows nothing), not_found (nobody has it), rate_limited with what was asked for,
  // and what is worth another try (is_passing()). `time` is all that a page may take.
  Task<Result<PreviewPage>> page(std::string name, std::optional<std::int64_t> before,
                                 std::chrono::milliseconds time);

  // Since when the source refuses or cannot be reached, and why; for health.
  struct Trouble {
    std::string reason;
    UnixMillis since;
  };
  std::optional<Trouble> trouble() const;

  // Whether asking again later may help.
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
