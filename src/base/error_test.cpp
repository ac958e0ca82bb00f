#include "base/error.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

TEST(Error, AFullQueueIsNamedInWordsForProgramsAndForPeople) {
  for (const char* what : {"password hashes", "password_hashes"}) {
    const Error error = overloaded(what, std::chrono::seconds(2)).error();
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_EQ(error.reason, "overloaded.password_hashes");
    EXPECT_EQ(error.message, "the server is busy: too many password hashes are waiting");
    EXPECT_EQ(error.retry_after, std::chrono::seconds(2));
  }
}

}  // namespace
}  // namespace tg
