#include "runtime/modules.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "runtime/log.hpp"

namespace tg {
namespace {

using Names = std::vector<std::string>;

class ModulesTest : public ::testing::Test {
 protected:
  Module module(const std::string& name, Names needs = {}) {
    return {.name = name,
            .needs = std::move(needs),
            .start = [this, name]() -> Result<void> {
              said_.push_back("+" + name);
              return {};
            },
            .stop = [this, name] { said_.push_back("-" + name); }};
  }

  Names said_;
};

TEST_F(ModulesTest, StartsByNeedAndStopsInReverse) {
  {
    Modules modules;
    modules.add(module("gateway", {"retrieval", "auth"}));
    modules.add(module("auth", {"database"}));
    modules.add(module("retrieval", {"database"}));
    modules.add(module("database"));
    ASSERT_TRUE(modules.start());
    EXPECT_EQ(modules.running(), (Names{"database", "retrieval", "auth", "gateway"}));
  }
  EXPECT_EQ(said_, (Names{"+database", "+retrieval", "+auth", "+gateway", "-gateway", "-auth",
                          "-retrieval", "-database"}));
}

TEST_F(ModulesTest, StartsOnlyWhatIsWantedAndItsNeeds) {
  Modules modules;
  modules.add(module("a"));
  modules.add(module("b", {"c"}));
  modules.add(module("c"));
  ASSERT_TRUE(modules.start({"b"}));
  EXPECT_EQ(said_, (Names{"+c", "+b"}));
  ASSERT_TRUE(modules.start());
  EXPECT_EQ(said_, (Names{"+c", "+b", "+a"})) << "nothing starts twice";
}

TEST_F(ModulesTest, AFailureStopsWhatWasStartedAndIsNamed) {
  Modules modules;
  modules.add(module("database"));
  modules.add(module("index"));
  modules.add({.name = "telegram",
               .needs = {"database"},
               .start = []() -> Result<void> { return unavailable("vector"); },
               .stop = [this] { said_.push_back("-telegram"); }});
  modules.add(module("never"));
  const auto started = modules.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::unavailable);
  EXPECT_TRUE(started.error().message.starts_with("telegram could not start: "))
      << started.error().message;
  EXPECT_EQ(said_, (Names{"+database", "+index", "-index", "-database"}));
  EXPECT_TRUE(modules.running().empty());
}

TEST_F(ModulesTest, WhatThrowsAtStartIsAFailure) {
  Modules modules;
  modules.add({.name = "bad", .start = []() -> Result<void> { throw std::runtime_error("boom"); }});
  const auto started = modules.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().detail, "boom");
}

TEST_F(ModulesTest, WhatThrowsAtStopDoesNotKeepTheRest) {
  Modules modules;
  modules.add(module("a"));
  modules.add({.name = "b", .stop = [] { throw std::runtime_error("boom"); }});
  std::string logged;
  const log::Capture capture([&](std::string_view line) { logged += line; });
  ASSERT_TRUE(modules.start());
  modules.stop();
  EXPECT_TRUE(logged.contains("did not stop cleanly")) << logged;
  EXPECT_EQ(said_, (Names{"+a", "-a"}));
  modules.stop();
  EXPECT_EQ(said_.size(), 2U) << "nothing stops twice";
}

TEST_F(ModulesTest, RefusesUnknownNamesCirclesAndDoubles) {
  Modules unknown;
  unknown.add(module("a", {"b"}));
  EXPECT_EQ(unknown.start().error().message, "module a needs b, which is not there");
  EXPECT_EQ(unknown.start({"x"}).error().message, "there is no module x");
  Modules circle;
  circle.add(module("z", {"a"}));
  circle.add(module("a", {"b"}));
  circle.add(module("b", {"c"}));
  circle.add(module("c", {"a"}));
  EXPECT_EQ(circle.start().error().message, "modules need each other: a -> b -> c -> a");
  Modules twice;
  twice.add(module("a"));
  twice.add(module("a"));
  EXPECT_EQ(twice.start().error().message, "there are two modules a");
  EXPECT_TRUE(said_.empty());
}

}  // namespace
}  // namespace tg
