#include "web/index_page.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace tg::web {
namespace {

std::size_t count(std::string_view needle) {
  std::size_t found = 0;
  for (std::size_t at = index_page().find(needle); at != std::string_view::npos;
       at = index_page().find(needle, at + 1))
    ++found;
  return found;
}

std::string header(std::string_view name) {
  const auto found = std::ranges::find_if(index_page_headers(),
                                          [name](const auto& pair) { return pair.first == name; });
  return found == index_page_headers().end() ? "" : found->second;
}

TEST(IndexPage, IsTheWholeFile) {
  EXPECT_TRUE(index_page().starts_with("<!doctype html>"));
  EXPECT_TRUE(index_page().ends_with("</html>\n"));
  EXPECT_EQ(index_page_etag(), "\"" + sha256_hex(index_page()).substr(0, 32) + "\"");
}

// The policy names one script and one style; the browser would block anything else.
TEST(IndexPage, HasOneScriptAndOneStyleAndNothingThatThePolicyForbids) {
  EXPECT_EQ(count("<script"), 1U);
  EXPECT_EQ(count("<style"), 1U);
  EXPECT_EQ(count("<script>"), 1U);
  EXPECT_EQ(count("<style>"), 1U);
  for (const std::string_view forbidden :
       {" style=\"", " onclick=\"", "javascript:", "@import", "url(", "eval(", "new Function"}) {
    EXPECT_EQ(count(forbidden), 0U) << forbidden;
  }
}

TEST(IndexPage, NeverParsesTextAsHtml) {
  for (const std::string_view forbidden :
       {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "srcdoc", "DOMParser"}) {
    EXPECT_EQ(count(forbidden), 0U) << forbidden;
  }
}

TEST(IndexPage, LoadsNothingFromElsewhere) {
  EXPECT_EQ(count(" src="), 0U);
  EXPECT_EQ(count("<link"), 1U);  // its icon, as data
  EXPECT_EQ(count("<link rel=\"icon\" href=\"data:"), 1U);
}

TEST(IndexPage, ItsPolicyNamesTheHashesOfScriptAndStyle) {
  const std::string policy = header("Content-Security-Policy");
  for (const auto& [directive, tag] :
       {std::pair{"script-src 'sha256-", "script"}, std::pair{"style-src 'sha256-", "style"}}) {
    const std::string opening = std::string("<") + tag + ">";
    const std::size_t start = index_page().find(opening) + opening.size();
    const std::size_t end = index_page().find(std::string("</") + tag + ">");
    const std::string hash = encode_base64url(sha256(index_page().substr(start, end - start)));
    EXPECT_NE(policy.find(directive + hash + "='"), std::string::npos) << policy;
  }
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << policy;
}

}  // namespace
}  // namespace tg::web
