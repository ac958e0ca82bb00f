// Conformance suites: the promises of a port as a list of rules that every implementation must
// keep. A rule receives a fresh harness and reports violations as values, so that suites can be
// tested themselves: each rule must detect an implementation that breaks it. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::testing {

class Findings {
 public:
  void expect(bool holds, std::string what) {
    if (!holds) all_.push_back(std::move(what));
  }
  // Returns the value, or adds a finding and returns a default value.
  template <typename T>
  T value(Result<T> result, const std::string& of) {
    if (result) return *std::move(result);
    all_.push_back(fmt::format("{}: {} {}", of, result.error().message, result.error().detail));
    return T();
  }
  void done(const Result<void>& result, const std::string& of) {
    if (!result)
      all_.push_back(fmt::format("{}: {} {}", of, result.error().message, result.error().detail));
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

template <typename Harness>
struct Rule {
  std::string name;
  std::function<void(Harness&, Findings&)> check;
};

template <typename Harness>
using MakeHarness = std::function<std::unique_ptr<Harness>()>;

// "rule: finding" for all rules, or only for `only`.
template <typename Harness>
std::vector<std::string> violations(const std::vector<Rule<Harness>>& rules,
                                    const MakeHarness<Harness>& make,
                                    const std::string& only = {}) {
  std::vector<std::string> found;
  for (const Rule<Harness>& rule : rules) {
    if (!only.empty() && rule.name != only) continue;
    Findings findings;
    const std::unique_ptr<Harness> harness = make();
    rule.check(*harness, findings);
    for (const std::string& finding : findings.all()) found.push_back(rule.name + ": " + finding);
  }
  return found;
}

// Fails the test for each violation.
template <typename Harness>
void expect_conforms(const std::vector<Rule<Harness>>& rules, const MakeHarness<Harness>& make) {
  for (const std::string& violation : violations(rules, make)) ADD_FAILURE() << violation;
}

// Tests the suite: `broken(rule)` creates an implementation that breaks this rule.
template <typename Harness>
void expect_every_rule_bites(
    const std::vector<Rule<Harness>>& rules,
    const std::function<std::unique_ptr<Harness>(const std::string& rule)>& broken) {
  for (const Rule<Harness>& rule : rules) {
    const MakeHarness<Harness> make = [&] { return broken(rule.name); };
    EXPECT_FALSE(violations(rules, make, rule.name).empty())
        << "an implementation that breaks '" << rule.name << "' passes";
  }
}

}  // namespace tg::testing
