// Replaces damaged parts of a folder and keeps the damaged data until it is erased.
//
//   SetAside aside(folder, files, clock);
//   TG_TRY(auto index, aside.open("index", [&] { return Index::open(folder / "index", files); }));
//
// If opening a part fails with "index.damaged", or report() was called for it in an earlier run,
// its folder is renamed to PART.damaged-TIME and the part is opened again, empty. One damaged copy
// is kept per part. Not thread-safe.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "runtime/files.hpp"

namespace tg::backend {

inline constexpr std::string_view kDamaged = "index.damaged";  // Error::reason

class SetAside {
 public:
  SetAside(std::filesystem::path folder, Files& files, const Clock& clock)
      : folder_(std::move(folder)), files_(files), clock_(clock) {}

  // `open()` returns a Result. It is called again after the part has been moved away.
  template <typename Open>
  auto open(const std::string& part, Open open) -> decltype(open()) {
    const std::string known = reported(part);
    if (known.empty()) {
      auto opened = open();
      if (opened || opened.error().reason != kDamaged) return opened;
      TG_TRY_VOID(move_away(part, opened.error().detail));
    } else {
      TG_TRY_VOID(move_away(part, known));
    }
    return open();
  }

  // For damage found after opening: the part is replaced at the next start. Durable.
  Result<void> report(const std::string& part, const std::string& detail);
  // True if a damaged copy of the part exists.
  Result<bool> holds(const std::string& part) const;
  // True if this object has moved the part away.
  bool has_moved(const std::string& part) const { return moved_.contains(part); }
  // Deletes the damaged copies of a part, or of all parts if `part` is empty.
  Result<void> erase(const std::string& part = "");

 private:
  std::string reported(const std::string& part) const;
  std::filesystem::path report_path(const std::string& part) const;
  Result<void> move_away(const std::string& part, const std::string& detail);

  const std::filesystem::path folder_;
  Files& files_;
  const Clock& clock_;
  std::set<std::string> moved_;
};

}  // namespace tg::backend
