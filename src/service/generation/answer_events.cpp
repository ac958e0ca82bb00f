#include "service/generation/answer_events.hpp"

#include <deque>

#include <fmt/core.h>

namespace tg::generation {
namespace {

using Kind = api::GenerateEventKind;

class Events final : public api::StreamSource<api::GenerateEvent> {
 public:
  explicit Events(std::deque<api::GenerateEvent> events) : events_(std::move(events)) {}
  Task<Result<std::optional<api::GenerateEvent>>> next() override {
    if (events_.empty()) co_return std::optional<api::GenerateEvent>();
    std::optional<api::GenerateEvent> event(std::move(events_.front()));
    events_.pop_front();
    co_return event;
  }

 private:
  std::deque<api::GenerateEvent> events_;
};

}  // namespace

std::vector<std::string> pieces_of(const api::Answer& answer) {
  std::vector<std::string> pieces;
  std::size_t from = 0;
  for (const api::Citation& citation : answer.citations) {
    // A quote may itself contain such a number: the citation's own comes after it.
    const std::size_t quote = answer.response.find(citation.quote, from);
    const std::string number = fmt::format(" [{}]", pieces.size() + 1);
    const std::size_t at = quote == std::string::npos
                               ? quote
                               : answer.response.find(number, quote + citation.quote.size());
    if (at == std::string::npos) break;
    const std::size_t end = at + number.size();
    pieces.push_back(answer.response.substr(from, end - from));
    from = end;
  }
  if (from < answer.response.size()) pieces.push_back(answer.response.substr(from));
  return pieces;
}

api::Stream<api::GenerateEvent> answer_events(api::Answer answer, api::GenerateReply reply) {
  std::deque<api::GenerateEvent> events;
  std::size_t number = 0;
  for (std::string& piece : pieces_of(answer)) {
    events.push_back({.event = Kind::message, .text = std::move(piece)});
    if (number < answer.citations.size())
      events.push_back({.event = Kind::citation, .citation = answer.citations[number++]});
  }
  events.push_back({.event = Kind::final_answer, .answer = std::move(reply)});
  return std::make_shared<Events>(std::move(events));
}

}  // namespace tg::generation
