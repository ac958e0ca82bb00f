#include "service/generation/generation_service.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"
#include "service/generation/answer_events.hpp"

namespace tg::generation {
namespace {

using Kind = api::GenerateEventKind;

// A fake history, separate for each user.
struct History {
  std::vector<std::pair<std::string, api::RecordRequest>> kept;
  bool is_kept = true;  // KEEP_HISTORY
  bool is_away = false;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    const std::string user = call.principal.user_id;
    if (is_away) co_return unavailable("retrieval");
    if constexpr (api::is_same_method<M, &api::Retrieval::record>) {
      if (is_kept) kept.emplace_back(user, std::move(in));
      co_return api::Done{};
    } else if constexpr (api::is_same_method<M, &api::Retrieval::get_query>) {
      for (const auto& [asker, record] : kept) {
        if (asker == user && record.query_id == in.query_id && record.query_type == in.query_type)
          co_return record.reply;
      }
      co_return not_found("query");
    } else if constexpr (api::is_same_method<M, &api::Retrieval::history>) {
      api::Listed<api::HistoryEntry> list;
      for (const auto& [asker, record] : kept) {
        if (asker != user || record.query_type != in.query_type) continue;
        list.items.push_back({.query_id = record.query_id,
                              .query_text = record.reply.query,
                              .query_type = std::string(json::enum_word(record.query_type)),
                              .created_at = {},
                              .model_name = record.reply.model_name});
        ++list.total;
      }
      co_return list;
    } else {
      co_return internal("not expected");
    }
  }
};

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
  std::shared_ptr<History> history_ = std::make_shared<History>();
  api::RetrievalForward<History> retrieval_{history_};
  GenerationService service_{pool_, clock_, retrieval_};
};

TEST_F(GenerationServiceTest, StreamsSentencesCitationsAndTheReply) {
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

TEST_F(GenerationServiceTest, GenerationsAreStoredInTheHistoryOnly) {
  const auto ask = [this] {
    return std::get<api::GenerateReply>(
        run_blocking(service_.generate(call(), request("white dome", false))).value());
  };
  const api::GenerateReply reply = ask();
  const auto list = run_blocking(service_.history(call(), {})).value();
  ASSERT_EQ(list.items.size(), 1U);
  EXPECT_EQ(list.items[0].request_id, reply.request_id);
  EXPECT_EQ(list.items[0].query, "white dome");
  EXPECT_EQ(list.items[0].model_name, "extractive");
  EXPECT_EQ(run_blocking(service_.history(call("bob"), {}))->total, 0);
  history_->kept.clear();  // DELETE /queries/history
  EXPECT_EQ(run_blocking(service_.history(call(), {}))->total, 0);
  EXPECT_EQ(run_blocking(service_.get(call(), {reply.request_id})).error().code, Code::not_found);
  history_->is_kept = false;
  const api::GenerateReply forgotten = ask();
  EXPECT_EQ(run_blocking(service_.history(call(), {}))->total, 0);
  EXPECT_EQ(run_blocking(service_.get(call(), {forgotten.request_id})).error().code,
            Code::not_found);
}

TEST_F(GenerationServiceTest, AnAnswerDoesNotNeedTheHistory) {
  history_->is_away = true;
  const auto answer = run_blocking(service_.generate(call(), request("white dome", false)));
  ASSERT_TRUE(answer.has_value());
  const auto& reply = std::get<api::GenerateReply>(*answer);
  EXPECT_FALSE(reply.response.empty());
  EXPECT_EQ(reply.metadata.at("degraded"), json::Value(json::Array{"history"}));
  EXPECT_EQ(run_blocking(service_.history(call(), {})).error().code, Code::unavailable);
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
