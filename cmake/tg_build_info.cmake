# Run at each build (cmake -P): writes OUTPUT with the version and the commit, only if they changed,
# so that a build without a new commit compiles nothing. COMMIT may name the commit; otherwise git
# does, and "unknown" stands where it cannot.
set(commit "unknown")
find_program(git git)
if(COMMIT)
  set(commit "${COMMIT}")
elseif(git)
  execute_process(COMMAND "${git}" rev-parse --short=12 HEAD WORKING_DIRECTORY "${SOURCE}"
                  OUTPUT_VARIABLE head OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit "${head}")
    execute_process(COMMAND "${git}" status --porcelain --untracked-files=no WORKING_DIRECTORY "${SOURCE}"
                    OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      string(APPEND commit "-dirty")
    endif()
  endif()
endif()
set(text "#define TG_BUILD_VERSION \"${VERSION}\"\n#define TG_BUILD_COMMIT \"${commit}\"\n")
set(before "")
if(EXISTS "${OUTPUT}")
  file(READ "${OUTPUT}" before)
endif()
if(NOT text STREQUAL before)
  file(WRITE "${OUTPUT}" "${text}")
endif()
