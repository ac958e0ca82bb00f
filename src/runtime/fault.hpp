// Named places where a test can make the program stop, fail or die:
//
//   TG_FAULT("ingest.after_sql_commit");            // may crash or delay
//   TG_TRY_VOID(TG_FAULT_RESULT("index.after_manifest"));  // may also answer with an error
//
// In release builds both are nothing. In builds with fault points (presets dev, asan, tsan) the
// environment chooses: TG_FAULTS="ingest.after_sql_commit=crash@3,index.after_manifest=error" makes
// the third passage SIGKILL the process and every passage of the other fail. Actions: crash, error,
// delay:<ms>, hold (until the process is killed), barrier:<fifo> (until the test opens that FIFO to
// write); `@n` = at the n-th passage only. TG_FAULT_TRACE=FILE appends a line for each place passed
// for the first time; TG_FAULT_LAST=FILE always holds the place passed last, so that a kill can be
// said to have hit it. Thread-safe.
//
//   if (!TG_SABOTAGED("skip_fsync")) TG_TRY_VOID(file->sync());
//
// is the other kind, a test of the tests: false in every program but the one that tests/crash
// builds with TG_SABOTAGE="skip_fsync" to see that the suite notices. No switch is left in the
// others.
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

// Replaces the plan that the environment gave; empty: no faults. An unknown action is an error.
Result<void> set_plan(std::string_view plan);
// What the plan wants at this place; may not return (crash).
Result<void> pass(const char* place);
// How often a place was passed since the plan was set.
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
