#include "api/search_types.hpp"

#include <gtest/gtest.h>

namespace tg::api {
namespace {

TEST(Filters, UnknownValuesAndUnknownFiltersAreErrors) {
  const auto read = [](std::string_view text) { return json::read_text<Filters>(text); };
  const auto good = read(R"({"source": "telegram", "document_type": "markdown"})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->source, SourceKind::telegram);
  EXPECT_EQ(good->document_type, FileType::markdown);
  EXPECT_EQ(read(R"({"source": "twitter"})").error().field, "source");
  EXPECT_EQ(read(R"({"document_type": "md"})").error().field, "document_type");
  EXPECT_EQ(read(R"({"sources": "telegram"})").error().field, "sources");
}

}  // namespace
}  // namespace tg::api
