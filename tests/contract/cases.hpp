// Checks for every row of every endpoint table: success, every error, invalid input, an expired
// deadline, a cancelled call; each locally, through JSON and over HTTP.
#pragma once

#include <map>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "base/encoding.hpp"
#include "contract/ends.hpp"
#include "contract/schema_checker.hpp"
#include "net/multipart.hpp"
#include "wire/openapi.hpp"
#include "wire/replies.hpp"

namespace tg::contract {

using Values = std::map<std::string, json::Value, std::less<>>;

// The fields of an input by name, without the file.
template <auto M>
Values values_of(const api::InOf<M>& in) {
  Values values;
  wire::each_member<api::InOf<M>>([&](auto d, auto index) {
    if constexpr (api::endpoint_of<M>().from[index] != api::From::upload)
      values.emplace(json::wire_word(d.name), json::write(in.*d.pointer));
  });
  return values;
}

// Builds a request without the validation of the calling end.
wire::Outgoing raw_request(const api::Spec& spec, std::span<const wire::Field> fields,
                           const Values& values);
struct RawAnswer {
  net::Response response;
  json::Value body;  // null if not JSON
  std::string error_code() const;
  std::string field() const;
  std::string reason() const;
};
RawAnswer send_raw(Loops& loops, net::Client& client, std::string url, const api::Spec& spec,
                   const wire::Outgoing& request, net::Headers headers = {});

// Invalid values of a field; nullopt: the field is missing.
std::vector<std::optional<json::Value>> bad_values(const wire::Field& field, const Rule* rule);

// An error with that code, as services return it.
Error sample_error(Code code);
std::vector<Code> all_codes();
std::string text_of_error(const Error& error);

template <typename T>
std::string text_of_result(const Result<T>& result) {
  return result ? std::string("success") : text_of_error(result.error());
}

template <auto M, typename Service>
Result<std::string> ask(Ends<Service>& ends, Service& service, api::Call call = {},
                        bool is_streamed = false) {
  return ends.run([](Service& from, api::Call with, bool streamed) -> Task<Result<std::string>> {
    TG_CO_TRY(auto out,
              co_await (from.*M)(std::move(with), Samples(streamed).make<api::InOf<M>>()));
    co_return co_await text_of(std::move(out));
  }(service, std::move(call), is_streamed));
}

template <auto M, typename Service>
void check_success(Ends<Service>& ends, bool is_streamed = false) {
  ends.fake->set(Fake::Does::answer);
  const auto local = ask<M>(ends, *ends.local, {}, is_streamed);
  const std::string seen = ends.fake->seen();
  ASSERT_TRUE(local.has_value());
  for (Service* other : {ends.json.get(), ends.remote.get()}) {
    ends.fake->set(Fake::Does::answer);
    const auto answer = ask<M>(ends, *other, {.request_id = "r-1"}, is_streamed);
    ASSERT_TRUE(answer.has_value()) << text_of_error(answer.error());
    EXPECT_EQ(*answer, *local);
    EXPECT_EQ(ends.fake->seen(), seen);
    EXPECT_EQ(ends.fake->call().request_id, "r-1");
  }
}

// Both forms of an output with two forms.
template <auto M, typename Service>
void check_forms(Ends<Service>& ends) {
  check_success<M>(ends);
  if constexpr (api::is_reply_or_stream<api::OutOf<M>>) {
    const auto whole = ask<M>(ends, *ends.remote);
    check_success<M>(ends, true);
    const auto events = ask<M>(ends, *ends.remote, {}, true);
    ASSERT_TRUE(whole && events);
    EXPECT_NE(*events, *whole);
    for (Service* end : {ends.local.get(), ends.json.get(), ends.remote.get()}) {
      const Error error = sample_error(Code::unavailable);
      ends.fake->set(Fake::Does::break_off, error);
      EXPECT_EQ(text_of_result(ask<M>(ends, *end, {}, true)), text_of_error(error));
    }
  }
}

template <auto M, typename Service>
void check_error(Ends<Service>& ends, Code code) {
  const Error error = sample_error(code);
  for (Service* end : {ends.local.get(), ends.json.get(), ends.remote.get()}) {
    ends.fake->set(Fake::Does::refuse, error);
    EXPECT_EQ(text_of_result(ask<M>(ends, *end)), text_of_error(error));
  }
}

template <auto M>
const Rule* rule_of(std::string_view name) {
  static constexpr auto kRules = json::rules_for<api::InOf<M>>();
  return json::find_rule<api::InOf<M>>(kRules, name);
}

// Makes each field invalid in turn: the reply must be 400 and name the field, over HTTP and in
// process, and nothing may reach the service. Returns the number of requests.
template <auto M, typename Service>
int check_bad_input(Ends<Service>& ends) {
  const api::Spec& spec = api::endpoint_of<M>().spec;
  const Values good = values_of<M>(Samples().make<api::InOf<M>>());
  const int entered = ends.fake->entered();
  int cells = 0;
  for (const wire::Field& field : wire::kFields<M>) {
    if (field.from == api::From::upload) continue;
    for (const auto& bad : bad_values(field, rule_of<M>(field.name))) {
      SCOPED_TRACE(fmt::format("{} = {}", field.name, bad ? json::to_text(*bad) : "nothing"));
      Values values = good;
      values.erase(values.find(field.name));
      if (bad) values.emplace(field.name, *bad);
      const wire::Outgoing request = raw_request(spec, wire::kFields<M>, values);
      auto input = wire::received(request);
      json::Warnings warnings;
      const auto bound = wire::bind<M>(*input, warnings);
      const RawAnswer answer = send_raw(ends.loops, *ends.client, ends.url(), spec, request);
      EXPECT_EQ(answer.response.status, 400) << answer.response.body;
      EXPECT_TRUE(answer.field() == field.name ||
                  answer.field().starts_with(std::string(field.name) + "[") ||
                  answer.field().starts_with(std::string(field.name) + "."))
          << answer.response.body;
      EXPECT_EQ(bound ? "nothing" : bound.error().field, answer.field());
      ++cells;
    }
  }
  EXPECT_EQ(ends.fake->entered(), entered);
  return cells;
}

template <auto M, typename Service>
void check_deadline(Ends<Service>& ends) {
  const api::Spec& spec = api::endpoint_of<M>().spec;
  // Expired before the call: the service is not called.
  const int entered = ends.fake->entered();
  ends.fake->set(Fake::Does::wait);
  const auto late = ask<M>(ends, *ends.remote, {.deadline = std::chrono::steady_clock::now()});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, Code::gateway_timeout);
  EXPECT_EQ(ends.fake->entered(), entered);
  // Expires during the call: the service is cancelled, then the caller gets the error. On a slow
  // machine, the first limits may expire before the service is called.
  const auto request =
      raw_request(spec, wire::kFields<M>, values_of<M>(Samples().make<api::InOf<M>>()));
  ends.fake->set(Fake::Does::wait);
  const int cancelled = ends.fake->cancelled();
  for (int limit_ms = 1; ends.fake->entered() == entered; limit_ms *= 2) {
    const RawAnswer answer = send_raw(ends.loops, *ends.client, ends.url(), spec, request,
                                      {{"X-Request-Timeout-Ms", std::to_string(limit_ms)}});
    EXPECT_EQ(answer.response.status, 504);
    EXPECT_EQ(answer.error_code(), "GATEWAY_TIMEOUT");
  }
  ends.fake->wait_for_cancellation(cancelled);
  // The calling process passes on a slightly shorter deadline.
  for (int limit_ms = 20; ends.fake->entered() == entered + 1; limit_ms *= 2) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
    const auto answer = ask<M>(ends, *ends.remote, {.deadline = deadline});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().code, Code::gateway_timeout);
  }
  ends.fake->wait_for_cancellation(cancelled + 1);
}

template <auto M, typename Service>
void check_cancelled(Ends<Service>& ends) {
  for (Service* end : {ends.local.get(), ends.json.get(), ends.remote.get()}) {
    ends.fake->set(Fake::Does::wait);
    const int entered = ends.fake->entered();
    const int cancelled = ends.fake->cancelled();
    const Executor executor = ends.loops.next();
    asio::cancellation_signal signal;
    auto answer = asio::co_spawn(executor, (end->*M)({}, Samples().make<api::InOf<M>>()),
                                 asio::bind_cancellation_slot(signal.slot(), asio::use_future));
    ends.fake->wait_for_entry(entered);
    asio::post(executor, [&] { signal.emit(asio::cancellation_type::all); });
    ends.fake->wait_for_cancellation(cancelled);
    try {
      EXPECT_FALSE(answer.get().has_value());
    } catch (const boost::system::system_error& error) {
      EXPECT_EQ(error.code(), asio::error::operation_aborted);
    }
  }
}

// The schema of a field in the OpenAPI document; null if missing.
const json::Value* field_schema(const json::Object& operation, const wire::Field& field);
// Replies must match the operation in the document: success, and an error.
void check_answers(const SchemaChecker& checker, const json::Object& operation,
                   const api::Spec& spec, wire::ReplyKind kind, const RawAnswer& success,
                   const RawAnswer& failure);
// Every event must match the schema in the document.
void check_events(const SchemaChecker& checker, const json::Object& operation,
                  const api::Spec& spec, const RawAnswer& events);

// Implementation and document must agree on valid input, invalid input and replies.
template <auto M, typename Service>
int check_described(Ends<Service>& ends, const SchemaChecker& checker) {
  const api::Spec& spec = api::endpoint_of<M>().spec;
  const json::Object* operation = checker.operation(api::method_word(spec.method), spec.path);
  EXPECT_NE(operation, nullptr);
  if (operation == nullptr) return 0;
  int cells = 0;
  const Values good = values_of<M>(Samples().make<api::InOf<M>>());
  for (const wire::Field& field : wire::kFields<M>) {
    if (field.from == api::From::upload) continue;
    SCOPED_TRACE(field.name);
    const json::Value* schema = field_schema(*operation, field);
    EXPECT_NE(schema, nullptr);
    if (schema == nullptr) continue;
    EXPECT_EQ(checker.check(good.find(field.name)->second, *schema), std::vector<std::string>());
    for (const auto& bad : bad_values(field, rule_of<M>(field.name))) {
      if (!bad) continue;
      EXPECT_FALSE(checker.check(*bad, *schema).empty()) << json::to_text(*bad);
      ++cells;
    }
  }
  const auto request = raw_request(spec, wire::kFields<M>, good);
  ends.fake->set(Fake::Does::answer);
  const RawAnswer success = send_raw(ends.loops, *ends.client, ends.url(), spec, request);
  ends.fake->set(Fake::Does::refuse, sample_error(Code::unavailable));
  const RawAnswer failure =
      send_raw(ends.loops, *ends.client, ends.url() + "/api/v1", spec, request);
  check_answers(checker, *operation, spec, wire::reply_kind<api::OutOf<M>>(), success, failure);
  if constexpr (api::is_reply_or_stream<api::OutOf<M>>) {
    ends.fake->set(Fake::Does::answer);
    const auto streamed =
        raw_request(spec, wire::kFields<M>, values_of<M>(Samples(true).make<api::InOf<M>>()));
    check_events(checker, *operation, spec,
                 send_raw(ends.loops, *ends.client, ends.url(), spec, streamed));
  }
  return cells;
}

}  // namespace tg::contract
