// The settings of the log (runtime/log.hpp).
#pragma once

#include "runtime/log.hpp"
#include "runtime/setting.hpp"

namespace tg::log {

struct Settings {
  Level level = Level::info;
  Format format = Format::auto_;
  std::uint32_t repeats_per_minute = 10;
};
BOOST_DESCRIBE_STRUCT(Settings, (), (level, format, repeats_per_minute))

constexpr auto settings_of(const Settings*) {
  return settings(
      "log", "what is written to standard error",
      Setting("level").env("LOG_LEVEL").about("minimum level of the lines that are written"),
      Setting("format").env("LOG_FORMAT").about("auto: text on a terminal, otherwise json"),
      Setting("repeats_per_minute")
          .env("LOG_REPEATS_PER_MINUTE")
          .range(1, 1e6)
          .about("maximum number of times per minute that the same warning or error is "
                 "written; further ones are only counted"));
}

}  // namespace tg::log
