#include "service/generation/generation_service.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"
#include "service/generation/answer_events.hpp"

namespace tg::generation {
namespace {

using Kind = api::GenerateEventKind;

class GenerationServiceTest : public testing::Test {
 protected:
  static api::Call call(std::string user = "ann") {
    return {.principal = {.user_id = std::move(user), .role = api::Role::user}};
  }
  static api::GenerateRequest request(std::string query, bool stream) {
    api::GenerateRequest request{.query = std::move(query), .stream = stream, .metadata = {}};
    request.context.push_back({.chunk_id = "c",
                               .document_id = "d",
                               .text = "The dome of the station is white since the long winter. "
                                       "Tea is at five. "
                                       "The white dome was painted in May by two students.",
                               .score = 0.5,
                               .metadata = {{"start_char", 0}}});
    return request;
  }
  static std::vector<api::GenerateEvent> events_of(Result<api::GenerateOutput> answer) {
    std::vector<api::GenerateEvent> events;
    if (!answer || answer->index() != 1) return events;
    const auto source = std::get<1>(*std::move(answer));
    while (auto event = run_blocking(source->next()).value()) events.push_back(*std::move(event));
    return events;
  }
  static std::string text_of(const std::vector<api::GenerateEvent>& events) {
    std::string text;
    for (const api::GenerateEvent& event : events) text += event.text.value_or("");
    return text;
  }

  ComputePool pool_{1, 8};
  FakeClock clock_;
  GenerationService service_{pool_, clock_};
};

TEST_F(GenerationServiceTest, StreamsSentencesTheirSourcesAndTheWhole) {
  const auto whole =
      run_blocking(service_.generate(call(), request("white dome station painted", false)));
  ASSERT_TRUE(whole.has_value());
  const auto& reply = std::get<api::GenerateReply>(*whole);
  const auto events = events_of(
      run_blocking(service_.generate(call(), request("white dome station painted", true))));
  ASSERT_EQ(events.size(), 5U);
  const std::vector<Kind> kinds{Kind::message, Kind::citation, Kind::message, Kind::citation,
                                Kind::final_answer};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(events[i].event, kinds[i]);
    EXPECT_EQ(events[i].text.has_value(), kinds[i] == Kind::message);
    EXPECT_EQ(events[i].citation.has_value(), kinds[i] == Kind::citation);
    EXPECT_EQ(events[i].answer.has_value(), kinds[i] == Kind::final_answer);
  }
  EXPECT_EQ(events[0].text, "The dome of the station is white since the long winter. [1]");
  EXPECT_EQ(events[1].citation->quote, "The dome of the station is white since the long winter.");
  EXPECT_EQ(events[2].text, " The white dome was painted in May by two students. [2]");
  EXPECT_EQ(text_of(events), reply.response);
  EXPECT_EQ(events[4].answer->response, reply.response);
  EXPECT_EQ(json::to_text(events[4].answer->metadata), json::to_text(reply.metadata));
}

TEST_F(GenerationServiceTest, AStreamedAnswerIsKeptLikeAWholeOne) {
  const auto events =
      events_of(run_blocking(service_.generate(call(), request("white dome", true))));
  ASSERT_FALSE(events.empty());
  const std::string id = events.back().answer->request_id;
  EXPECT_EQ(run_blocking(service_.get(call(), {id}))->response, text_of(events));
  EXPECT_EQ(run_blocking(service_.get(call("bob"), {id})).error().code, Code::not_found);
  EXPECT_EQ(run_blocking(service_.history(call(), {}))->total, 1);
}

TEST_F(GenerationServiceTest, SaysInAStreamThatThereIsNoAnswer) {
  const auto events =
      events_of(run_blocking(service_.generate(call(), request("price of circus tickets", true))));
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].event, Kind::message);
  EXPECT_EQ(events[0].text, events[1].answer->response);
  EXPECT_FALSE(events[1].answer->metadata.at("answered").as_bool());
}

TEST_F(GenerationServiceTest, TheLocalProviderStreamsToo) {
  api::ProviderGenerateRequest asked{
      .provider = "local", .model = "extractive", .query = "white dome", .stream = true};
  asked.context = request("", false).context;
  const auto events = events_of(run_blocking(service_.generate_with(call(), asked)));
  ASSERT_GE(events.size(), 3U);
  EXPECT_EQ(events.back().answer->response, text_of(events));
  asked.stream = false;
  EXPECT_EQ(run_blocking(service_.generate_with(call(), asked))->index(), 0U);
  asked.model = "other";
  EXPECT_EQ(run_blocking(service_.generate_with(call(), asked)).error().code, Code::not_found);
  asked.provider = "openai";
  EXPECT_EQ(run_blocking(service_.generate_with(call(), asked)).error().reason,
            "not_implemented.providers");
}

TEST(AnswerEvents, CutWhereTheNumbersOfTheAnswerStand) {
  api::Answer answer{.response = "See [1] [2] there. [1] And [2] here. [2]"};
  answer.citations.resize(2);
  answer.citations[0].quote = "See [1] [2] there.";
  answer.citations[1].quote = "And [2] here.";
  EXPECT_EQ(pieces_of(answer),
            (std::vector<std::string>{"See [1] [2] there. [1]", " And [2] here. [2]"}));
  EXPECT_EQ(pieces_of({.response = "Nothing was found."}),
            std::vector<std::string>{"Nothing was found."});
}

}  // namespace
}  // namespace tg::generation
