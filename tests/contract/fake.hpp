// A fake service that records its input and returns samples, an error, or nothing: one hook for all
// methods of all contracts. Thread-safe.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include <boost/asio/steady_timer.hpp>

#include "api/forward.hpp"
#include "contract/samples.hpp"
#include "runtime/notifier.hpp"

namespace tg::contract {

// An input or output as text, with streams read to their end.
template <typename T>
Task<Result<std::string>> text_of(T value) {
  if constexpr (api::is_reply_or_stream<T>) {
    if (value.index() == 0) co_return co_await text_of(std::get<0>(std::move(value)));
    co_return co_await text_of(std::get<1>(std::move(value)));
  } else if constexpr (api::is_listed<T>) {
    co_return json::to_text(json::write(value.items)) + " of " + std::to_string(value.total);
  } else if constexpr (api::is_stream<T>) {
    std::string all;
    while (true) {
      TG_CO_TRY(auto item, co_await value->next());
      if (!item) co_return all + "end";
      all += json::to_text(json::write(*item)) + "\n";
    }
  } else if constexpr (std::is_same_v<T, api::FileReply> || std::is_same_v<T, api::Upload>) {
    TG_CO_TRY(const std::string bytes, co_await api::read_all(value.bytes, 64 << 20));
    co_return value.filename + " (" + value.content_type + "): " + bytes;
  } else if constexpr (std::is_same_v<T, std::optional<api::Upload>>) {
    if (!value) co_return "no file";
    co_return co_await text_of(*std::move(value));
  } else {
    co_return json::to_text(json::write(value));
  }
}

template <auto M>
Task<Result<std::string>> text_of_input(api::InOf<M> in) {
  json::Object fields;
  std::optional<api::Upload> file;
  wire::each_member<api::InOf<M>>([&](auto d, auto) {
    auto& member = in.*d.pointer;
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, api::Upload> ||
                  std::is_same_v<Member, std::optional<api::Upload>>) {
      file = std::move(member);
    } else {
      fields[json::wire_word(d.name)] = json::write(member);
    }
  });
  TG_CO_TRY(const std::string file_text, co_await text_of(std::move(file)));
  co_return json::to_text(fields) + " and " + file_text;
}

template <typename T>
class SampleStream final : public api::StreamSource<T> {
 public:
  explicit SampleStream(std::optional<Error> end) : end_(std::move(end)) {}
  Task<Result<std::optional<T>>> next() override {
    if (left_-- > 0) co_return std::optional<T>(samples_.make<T>());
    if (end_) co_return std::unexpected(*end_);
    co_return std::optional<T>();
  }

 private:
  Samples samples_;
  int left_ = 3;
  std::optional<Error> end_;
};

template <typename S>
S sample_stream(std::optional<Error> end) {
  return std::make_shared<SampleStream<typename api::StreamItem<S>::type>>(std::move(end));
}

class Fake {
 public:
  enum class Does { answer, refuse, wait, break_off };

  // Called by the test between calls.
  void set(Does does, Error error = {}) {
    const std::scoped_lock lock(mutex_);
    does_ = does;
    error_ = std::move(error);
    seen_.clear();
    call_ = {};
  }
  std::string seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  api::Call call() const {
    const std::scoped_lock lock(mutex_);
    return call_;
  }
  int entered() const { return entered_; }
  int cancelled() const { return cancelled_; }
  // Blocks until a call has entered.
  void wait_for_entry(int before) { wait_until(entered_, before); }
  void wait_for_cancellation(int before) { wait_until(cancelled_, before); }

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call call, api::InOf<M> in) {
    using Out = api::OutOf<M>;
    [[maybe_unused]] bool is_streamed = false;
    if constexpr (requires { in.stream; }) is_streamed = in.stream;
    TG_CO_TRY(const std::string seen, co_await text_of_input<M>(std::move(in)));
    const auto [does, error] = note(seen, std::move(call));
    if (does == Does::refuse) co_return std::unexpected(error);
    if (does == Does::wait) co_await wait();
    const auto broken = does == Does::break_off ? std::optional(error) : std::nullopt;
    if constexpr (api::is_reply_or_stream<Out>) {
      if (is_streamed) co_return sample_stream<api::StreamOf<Out>>(broken);
      co_return Samples().make<api::WholeOf<Out>>();
    } else if constexpr (api::is_stream<Out>) {
      co_return sample_stream<Out>(broken);
    } else if constexpr (std::is_same_v<Out, api::FileReply>) {
      co_return api::FileReply{.filename = "пост \"1\".json",
                               .content_type = "application/json",
                               .size = 7,
                               .bytes = api::bytes_source("{\"a\":1}")};
    } else if constexpr (api::is_listed<Out>) {
      co_return Out{.items = Samples().make<decltype(Out::items)>(), .total = 77};
    } else {
      co_return Samples().make<Out>();
    }
  }

 private:
  std::pair<Does, Error> note(std::string seen, api::Call call) {
    const std::scoped_lock lock(mutex_);
    seen_ = std::move(seen);
    call_ = std::move(call);
    add_one(entered_);
    return {does_, error_};
  }

  // Ends only by cancellation.
  Task<void> wait() {
    struct Leaving {
      Fake* fake;
      ~Leaving() { add_one(fake->cancelled_); }
    } leaving{this};
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>
        timer(co_await asio::this_coro::executor, SteadyTime::max());
    co_await timer.async_wait(use_task);
  }

  static void add_one(std::atomic<int>& count) {
    ++count;
    count.notify_all();
  }
  static void wait_until(const std::atomic<int>& count, int before) {
    for (int now = count; now <= before; now = count) count.wait(now);
  }

  mutable std::mutex mutex_;
  Does does_ = Does::answer;  // guarded by mutex_, with the next three
  Error error_;
  std::string seen_;
  api::Call call_;
  std::atomic<int> entered_ = 0;
  std::atomic<int> cancelled_ = 0;
};

}  // namespace tg::contract
