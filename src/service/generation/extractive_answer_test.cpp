#include "service/generation/extractive_answer.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace tg::generation {
namespace {

api::SearchResult post(std::string text, std::int64_t start = 0) {
  return {.chunk_id = "c",
          .document_id = "d",
          .text = std::move(text),
          .score = 0.5,
          .metadata = {{"start_char", start}, {"message_id", 7}}};
}

TEST(ExtractiveAnswer, QuotesTheSentenceThatAnswers) {
  const auto answer =
      extractive_answer("Когда купили телескоп?",
                        {post("Утро было туманным. Телескоп купили в марте 2025 года. Все рады."),
                         post("Купол покрасили.")},
                        std::nullopt, 200);
  ASSERT_TRUE(answer.answered);
  ASSERT_GE(answer.citations.size(), 1U);
  EXPECT_EQ(answer.citations[0].quote, "Телескоп купили в марте 2025 года.");
  EXPECT_EQ(answer.citations[0].message_id, 7);
  EXPECT_NE(answer.response.find("Телескоп купили в марте 2025 года. [1]"), std::string::npos);
}

TEST(ExtractiveAnswer, SaysWhenThereIsNoEvidence) {
  const auto missing = extractive_answer(
      "Сколько стоит билет в цирк?", {post("Купол покрасили в белый цвет.")}, std::nullopt, 200);
  EXPECT_FALSE(missing.answered);
  EXPECT_TRUE(missing.citations.empty());
  EXPECT_FALSE(
      extractive_answer("dome colour price", {post("The dome is white.")}, 0.2, 200).answered);
  EXPECT_FALSE(extractive_answer("anything", {}, std::nullopt, 200).answered);
}

TEST(ExtractiveAnswer, AQuestionInAPostIsAnsweredByWhatFollows) {
  const auto quotes = [](const std::string& query, const std::string& text) {
    std::vector<std::string> all;
    for (const api::Citation& citation :
         extractive_answer(query, {post(text)}, std::nullopt, 200).citations)
      all.push_back(citation.quote);
    return all;
  };
  EXPECT_EQ(
      quotes("Is there a mobile signal?",
             "News of May. Is there a mobile signal? One bar, on the second landing."),
      (std::vector<std::string>{"Is there a mobile signal?", "One bar, on the second landing."}));
  EXPECT_EQ(quotes("Почему собаку зовут Швабра?",
                   "Нас спрашивают, почему собаку зовут Швабра. Она вытерла собой пол."),
            (std::vector<std::string>{"Нас спрашивают, почему собаку зовут Швабра.",
                                      "Она вытерла собой пол."}));
  // The last sentence of a post has nobody to pass its worth to, not even in the next post.
  EXPECT_EQ(quotes("Is there a mobile signal?", "News of May. Is there a mobile signal?"),
            (std::vector<std::string>{"Is there a mobile signal?"}));
  const auto two = extractive_answer(
      "mobile signal", {post("Is there a mobile signal?"), post("The boat is late.")}, 1.0, 200);
  ASSERT_EQ(two.citations.size(), 1U);
  EXPECT_EQ(two.citations[0].quote, "Is there a mobile signal?");
}

TEST(ExtractiveAnswer, SaysNothingTwice) {
  const auto answer = extractive_answer(
      "white dome", {post("The dome is white now."), post("The dome is now white.")}, 1.0, 200);
  EXPECT_EQ(answer.citations.size(), 1U);
}

// Whatever the text holds, each span cut from it by code points is the quote.
TEST(ExtractiveAnswer, EverySpanIsItsQuote) {
  const std::vector<std::string> pieces{"орбита", "👩‍🔬", "и\u0306од", "🦔.",
                                        "moon",   "\n",          "! ",        "т. е. ",
                                        "3.5",    "«купол»",     "…",         "e\u0301"};
  std::mt19937 random(11);
  int quotes = 0;
  for (int round = 0; round < 500; ++round) {
    std::string document = "начало ";
    for (int i = 0; i < 40; ++i)
      document += pieces[random() % pieces.size()] + (random() % 3 == 0 ? ". " : " ");
    const std::size_t start = random() % 20;
    const std::string chunk(text::substr(document, start, 300));
    const auto answer = extractive_answer(
        "орбита moon купол", {post(chunk, static_cast<std::int64_t>(start))}, 1.0, 200);
    for (const api::Citation& citation : answer.citations) {
      ++quotes;
      EXPECT_EQ(text::substr(document, static_cast<std::size_t>(citation.span.start),
                             static_cast<std::size_t>(citation.span.end - citation.span.start)),
                citation.quote);
    }
  }
  EXPECT_GT(quotes, 300);
}

}  // namespace
}  // namespace tg::generation
