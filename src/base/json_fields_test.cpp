#include "base/json_fields.hpp"

#include <gtest/gtest.h>

namespace tg::json {
namespace {

TEST(JsonFields, AreFoundByNameAndType) {
  const Object object =
      parse(R"({"t":"\u0000x","n":-7,"f":1.5,"a":[1],"o":{"x":null}})").value().get_object();
  EXPECT_EQ(text_in(object, "t"), std::string("\0x", 2));
  EXPECT_EQ(integer_in(object, "n"), -7);
  EXPECT_EQ(array_in(object, "a").size(), 1U);
  EXPECT_TRUE(object_in(object, "o").contains("x"));
}

TEST(JsonFields, OfAnotherTypeOrMissingAreNothing) {
  const Object object = parse(R"({"t":"7","n":7,"f":7.0,"null":null})").value().get_object();
  for (const char* name : {"n", "f", "null", "none"}) EXPECT_FALSE(text_in(object, name)) << name;
  for (const char* name : {"t", "f", "null", "none"})
    EXPECT_FALSE(integer_in(object, name)) << name;
  EXPECT_TRUE(array_in(object, "n").empty());
  EXPECT_TRUE(object_in(object, "none").empty());
}

TEST(JsonFields, SizesAreIntegersAsFarAsTheyFit) {
  const Object object{{"size", std::uint64_t{5}}, {"huge", ~std::uint64_t{0}}};
  EXPECT_EQ(integer_in(object, "size"), 5);
  EXPECT_FALSE(integer_in(object, "huge"));
}

}  // namespace
}  // namespace tg::json
