// The command line: which commands there are and what they take.
#pragma once

namespace tg::app {

// Runs one command; the exit code is one of ExitCode.
int run_command_line(int argc, char** argv);

}  // namespace tg::app
