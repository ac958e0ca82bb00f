#include "service/document/chunker.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "service/document/language.hpp"

namespace tg::document {
namespace {

const Uuid kDocument = Uuid::from_name(kDocumentNamespace, "test");

std::string sentences(int from, int count) {
  std::string text;
  for (int i = from; i < from + count; ++i)
    text += "Предложение номер " + std::to_string(i) + " говорит о трамваях и депо. ";
  return text;
}

TEST(CutChunks, AShortTextIsOneChunk) {
  const std::string_view text = "  Купол 🦔 открыт. ";
  const auto chunks = cut_chunks(kDocument, text);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].of(text), "Купол 🦔 открыт.");
  EXPECT_EQ(chunks[0].start_char, 2);
  EXPECT_EQ(chunks[0].end_char, 17);
  EXPECT_TRUE(cut_chunks(kDocument, " \n ").empty());
}

TEST(CutChunks, ALongTextIsCutBetweenSentencesNearTheTarget) {
  const std::string text = sentences(0, 200);
  const auto chunks = cut_chunks(kDocument, text);
  ASSERT_GT(chunks.size(), 4U);
  for (const ChunkSpan& chunk : chunks) {
    const std::string_view words = chunk.of(text);
    EXPECT_TRUE(words.starts_with("Предложение")) << words;
    EXPECT_TRUE(words.ends_with("депо.")) << words;
    EXPECT_LE(std::ranges::count(words, ' '), static_cast<std::ptrdiff_t>(kTargetWords));
  }
}

TEST(CutChunks, AnInsertedParagraphRenamesNothingElse) {
  std::string before;
  std::string after;
  for (int part = 0; part < 6; ++part) {
    const std::string paragraph = sentences(part * 100, 20) + "\n\n";
    before += paragraph;
    after += paragraph;
    if (part == 2) after += sentences(9000, 20) + "\n\n";
  }
  std::set<std::string> ids;
  for (const ChunkSpan& chunk : cut_chunks(kDocument, after)) ids.insert(chunk.chunk_id.text());
  for (const ChunkSpan& chunk : cut_chunks(kDocument, before))
    EXPECT_TRUE(ids.contains(chunk.chunk_id.text())) << chunk.ordinal;
}

TEST(CutChunks, EqualTextsHaveDifferentIds) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += sentences(0, 25) + "\n\n";
  std::set<std::string> ids;
  const auto chunks = cut_chunks(kDocument, text);
  for (const ChunkSpan& chunk : chunks) ids.insert(chunk.chunk_id.text());
  EXPECT_EQ(ids.size(), chunks.size());
  EXPECT_GE(chunks.size(), 4U);
}

// Whatever stands in a text: chunks lie in order, do not overlap, and are what their positions cut.
TEST(CutChunks, PositionsCutExactlyTheirTexts) {
  const std::vector<std::string> pieces{"орбита",  "👩‍🔬", "и\u0306", ". ", "!\n\n",
                                        "station", " ",           "\n",      "…",  "т. е. "};
  std::mt19937 random(7);
  for (int round = 0; round < 100; ++round) {
    std::string text;
    for (int i = 0; i < 1500; ++i) text += pieces[random() % pieces.size()] + " ";
    std::int64_t at = 0;
    for (const ChunkSpan& chunk : cut_chunks(kDocument, text)) {
      EXPECT_GE(chunk.start_char, at);
      EXPECT_EQ(text::substr(text, static_cast<std::size_t>(chunk.start_char),
                             static_cast<std::size_t>(chunk.end_char - chunk.start_char)),
                chunk.of(text));
      at = chunk.end_char;
    }
  }
}

TEST(FindLanguage, ByScriptAndLetters) {
  EXPECT_EQ(find_language("Трамвай Skoda прибыл в депо"), "ru");
  EXPECT_EQ(find_language("Трамвай їде до депо, і всі раді"), "uk");
  EXPECT_EQ(find_language("The tram has arrived"), "en");
  EXPECT_EQ(find_language("123 🦔"), "und");
}

}  // namespace
}  // namespace tg::document
