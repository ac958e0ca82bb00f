#include "runtime/build_info.hpp"

#include <fmt/core.h>

#include "runtime/build_version.hpp"  // made by cmake/tg_build_info.cmake at each build
#include "runtime/fault.hpp"

namespace tg {
namespace {

#define TG_TEXT_OF(x) #x
#define TG_TEXT(x) TG_TEXT_OF(x)
constexpr std::string_view kCompiler = "clang " TG_TEXT(__clang_major__) "." TG_TEXT(
    __clang_minor__) "." TG_TEXT(__clang_patchlevel__);
#undef TG_TEXT
#undef TG_TEXT_OF

constexpr std::string_view kKind =
#if __has_feature(address_sanitizer)
    "debug+address";
#elif __has_feature(thread_sanitizer)
    "debug+thread";
#elif defined(NDEBUG)
    "release";
#else
    "debug";
#endif

}  // namespace

const BuildInfo& build_info() {
  static constexpr BuildInfo kInfo{.version = TG_BUILD_VERSION,
                                   .commit = TG_BUILD_COMMIT,
                                   .compiler = kCompiler,
                                   .kind = kKind,
                                   .has_fault_points = fault::kCompiledIn};
  return kInfo;
}

std::string build_text() {
  const BuildInfo& info = build_info();
  return fmt::format("telegnosis {} ({}, {}, {}{})", info.version, info.commit, info.compiler,
                     info.kind, info.has_fault_points ? ", with fault points" : "");
}

}  // namespace tg
