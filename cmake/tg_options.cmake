# Options, and the compiler and linker flags that every target shares. Presets choose among them.
set(TG_SANITIZE "" CACHE STRING "Sanitizers: empty, address or thread")
option(TG_FAULTS "Compile fault points in, for tests" OFF)
option(BUILD_TESTING "Build the tests" ON)
option(TG_PCH "Use precompiled headers" ON)

find_program(TG_CCACHE ccache)
if(TG_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER "${TG_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER
      "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime;${TG_CCACHE}")
endif()

add_library(tg_options INTERFACE)
target_include_directories(tg_options INTERFACE "${PROJECT_SOURCE_DIR}/src")
target_compile_options(tg_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Werror -Wno-unknown-warning-option -Wno-missing-designated-field-initializers
  -fPIE
  $<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>)
target_link_options(tg_options INTERFACE -fuse-ld=lld -pie)
target_compile_definitions(tg_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_ARRAY $<$<BOOL:${TG_FAULTS}>:TG_FAULTS=1>)

if(TG_SANITIZE STREQUAL "address")
  target_compile_options(tg_options INTERFACE
    -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tg_options INTERFACE -fsanitize=address,undefined)
elseif(TG_SANITIZE STREQUAL "thread")
  target_compile_options(tg_options INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(tg_options INTERFACE -fsanitize=thread)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(tg_options INTERFACE
    -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS -fstack-protector-strong -fstack-clash-protection)
  target_link_options(tg_options INTERFACE -Wl,-z,relro,-z,now -Wl,--gc-sections)
endif()
