#include "service/retrieval/kept_answer.hpp"

#include <gtest/gtest.h>

namespace tg::retrieval {
namespace {

api::IndexedChunk chunk(std::string id, std::string document, std::string text,
                        std::int64_t start = 0) {
  return {.chunk_id = std::move(id),
          .document_id = std::move(document),
          .start_char = start,
          .text = std::move(text),
          .payload = {{"channel_title", "Dome"}}};
}

api::QueryReply answered() {
  api::QueryReply reply{.query_id = "q", .query = "когда", .answered = true};
  reply.response = "Купол 🦔 открыт. [1] Вход свободный. [2]";
  reply.warnings = {"searched for \"Купол\" instead of \"Купал\" (spelling)"};
  reply.results = {{"c1", "d1", "Купол 🦔 открыт. Ура.", 0.9, {{"author", "A"}}},
                   {"c2", "d2", "Вход свободный.", 0.5, {}}};
  reply.citations = {{.number = 1,
                      .chunk_id = "c1",
                      .document_id = "d1",
                      .author = "A",
                      .span = {10, 25},
                      .quote = "Купол 🦔 открыт."},
                     {.number = 2,
                      .chunk_id = "c2",
                      .document_id = "d2",
                      .span = {0, 15},
                      .quote = "Вход свободный."}};
  return reply;
}

TEST(KeptAnswer, HoldsNoWordOfASource) {
  const std::string kept = json::to_text(json::write(without_texts(answered())));
  for (const char* word : {"Купол", "открыт", "Вход", "Ура", "\"A\""})
    EXPECT_EQ(kept.find(word), std::string::npos) << word << " in " << kept;
  EXPECT_NE(kept.find("c1"), std::string::npos);
}

TEST(KeptAnswer, KeepsTheSentenceThatNothingWasFound) {
  api::QueryReply reply{.query_id = "q"};
  reply.response = "not there";
  EXPECT_EQ(without_texts(reply).response, "not there");
}

TEST(KeptAnswer, ComesBackAsItWasWhileTheSourcesStand) {
  api::QueryReply reply = without_texts(answered());
  restore_texts(reply, {chunk("c1", "d1", "Купол 🦔 открыт. Ура.", 10),
                        chunk("c2", "d2", "Вход свободный.")});
  EXPECT_EQ(reply.response, answered().response);
  EXPECT_EQ(reply.results.at(0).text, "Купол 🦔 открыт. Ура.");
  EXPECT_EQ(reply.citations.at(0).channel_title, "Dome");
  EXPECT_FALSE(reply.citations.at(0).edited_since || reply.citations.at(0).deleted_since);
}

TEST(KeptAnswer, SaysWhatWasEditedAndWhatWasDeleted) {
  api::QueryReply reply = without_texts(answered());
  restore_texts(reply, {chunk("c9", "d1", "Купол закрыт.", 10)});
  EXPECT_TRUE(reply.citations.at(0).edited_since);
  EXPECT_FALSE(reply.citations.at(0).deleted_since);
  EXPECT_TRUE(reply.citations.at(1).deleted_since);
  EXPECT_TRUE(reply.citations.at(0).quote.empty() && reply.citations.at(1).quote.empty());
  EXPECT_TRUE(reply.results.empty());
  EXPECT_FALSE(reply.response.has_value());
}

// POST /generate answers from any texts: those that are stored nowhere else are kept.
TEST(KeptAnswer, KeepsTheQuotesOfDocumentsThatAreNotIndexed) {
  api::QueryReply reply = without_texts(answered(), {"d2"});
  EXPECT_TRUE(reply.citations.at(0).quote.empty());
  EXPECT_EQ(reply.citations.at(1).quote, "Вход свободный.");
  restore_texts(reply, {chunk("c1", "d1", "Купол 🦔 открыт. Ура.", 10)});
  EXPECT_EQ(reply.response, answered().response);
  EXPECT_FALSE(reply.citations.at(1).edited_since || reply.citations.at(1).deleted_since);
}

TEST(KeptAnswer, ASpanOutsideItsChunkIsNeverCut) {
  api::QueryReply reply = without_texts(answered());
  restore_texts(reply, {chunk("c1", "d1", "короче", 10), chunk("c2", "d2", "Вход свободный.", 5)});
  EXPECT_TRUE(reply.citations.at(0).edited_since);
  EXPECT_TRUE(reply.citations.at(1).edited_since);
}

}  // namespace
}  // namespace tg::retrieval
