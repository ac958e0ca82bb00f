// Fault points: named places where a test can make the program crash, fail or wait.
//
//   TG_FAULT("ingest.after_sql_commit");            // may crash or delay
//   TG_TRY_VOID(TG_FAULT_RESULT("index.after_manifest"));  // may also return an error
//
// Compiled out of release builds. In builds with fault points (presets dev, asan, tsan), the
// environment selects the faults: TG_FAULTS="ingest.after_sql_commit=crash@3,index.after_manifest=
// error" kills the process (SIGKILL) at the third passage of the former, and makes every passage of
// the latter fail. Actions: crash, error, delay:<ms>, hold (until the process is killed),
// barrier:<fifo> (until the test opens that FIFO for writing); `@n`: only at the n-th passage.
// TG_FAULT_TRACE=FILE appends a line for each place on its first passage; TG_FAULT_LAST=FILE holds
// the place that was passed last, so that a test knows where a kill came. Thread-safe.
//
//   if (!TG_SABOTAGED("skip_fsync")) TG_TRY_VOID(file->sync());
//
// is for testing the tests: constant false, except in the deliberately broken program that
// tests/crash builds with TG_SABOTAGE="skip_fsync" and that the suite must detect.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg::fault {

#ifdef TG_FAULTS
inline constexpr bool kCompiledIn = true;
#else
inline constexpr bool kCompiledIn = false;
#endif

// Replaces the plan from the environment; empty: no faults. An unknown action is an error.
Result<void> set_plan(std::string_view plan);
// Executes the planned action of this place, if any; does not return from `crash`.
Result<void> pass(const char* place);
// Number of passages since the plan was set.
std::size_t passages(std::string_view place);

}  // namespace tg::fault

#ifdef TG_FAULTS
#define TG_FAULT(place) static_cast<void>(::tg::fault::pass(place))
#define TG_FAULT_RESULT(place) ::tg::fault::pass(place)
#else
#define TG_FAULT(place) static_cast<void>(0)
#define TG_FAULT_RESULT(place) ::tg::Result<void>()
#endif

#ifdef TG_SABOTAGE
#define TG_SABOTAGED(what) (std::string_view(TG_SABOTAGE) == (what))
#else
#define TG_SABOTAGED(what) false
#endif
