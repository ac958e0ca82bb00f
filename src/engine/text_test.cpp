#include <gtest/gtest.h>

#include "engine/analysis.hpp"
#include "engine/query_repair.hpp"
#include "engine/sentences.hpp"
#include "engine/similarity.hpp"

namespace tg::engine {
namespace {

std::vector<std::string> sentences(std::string_view text) {
  std::vector<std::string> out;
  for (const Sentence& s : split_sentences(text))
    out.emplace_back(text.substr(s.start, s.end - s.start));
  return out;
}

TEST(Sentences, AbbreviationsNumbersAndAddressesDoNotEndThem) {
  using List = std::vector<std::string>;
  EXPECT_EQ(sentences("Высота 3.5 м. Купол готов! См. t.me/x. А. Иванов рад."),
            (List{"Высота 3.5 м.", "Купол готов!", "См. t.me/x.", "А. Иванов рад."}));
  EXPECT_EQ(sentences("Dr. Smith said \"No.\" He left…\nNext line"),
            (List{"Dr. Smith said \"No.\"", "He left…", "Next line"}));
  EXPECT_EQ(sentences("с 2020 г. работает музей, т. е. всё"),
            (List{"с 2020 г. работает музей, т. е. всё"}));
  EXPECT_EQ(sentences(""), List{});
  EXPECT_EQ(sentences("\n \n"), List{});
}

TEST(Analysis, WordsComeToOneForm) {
  const auto forms = [](std::string_view text) {
    std::vector<std::string> out;
    for (const Word& word : split_words(text)) out.push_back(word.normal);
    return out;
  };
  using List = std::vector<std::string>;
  EXPECT_EQ(forms("Ёлка за\u0301мок 19,5k #хэш_тег"), (List{"елка", "замок", "19.5k", "хэш_тег"}));
  EXPECT_EQ(stem("телескопами"), stem("телескоп"));
  EXPECT_EQ(stem("running"), "run");
  EXPECT_TRUE(is_stop_word("который"));
}

TEST(QueryRepair, LayoutGoesBothWays) {
  EXPECT_EQ(other_layout("ntktcrjg"), "телескоп");
  EXPECT_EQ(other_layout("еудуысщзу"), "telescope");
}

TEST(Similarity, NearDuplicatesAreNearAndOthersFar) {
  const char* text =
      "Сегодня утром в посёлке открыли новую обсерваторию с телескопом диаметром два метра и "
      "планетарием на сорок мест";
  const char* near =
      "Сегодня утром в поселке открыли новую обсерваторию с телескопом диаметром два метра и "
      "планетарием на сорок мест!";
  const char* far =
      "Городские власти рассказали о ремонте трамвайных путей на проспекте и закупке двадцати "
      "вагонов к осени";
  EXPECT_LE(distance(*signature(text), *signature(near)), kNearDuplicateDistance);
  EXPECT_GT(distance(*signature(text), *signature(far)), kNearDuplicateDistance);
  EXPECT_FALSE(signature("Доброе утро"));
  EXPECT_GT(jaccard(stem_set(text), stem_set(near)), 0.9);
  EXPECT_LT(jaccard(stem_set(text), stem_set(far)), 0.1);
}

}  // namespace
}  // namespace tg::engine
