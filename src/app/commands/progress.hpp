// A line that shows how far long work is.
#pragma once

#include <chrono>
#include <string>

#include "api/jobs_types.hpp"
#include "api/telegram.hpp"

namespace tg::app {

// "result.json [##########          ] 50%  1,911 of 3,822 posts  1,530/s  2 s left"; without the
// bar where the total is not known. `width` is the bar's.
std::string progress_line(const std::string& name, const api::Job& job, std::size_t width = 20);
// "45 s", "3 min 20 s", "2 h 5 min"
std::string duration_words(std::chrono::seconds duration);

// Shows a line at most as often as the reader can bear: ten a second on a terminal, one in five
// seconds in a file.
class ProgressLine {
 public:
  void show(const std::string& text);
  void finish(const std::string& text);

 private:
  std::chrono::steady_clock::time_point shown_{};
};

// Shows the job's progress until it ends; answers with its last state.
Result<api::Job> follow_job(api::Telegram& telegram, const std::string& job_id,
                            const std::string& name);
// What an import or a reading of a channel brought: a line per channel, then the refusals.
void print_job_report(const api::Job& job);

}  // namespace tg::app
