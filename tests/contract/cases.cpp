#include "contract/cases.hpp"

#include "net/event_reader.hpp"
#include "wire/verbs.hpp"

namespace tg::contract {
namespace {

std::string text_in(const json::Value& body, std::string_view name) {
  const json::Object* object = body.if_object();
  const json::Value* found = object == nullptr ? nullptr : object->if_contains(name);
  return found == nullptr || !found->is_string() ? std::string() : std::string(found->get_string());
}

json::Value details_of(const json::Value& body) {
  const json::Object* object = body.if_object();
  const json::Value* found = object == nullptr ? nullptr : object->if_contains("details");
  return found == nullptr ? json::Value() : *found;
}

void add_out_of_range(std::vector<std::optional<json::Value>>& bad, const wire::Field& field,
                      const Rule& rule) {
  for (const double edge : {rule.min - 1, rule.max + 1}) {
    if (!std::isfinite(edge)) continue;
    if (field.kind == wire::Kind::integer) {
      bad.emplace_back(static_cast<std::int64_t>(edge));
    } else {
      bad.emplace_back(edge);
    }
  }
}

void add_wrong_lengths(std::vector<std::optional<json::Value>>& bad, const wire::Field& field,
                       const Rule& rule) {
  const bool can_be_empty = field.from != api::From::path;
  if (field.is_list) {
    if (rule.min_length > 0 && field.from == api::From::body) bad.emplace_back(json::Array());
    return;
  }
  if (rule.min_length > 0 && can_be_empty) bad.emplace_back(std::string(rule.min_length - 1, 'x'));
  if (rule.max_length < 5000) bad.emplace_back(std::string(rule.max_length + 1, 'x'));
}

}  // namespace

wire::Outgoing raw_request(const api::Spec& spec, std::span<const wire::Field> fields,
                           const Values& values) {
  wire::Outgoing request{.path = std::string(spec.path)};
  for (const wire::Field& field : fields) {
    const auto found = values.find(field.name);
    if (field.from == api::From::body) request.has_body = true;
    if (found != values.end())
      EXPECT_TRUE(wire::put_value(request, field, found->second).has_value());
  }
  return request;
}

RawAnswer send_raw(Loops& loops, net::Client& client, std::string url, const api::Spec& spec,
                   const wire::Outgoing& request, net::Headers headers) {
  net::ClientRequest raw{
      .verb = wire::verb_of(spec.method), .url = url + request.path, .headers = std::move(headers)};
  if (!request.query.empty()) raw.url += "?" + request.query;
  if (request.has_body) {
    raw.headers.set("Content-Type", "application/json");
    raw.body = json::to_text(request.body);
  }
  auto response = asio::co_spawn(loops.next(), client.send(std::move(raw)), asio::use_future).get();
  EXPECT_TRUE(response.has_value());
  RawAnswer answer{.response = response ? *response : net::Response{.status = 0}};
  if (auto body = json::parse(answer.response.body)) answer.body = *body;
  return answer;
}

std::string RawAnswer::error_code() const {
  return text_in(body, "error_code");
}
std::string RawAnswer::field() const {
  return text_in(details_of(body), "field");
}
std::string RawAnswer::reason() const {
  return text_in(details_of(body), "reason");
}

std::vector<std::optional<json::Value>> bad_values(const wire::Field& field, const Rule* rule) {
  std::vector<std::optional<json::Value>> bad;
  const bool is_body = field.from == api::From::body;
  if (field.is_list) {
    if (is_body) bad.emplace_back(7);
  } else if (field.kind == wire::Kind::json) {
    bad.emplace_back("no object");
  } else if (field.kind == wire::Kind::string) {
    if (is_body) bad.emplace_back(json::Array{1});
  } else {
    bad.emplace_back("no such word");
  }
  if (rule == nullptr) return bad;
  if (rule->is_required && field.from != api::From::path) bad.emplace_back(std::nullopt);
  add_out_of_range(bad, field, *rule);
  add_wrong_lengths(bad, field, *rule);
  return bad;
}

Error sample_error(Code code) {
  Error error{
      .code = code, .reason = "test.reason", .message = "что-то \"не так\"", .detail = "secret"};
  if (code == Code::validation) error.field = "filters.date_range[3]";
  if (code == Code::rate_limited || code == Code::unavailable)
    error.retry_after = std::chrono::seconds(17);
  return error;
}

std::vector<Code> all_codes() {
  return {Code::validation,
          Code::unauthorized,
          Code::forbidden,
          Code::not_found,
          Code::conflict,
          Code::payload_too_large,
          Code::rate_limited,
          Code::internal,
          Code::not_implemented,
          Code::bad_gateway,
          Code::unavailable,
          Code::gateway_timeout,
          Code::unsupported_media_type};
}

std::string text_of_error(const Error& error) {
  return fmt::format("{} {} \"{}\" {} {}", wire_name(error.code), error.reason, error.message,
                     error.field, error.retry_after ? error.retry_after->count() : 0);
}

const json::Value* field_schema(const json::Object& operation, const wire::Field& field) {
  if (field.from == api::From::body) {
    const json::Value* schema =
        SchemaChecker::at(operation.at("requestBody"), {"content", "application/json", "schema"});
    if (schema == nullptr || field.is_whole_body) return schema;
    return SchemaChecker::at(*schema, {"properties", field.name});
  }
  for (const json::Value& parameter : operation.at("parameters").get_array()) {
    if (std::string_view(parameter.at("name").get_string()) == field.name)
      return &parameter.at("schema");
  }
  return nullptr;
}

void check_answers(const SchemaChecker& checker, const json::Object& operation,
                   const api::Spec& spec, wire::ReplyKind kind, const RawAnswer& success,
                   const RawAnswer& failure) {
  const json::Value& responses = operation.at("responses");
  EXPECT_EQ(success.response.status, spec.status) << success.response.body;
  const std::string status = std::to_string(success.response.status);
  if (kind == wire::ReplyKind::body || kind == wire::ReplyKind::body_or_events) {
    const json::Value* schema =
        SchemaChecker::at(responses, {status, "content", "application/json", "schema"});
    ASSERT_NE(schema, nullptr);
    EXPECT_EQ(checker.check(success.body, *schema), std::vector<std::string>());
  } else {
    const std::string_view type =
        kind == wire::ReplyKind::events ? "text/event-stream" : "application/octet-stream";
    EXPECT_NE(SchemaChecker::at(responses, {status, "content", type}), nullptr);
  }
  EXPECT_EQ(failure.response.status, 503);
  EXPECT_EQ(failure.response.headers.get("Retry-After"), "17");
  EXPECT_NE(SchemaChecker::at(responses, {"503"}), nullptr);
  EXPECT_EQ(checker.check(failure.body, *SchemaChecker::at(checker.document(),
                                                           {"components", "schemas", "Error"})),
            std::vector<std::string>());
  EXPECT_EQ(failure.response.body.find("secret"), std::string::npos);
}

void check_events(const SchemaChecker& checker, const json::Object& operation,
                  const api::Spec& spec, const RawAnswer& events) {
  EXPECT_EQ(events.response.status, spec.status) << events.response.body;
  EXPECT_EQ(events.response.headers.get("Content-Type"), "text/event-stream");
  const json::Value* schema = SchemaChecker::at(
      operation.at("responses"),
      {std::to_string(spec.status), "content", "text/event-stream", "itemSchema"});
  ASSERT_NE(schema, nullptr);
  net::EventReader reader;
  reader.append(events.response.body);
  int items = 0;
  while (true) {
    const auto event = reader.next();
    ASSERT_TRUE(event && *event) << "the stream ends without `done`";
    if ((*event)->name == "done") break;
    const auto item = json::parse((*event)->data);
    ASSERT_TRUE(item.has_value());
    EXPECT_EQ(checker.check(*item, *schema), std::vector<std::string>());
    EXPECT_EQ(std::string_view(item->at("event").get_string()), (*event)->name);
    ++items;
  }
  EXPECT_GT(items, 0);
}

}  // namespace tg::contract
