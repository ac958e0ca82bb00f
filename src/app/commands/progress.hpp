// Progress of jobs on the command line. Not thread-safe.
#pragma once

#include <chrono>
#include <string>

#include "api/jobs_types.hpp"
#include "api/telegram.hpp"

namespace tg::app {

// "result.json [##########          ] 50%  1,911 of 3,822 posts  1,530/s  2 s left"; without the
// bar if the total is unknown. `width` is that of the bar, in characters.
std::string progress_line(const std::string& name, const api::Job& job, std::size_t width = 20);
// "45 s", "3 min 20 s", "2 h 5 min"
std::string duration_words(std::chrono::seconds duration);

// Limits how often a line is shown: ten times per second on a terminal, otherwise once in five
// seconds.
class ProgressLine {
 public:
  void show(const std::string& text);
  void finish(const std::string& text);

 private:
  std::chrono::steady_clock::time_point shown_{};
};

// Shows the job's progress until it ends; returns its final state.
Result<api::Job> follow_job(api::Telegram& telegram, const std::string& job_id,
                            const std::string& name);
// Prints what an import or the reading of a channel brought: a line per channel, then refusals.
void print_job_report(const api::Job& job);

}  // namespace tg::app
