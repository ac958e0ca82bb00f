#include "tests/support/kv_conformance.hpp"

#include <map>
#include <mutex>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace tg::testing {
namespace {

using std::chrono::milliseconds;
using store::Counter;
using store::KeyValue;
using store::Lifetime;

// Names of the rules, by which the broken store is selected.
constexpr const char* kAnyBytes = "a value of any bytes is read back";
constexpr const char* kAbsent = "an absent key has no value";
constexpr const char* kReplaces = "set replaces value and lifetime";
constexpr const char* kEnds = "a value ends with its lifetime";
constexpr const char* kOnce = "set_if_absent takes once";
constexpr const char* kAgain = "set_if_absent takes again when the value has ended";
constexpr const char* kCompares = "compare_and_set changes what is expected only";
constexpr const char* kComparesAbsent = "compare_and_set does nothing to an absent key";
constexpr const char* kRemoves = "remove removes, and tells whether there was something";
constexpr const char* kCounts = "increment counts from zero and answers with the new value";
constexpr const char* kWindow = "increment keeps the window that the first one opened";
constexpr const char* kNoNumber = "increment refuses what is no number and leaves it";
constexpr const char* kAtomic = "counting at once loses nothing";
constexpr const char* kSizes = "keys and values of a wrong size are refused by name";

std::string read(KeyValue& kv, const std::string& key, Findings& findings) {
  return findings.value(run_blocking(kv.get(key)), "get").value_or("(absent)");
}

void any_bytes(KvHarness& harness, Findings& findings) {
  const std::string value("a\0b\r\n\xff", 6);
  findings.done(run_blocking(harness.kv().set("k", value, {})), "set");
  findings.expect(read(harness.kv(), "k", findings) == value, "other bytes came back");
  findings.done(run_blocking(harness.kv().set("empty", "", {})), "set");
  findings.expect(read(harness.kv(), "empty", findings).empty(), "an empty value is a value");
}

void absent(KvHarness& harness, Findings& findings) {
  findings.expect(read(harness.kv(), "never", findings) == "(absent)", "there is a value");
}

void replaces(KvHarness& harness, Findings& findings) {
  findings.done(run_blocking(harness.kv().set("k", "1", milliseconds(200))), "set");
  findings.done(run_blocking(harness.kv().set("k", "2", {})), "set");
  harness.pass(milliseconds(300));
  findings.expect(read(harness.kv(), "k", findings) == "2", "the second value is not there");
}

void ends(KvHarness& harness, Findings& findings) {
  findings.done(run_blocking(harness.kv().set("k", "1", milliseconds(200))), "set");
  harness.pass(milliseconds(50));
  findings.expect(read(harness.kv(), "k", findings) == "1", "it ended before its time");
  harness.pass(milliseconds(200));
  findings.expect(read(harness.kv(), "k", findings) == "(absent)", "it outlived its time");
}

void once(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  findings.expect(findings.value(run_blocking(kv.set_if_absent("k", "1", {})), "first"),
                  "the first was not taken");
  findings.expect(!findings.value(run_blocking(kv.set_if_absent("k", "2", {})), "second"),
                  "the second was taken");
  findings.expect(read(kv, "k", findings) == "1", "the first value is not there");
}

void again(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  static_cast<void>(run_blocking(kv.set_if_absent("k", "1", milliseconds(100))));
  harness.pass(milliseconds(200));
  findings.expect(findings.value(run_blocking(kv.set_if_absent("k", "2", {})), "after"),
                  "the key is still taken");
  findings.expect(read(kv, "k", findings) == "2", "the second value is not there");
}

void compares(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  findings.done(run_blocking(kv.set("k", "1", {})), "set");
  findings.expect(!findings.value(run_blocking(kv.compare_and_set("k", "0", "2", {})), "wrong"),
                  "changed though another value was expected");
  findings.expect(read(kv, "k", findings) == "1", "the value changed");
  findings.expect(findings.value(run_blocking(kv.compare_and_set("k", "1", "2", {})), "right"),
                  "not changed though the value was expected");
  findings.expect(read(kv, "k", findings) == "2", "the value did not change");
}

void compares_absent(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  findings.expect(!findings.value(run_blocking(kv.compare_and_set("k", "", "2", {})), "absent"),
                  "an absent key was taken for an empty one");
  findings.expect(read(kv, "k", findings) == "(absent)", "there is a value now");
}

void removes(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  findings.expect(!findings.value(run_blocking(kv.remove("k")), "absent"), "nothing was removed");
  findings.done(run_blocking(kv.set("k", "1", {})), "set");
  findings.expect(findings.value(run_blocking(kv.remove("k")), "present"), "nothing was removed");
  findings.expect(read(kv, "k", findings) == "(absent)", "the value is still there");
}

void counts(KvHarness& harness, Findings& findings) {
  const auto add = [&](std::int64_t by) {
    return findings.value(run_blocking(harness.kv().increment("k", by, {})), "increment").value;
  };
  findings.expect(add(2) == 2, "the first did not answer 2");
  findings.expect(add(5) == 7, "the second did not answer 7");
  findings.expect(add(-10) == -3, "the third did not answer -3");
  findings.expect(read(harness.kv(), "k", findings) == "-3", "the value is not -3");
}

void window(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  const auto add = [&] {
    return findings.value(run_blocking(kv.increment("k", 1, milliseconds(400))), "increment");
  };
  findings.expect(add().left.has_value(), "a new window has no end");
  harness.pass(milliseconds(250));
  const Counter second = add();
  findings.expect(second.value == 2, "the second did not count");
  findings.expect(second.left && *second.left <= milliseconds(200), "the window became longer");
  harness.pass(milliseconds(250));
  findings.expect(add().value == 1, "the window did not end");
}

void no_number(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  for (const char* value : {"word", "", "1.5", "12 ", "99999999999999999999"}) {
    findings.done(run_blocking(kv.set("k", value, {})), "set");
    const auto counted = run_blocking(kv.increment("k", 1, {}));
    findings.expect(!counted && counted.error().code == Code::conflict,
                    fmt::format("'{}' was counted on", value));
    findings.expect(read(kv, "k", findings) == value, "the value changed");
  }
}

Task<void> count_many(KeyValue* kv, int times) {
  for (int i = 0; i < times; ++i) co_await kv->increment("k", 1, Lifetime());
}

// Several coroutines on a loop, several loops on threads.
void atomic(KvHarness& harness, Findings& findings) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&harness] {
      asio::io_context loop(1);
      for (int c = 0; c < 4; ++c)
        asio::co_spawn(loop, count_many(&harness.kv(), 50), asio::detached);
      loop.run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  findings.expect(read(harness.kv(), "k", findings) == "400", "some were lost");
}

void sizes(KvHarness& harness, Findings& findings) {
  KeyValue& kv = harness.kv();
  const auto field = [](const Result<void>& result) {
    return result ? std::string("none") : result.error().field;
  };
  findings.expect(field(run_blocking(kv.set("", "v", {}))) == "key", "an empty key is taken");
  findings.expect(field(run_blocking(kv.set(std::string(513, 'k'), "v", {}))) == "key",
                  "a key of 513 bytes is taken");
  findings.expect(field(run_blocking(kv.set("k", std::string((1 << 20) + 1, 'v'), {}))) == "value",
                  "a value beyond 1 MiB is taken");
  findings.expect(field(run_blocking(kv.set(std::string(512, 'k'), "v", {}))) == "none",
                  "a key of 512 bytes is refused");
}

class PlainKv : public KeyValue {
 public:
  explicit PlainKv(const Clock& clock) : clock_(clock) {}

  Task<Result<std::optional<std::string>>> get(std::string key) override {
    const std::scoped_lock lock(mutex_);
    if (!find(key)) co_return std::optional<std::string>();
    co_return std::optional(entries_[key].value);
  }
  Task<Result<void>> set(std::string key, std::string value, Lifetime lifetime) override {
    TG_CO_TRY_VOID(store::check_key_value(key, value));
    const std::scoped_lock lock(mutex_);
    put(key, std::move(value), lifetime);
    co_return Result<void>();
  }
  Task<Result<bool>> set_if_absent(std::string key, std::string value, Lifetime lifetime) override {
    const std::scoped_lock lock(mutex_);
    if (find(key)) co_return false;
    put(key, std::move(value), lifetime);
    co_return true;
  }
  Task<Result<bool>> compare_and_set(std::string key, std::string expected, std::string value,
                                     Lifetime lifetime) override {
    const std::scoped_lock lock(mutex_);
    if (!find(key) || entries_[key].value != expected) co_return false;
    put(key, std::move(value), lifetime);
    co_return true;
  }
  Task<Result<bool>> remove(std::string key) override {
    const std::scoped_lock lock(mutex_);
    const bool there = find(key);
    entries_.erase(key);
    co_return there;
  }
  Task<Result<Counter>> increment(std::string key, std::int64_t by, Lifetime lifetime) override {
    const std::scoped_lock lock(mutex_);
    if (!find(key)) put(key, "0", lifetime);
    Entry& entry = entries_[key];
    TG_CO_TRY(const std::int64_t number, store::parse_counter(entry.value));
    entry.value = std::to_string(number + by);
    Counter counter{number + by, {}};
    if (entry.ends != SteadyTime::max())
      counter.left = std::chrono::ceil<milliseconds>(entry.ends - clock_.steady());
    co_return counter;
  }

 private:
  struct Entry {
    std::string value;
    SteadyTime ends;
  };
  bool find(const std::string& key) {
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second.ends > clock_.steady();
  }
  void put(const std::string& key, std::string value, Lifetime lifetime) {
    entries_[key] = {std::move(value), lifetime ? clock_.steady() + *lifetime : SteadyTime::max()};
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_
};

class BrokenKv final : public KeyValue {
 public:
  BrokenKv(const Clock& clock, std::string rule) : good_(clock), rule_(std::move(rule)) {}

  Task<Result<std::optional<std::string>>> get(std::string key) override {
    auto got = co_await good_.get(std::move(key));
    if (breaks(kAbsent) && got && !*got) co_return std::optional<std::string>("");
    if (breaks(kAnyBytes) && got && *got)
      (*got)->resize(std::min((*got)->size(), (*got)->find('\0')));
    co_return got;
  }
  Task<Result<void>> set(std::string key, std::string value, Lifetime lifetime) override {
    if (breaks(kEnds)) lifetime.reset();
    if (breaks(kReplaces)) {
      static_cast<void>(co_await good_.set_if_absent(key, value, lifetime));
      co_return Result<void>();
    }
    if (breaks(kSizes))
      key = key.substr(0, 100) + "x", value.resize(std::min<std::size_t>(value.size(), 100));
    co_return co_await good_.set(std::move(key), std::move(value), lifetime);
  }
  Task<Result<bool>> set_if_absent(std::string key, std::string value, Lifetime lifetime) override {
    if (breaks(kAgain)) lifetime.reset();
    if (breaks(kOnce)) {
      static_cast<void>(co_await good_.set(std::move(key), std::move(value), lifetime));
      co_return true;
    }
    co_return co_await good_.set_if_absent(std::move(key), std::move(value), lifetime);
  }
  Task<Result<bool>> compare_and_set(std::string key, std::string expected, std::string value,
                                     Lifetime lifetime) override {
    if (breaks(kCompares) || (breaks(kComparesAbsent) && expected.empty())) {
      static_cast<void>(co_await good_.set(std::move(key), std::move(value), lifetime));
      co_return true;
    }
    co_return co_await good_.compare_and_set(std::move(key), std::move(expected), std::move(value),
                                             lifetime);
  }
  Task<Result<bool>> remove(std::string key) override {
    if (breaks(kRemoves)) co_return (co_await good_.get(std::move(key))).value().has_value();
    co_return co_await good_.remove(std::move(key));
  }
  Task<Result<Counter>> increment(std::string key, std::int64_t by, Lifetime lifetime) override {
    if (breaks(kAtomic)) co_return co_await increment_in_two_steps(std::move(key), by);
    if (breaks(kWindow)) {
      const auto old = co_await good_.get(key);
      if (*old) static_cast<void>(co_await good_.set(key, **old, lifetime));
    }
    auto counted = co_await good_.increment(key, by, lifetime);
    if (breaks(kNoNumber) && !counted) {
      static_cast<void>(co_await good_.set(std::move(key), std::to_string(by), lifetime));
      co_return Counter{by, lifetime};
    }
    if (breaks(kCounts) && counted) counted->value -= by;
    co_return counted;
  }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  Task<Result<Counter>> increment_in_two_steps(std::string key, std::int64_t by) {
    const auto old = co_await good_.get(key);
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, use_task);  // lets other coroutines run
    const std::int64_t number = *old ? store::parse_counter(**old).value_or(0) + by : by;
    static_cast<void>(co_await good_.set(std::move(key), std::to_string(number), {}));
    co_return Counter{number, {}};
  }

  PlainKv good_;
  const std::string rule_;
};

}  // namespace

std::vector<Rule<KvHarness>> kv_rules() {
  return {{kAnyBytes, any_bytes}, {kAbsent, absent},
          {kReplaces, replaces},  {kEnds, ends},
          {kOnce, once},          {kAgain, again},
          {kCompares, compares},  {kComparesAbsent, compares_absent},
          {kRemoves, removes},    {kCounts, counts},
          {kWindow, window},      {kNoNumber, no_number},
          {kAtomic, atomic},      {kSizes, sizes}};
}

std::unique_ptr<KeyValue> make_plain_kv(const Clock& clock) {
  return std::make_unique<PlainKv>(clock);
}

std::unique_ptr<KeyValue> make_broken_kv(const Clock& clock, std::string rule) {
  return std::make_unique<BrokenKv>(clock, std::move(rule));
}

}  // namespace tg::testing
