#include "service/retrieval/ranking.hpp"

#include <gtest/gtest.h>

namespace tg::retrieval {
namespace {

api::IndexHit hit(std::string document, std::string cluster, std::string text, double rank) {
  api::IndexHit out;
  out.chunk.chunk_id = document + ".0";
  out.chunk.document_id = std::move(document);
  out.chunk.cluster = std::move(cluster);
  out.chunk.text = std::move(text);
  out.chunk.payload = {{"message_id", 1}, {"url", "https://t.me/x/1"}};
  out.rank_score = rank;
  return out;
}

std::vector<std::string> documents(const std::vector<api::IndexHit>& hits) {
  std::vector<std::string> out;
  for (const auto& h : hits) out.push_back(h.chunk.document_id);
  return out;
}

TEST(FoldDuplicates, KeepsTheBestAndListsTheOthers) {
  const auto folded = fold_duplicates(
      {hit("a", "a", "x", 3), hit("b", "a", "x", 2), hit("c", "c", "y", 1), hit("d", "a", "x", 0)});
  ASSERT_EQ(documents(folded), (std::vector<std::string>{"a", "c"}));
  const auto& others = folded[0].chunk.payload.at("duplicates").as_array();
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[0].at("document_id").as_string(), "b");
  EXPECT_EQ(others[1].at("url").as_string(), "https://t.me/x/1");
  EXPECT_TRUE(folded[1].chunk.payload.at("duplicates").as_array().empty());
}

TEST(FoldDuplicates, ChunksOfOneDocumentAreNoCopiesOfEachOther) {
  auto second = hit("a", "a", "two", 1);
  second.chunk.chunk_id = "a.1";
  EXPECT_EQ(fold_duplicates({hit("a", "a", "one", 2), second}).size(), 2U);
}

TEST(Diversify, ZeroOnlyCuts) {
  const auto cut =
      diversify({hit("a", "a", "x", 3), hit("b", "b", "x", 2), hit("c", "c", "x", 1)}, 0, 2);
  EXPECT_EQ(documents(cut), (std::vector<std::string>{"a", "b"}));
}

TEST(Diversify, PrefersTheNewOverTheRepeated) {
  const std::vector<api::IndexHit> hits{hit("a", "a", "трамвай сошёл с рельсов", 10),
                                        hit("b", "b", "трамвай сошёл с рельсов утром", 9.5),
                                        hit("c", "c", "музей открыл выставку", 9),
                                        hit("d", "d", "погода ясная", 0)};
  EXPECT_EQ(documents(diversify(hits, 0.5, 2)), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(documents(diversify(hits, 0.01, 2)), (std::vector<std::string>{"a", "b"}));
}

TEST(Diversify, EqualRanksKeepTheirOrder) {
  const std::vector<api::IndexHit> hits{hit("a", "a", "one", 1), hit("b", "b", "two", 1),
                                        hit("c", "c", "three", 1)};
  EXPECT_EQ(documents(diversify(hits, 0.3, 3)), (std::vector<std::string>{"a", "b", "c"}));
}

}  // namespace
}  // namespace tg::retrieval
