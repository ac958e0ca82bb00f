#include "service/retrieval/repaired_text.hpp"

#include <gtest/gtest.h>

namespace tg::retrieval {
namespace {

TEST(RepairedText, LeavesAQuestionWithoutRepairsAsItIs) {
  EXPECT_EQ(repaired_text("Сколько стоит билет?", {}), "Сколько стоит билет?");
}

TEST(RepairedText, ReplacesEveryPlaceOfAMisspeltWordAndNothingElse) {
  EXPECT_EQ(repaired_text("Катир, КАТИР и катирный",
                          {{.from = "катир", .to = "катер", .kind = "spelling"}}),
            "катер, катер и катирный");
}

TEST(RepairedText, TakesTheOtherLayoutWholeThenRepairsItsWords) {
  EXPECT_EQ(
      repaired_text("crjkmrj dtcbn rfnbh",
                    {{.from = "crjkmrj dtcbn rfnbh", .to = "сколько весит катир", .kind = "layout"},
                     {.from = "катир", .to = "катер", .kind = "spelling"}}),
      "сколько весит катер");
}

}  // namespace
}  // namespace tg::retrieval
