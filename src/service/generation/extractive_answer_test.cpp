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
  // The last sentence of a post passes its score to no other, not even to the next post.
  EXPECT_EQ(quotes("Is there a mobile signal?", "News of May. Is there a mobile signal?"),
            (std::vector<std::string>{"Is there a mobile signal?"}));
  const auto two = extractive_answer(
      "mobile signal", {post("Is there a mobile signal?"), post("The boat is late.")}, 1.0, 200);
  ASSERT_EQ(two.citations.size(), 1U);
  EXPECT_EQ(two.citations[0].quote, "Is there a mobile signal?");
}

std::vector<std::string> quotes_of(const std::string& query,
                                   const std::vector<std::string>& texts) {
  std::vector<api::SearchResult> context;
  for (const std::string& text : texts) context.push_back(post(text));
  std::vector<std::string> quotes;
  for (const api::Citation& citation : extractive_answer(query, context, 1.0, 200).citations)
    quotes.push_back(citation.quote);
  return quotes;
}

TEST(ExtractiveAnswer, ATitleThatOnlyNamesTheSubjectIsNotQuoted) {
  EXPECT_EQ(quotes_of("Сколько весит телёнок на острове?",
                      {"Подробности про телёнка.\nТелёнок на острове весит сорок килограммов."}),
            std::vector<std::string>{"Телёнок на острове весит сорок килограммов."});
  EXPECT_EQ(quotes_of("opening hours of the dome",
                      {"Dome hours.\nThe opening hours of the dome are ten to six on weekdays."}),
            std::vector<std::string>{"The opening hours of the dome are ten to six on weekdays."});
}

TEST(ExtractiveAnswer, WhatAddsNoWordOfTheQuestionIsNotQuoted) {
  EXPECT_EQ(
      quotes_of("How many teeth does the missing wheel have?",
                {"A clockmaker read of the missing wheel and cut a new one: 96 teeth, bronze.",
                 "One wheel is missing."}),
      std::vector<std::string>{
          "A clockmaker read of the missing wheel and cut a new one: 96 teeth, bronze."});
  // A sentence with words that are still missing is quoted.
  EXPECT_EQ(quotes_of("когда купили телескоп и кто починил купол",
                      {"Телескоп купили в марте прошлого года.", "Купол починил наш механик."})
                .size(),
            2U);
}

TEST(ExtractiveAnswer, AShortAnswerThatRepeatsTheWordsOfTheQuestionStandsAlone) {
  EXPECT_EQ(quotes_of("When did the museum open?",
                      {"The museum opened in 1957. Parking nearby is paid."}),
            std::vector<std::string>{"The museum opened in 1957."});
  EXPECT_EQ(quotes_of("Когда открыли музей?", {"Музей открыли в 1957 году. Стоянка платная."}),
            std::vector<std::string>{"Музей открыли в 1957 году."});
}

// A post's title says what its sentences are about.
TEST(ExtractiveAnswer, WhatAChosenPostMentionsIsNotMissing) {
  EXPECT_EQ(quotes_of("отправление катера от причала в сентябре",
                      {"Катер в сентябре\n\nОтправление от причала в 10:00, обратно в 16:00.",
                       "Новые стёкла привезут на остров к двадцатому сентября."}),
            std::vector<std::string>{"Отправление от причала в 10:00, обратно в 16:00."});
}

TEST(ExtractiveAnswer, AnInflectionThatTheStemmerMissesCountsForSomething) {
  EXPECT_EQ(quotes_of("где живёт пианист",
                      {"Смотритель живёт в башне у моря. Пианистка живёт в доме у маяка."}),
            std::vector<std::string>{"Пианистка живёт в доме у маяка."});
}

TEST(ExtractiveAnswer, SaysNothingTwice) {
  const auto answer = extractive_answer(
      "white dome", {post("The dome is white now."), post("The dome is now white.")}, 1.0, 200);
  EXPECT_EQ(answer.citations.size(), 1U);
}

// Property: each span, cut from the text by code points, equals the quote.
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
