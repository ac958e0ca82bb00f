#include "wire/openapi.hpp"

#include <limits>

#include <fmt/core.h>

#include "base/text.hpp"
#include "wire/described_row.hpp"
#include "wire/docs_page.hpp"
#include "wire/errors.hpp"

namespace tg::wire {
namespace {

// "VALIDATION_ERROR": the name of the shared response.
std::string response_name(Code code) {
  return std::string(wire_name(code));
}

json::Object json_content(json::Object schema) {
  return {{"application/json", json::Object{{"schema", std::move(schema)}}}};
}

std::string path_of(std::string_view pattern) {
  std::string path(pattern);
  for (std::size_t at = 0; (at = path.find("...}")) != std::string::npos;) path.erase(at, 3);
  return path;
}

std::string lower(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

json::Array parameters_of(const DescribedRow& row) {
  json::Array parameters;
  for (const DescribedField& described : row.fields) {
    const Field& field = described.field;
    const bool is_path = field.from == api::From::path;
    if (!is_path && field.from != api::From::query && !field.also_in_query) continue;
    json::Object parameter{{"name", field.name},
                           {"in", is_path ? "path" : "query"},
                           {"required", is_path || (described.is_required && !field.also_in_query)},
                           {"schema", described.schema}};
    if (field.also_in_query) parameter["description"] = "In the query string or in the body.";
    if (row.spec->path.find(fmt::format("{{{}...}}", field.name)) != std::string_view::npos)
      parameter["description"] = "May contain slashes.";
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

// The body's fields as one object schema.
json::Object body_schema(const DescribedRow& row, bool with_file) {
  json::Object properties;
  json::Array required;
  for (const DescribedField& described : row.fields) {
    const Field& field = described.field;
    if (field.is_whole_body) return described.schema;
    const bool is_file = field.from == api::From::upload;
    if (field.from != api::From::body && !(is_file && with_file)) continue;
    properties[field.name] = described.schema;
    if (described.is_required && !field.also_in_query) required.emplace_back(field.name);
  }
  json::Object schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

std::optional<json::Object> request_body(const DescribedRow& row, const BodyLimits& body_limits) {
  bool has_body = false;
  bool has_file = false;
  bool is_required = false;
  for (const DescribedField& described : row.fields) {
    has_body = has_body || described.field.from == api::From::body;
    has_file = has_file || described.field.from == api::From::upload;
    is_required = is_required || (described.field.from == api::From::body &&
                                  described.is_required && !described.field.also_in_query);
  }
  if (!has_body && !has_file) return std::nullopt;
  json::Object content;
  if (has_file) {
    content["multipart/form-data"] = json::Object{{"schema", body_schema(row, true)}};
  }
  if (has_body) content["application/json"] = json::Object{{"schema", body_schema(row, false)}};
  json::Object body{{"required", is_required}, {"content", std::move(content)}};
  const auto set = body_limits.find(row.spec->path);
  const std::size_t limit = set == body_limits.end() ? row.spec->body_limit : set->second;
  if (limit != std::numeric_limits<std::size_t>::max()) body["x-body-limit-bytes"] = limit;
  return body;
}

json::Object events_content(const DescribedRow& row) {
  return {{"schema", json::Object{{"type", "string"}}}, {"itemSchema", row.event}};
}

json::Object success_of(const DescribedRow& row) {
  json::Object success{{"description", "Success"}};
  if (row.spec->status == 201) success["description"] = "Created";
  if (row.spec->status == 202) success["description"] = "Accepted: processed by a background job";
  if (row.kind == ReplyKind::events) {
    success["description"] =
        "Server-sent events: an unnamed event per item, `error` with the usual error object, "
        "`done` at the end";
    success["content"] = json::Object{{"text/event-stream", events_content(row)}};
  } else if (row.kind == ReplyKind::body_or_events) {
    success["description"] =
        "The complete response; with `stream`, server-sent events named by their kind, `error` "
        "with "
        "the usual error object, `done` at the end";
    json::Object content = json_content(row.reply);
    content["text/event-stream"] = events_content(row);
    success["content"] = std::move(content);
  } else if (row.kind == ReplyKind::file) {
    success["content"] = json::Object{
        {"application/octet-stream",
         json::Object{{"schema", json::Object{{"type", "string"}, {"format", "binary"}}}}}};
  } else if (row.is_text) {
    success["content"] =
        json::Object{{"text/plain", json::Object{{"schema", json::Object{{"type", "string"}}}}}};
  } else {
    success["content"] = json_content(row.reply);
  }
  if (row.is_listed) {
    success["headers"] = json::Object{
        {std::string(kTotalCount), json::Object{{"description", "Total number of items"},
                                                {"schema", json::Object{{"type", "integer"}}}}}};
  }
  return success;
}

json::Object operation_of(const DescribedRow& row, const BodyLimits& body_limits) {
  const api::Spec& spec = *row.spec;
  json::Object operation{{"operationId", fmt::format("{}_{}", row.service, spec.name)},
                         {"tags", json::Array{row.service}},
                         {"summary", spec.summary},
                         {"x-scope", json::enum_word(static_cast<api::Scope>(spec.needs))},
                         {"x-repeatable", spec.repeatable}};
  if (spec.deadline.count() > 0) operation["x-deadline-ms"] = spec.deadline.count();
  if (auto parameters = parameters_of(row); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  if (auto body = request_body(row, body_limits)) operation["requestBody"] = *std::move(body);
  json::Object responses{{std::to_string(spec.status), success_of(row)}};
  std::vector<Field> fields;
  for (const DescribedField& described : row.fields) fields.push_back(described.field);
  for (const Code code : errors_of(spec, fields)) {
    responses[std::to_string(http_status(code))] =
        json::Object{{"$ref", "#/components/responses/" + response_name(code)}};
  }
  operation["responses"] = std::move(responses);
  operation["security"] = spec.needs == api::Scope::open
                              ? json::Array()
                              : json::Array{json::Object{{"bearer", json::Array()}}};
  return operation;
}

json::Object error_schema() {
  const json::Object text{{"type", "string"}};
  const json::Object seconds{{"type", "integer"}, {"minimum", 0}};
  return {{"type", "object"},
          {"required", json::Array{"success", "error_code", "detail", "message", "details",
                                   "timestamp", "request_id"}},
          {"properties",
           json::Object{
               {"success", json::Object{{"const", false}}},
               {"error_code", text},
               {"detail", text},
               {"message", text},
               {"details", json::Object{{"type", "object"},
                                        {"properties", json::Object{{"field", text},
                                                                    {"reason", text},
                                                                    {"retry_after", seconds}}}}},
               {"timestamp", json::Object{{"type", "string"}, {"format", "date-time"}}},
               {"request_id", text}}}};
}

json::Object error_responses() {
  json::Object responses;
  for (int status = 400; status < 600; ++status) {
    const Code code = code_of_status(status);
    if (http_status(code) != status) continue;
    json::Object content = json_content({{"$ref", "#/components/schemas/Error"}});
    content["application/problem+json"] =
        json::Object{{"schema", json::Object{{"type", "object"}}}};
    responses[response_name(code)] =
        json::Object{{"description", net::reason_phrase(status)}, {"content", std::move(content)}};
  }
  return responses;
}

// The schemas that the operations refer to, directly or indirectly.
json::Object used_schemas(const json::Object& paths, const Schemas& schemas) {
  constexpr std::string_view kMark = "\"#/components/schemas/";
  json::Object used{{"Error", error_schema()}};
  std::vector<std::string> unread{json::to_text(paths)};
  while (!unread.empty()) {
    const std::string text = std::move(unread.back());
    unread.pop_back();
    for (std::size_t at = 0; (at = text.find(kMark, at)) != std::string::npos;) {
      at += kMark.size();
      const std::string name = text.substr(at, text.find('"', at) - at);
      const auto found = schemas.named().find(name);
      if (found == schemas.named().end() || used.contains(name)) continue;
      used[name] = found->second;
      unread.push_back(json::to_text(found->second));
    }
  }
  return used;
}

std::vector<DescribedRow> all_rows(Schemas& schemas) {
  std::vector<DescribedRow> all;
  const auto add = [&all](std::vector<DescribedRow> rows) {
    for (DescribedRow& row : rows) all.push_back(std::move(row));
  };
  add(describe<api::Gateway>(schemas));
  add(describe<api::Auth>(schemas));
  add(describe<api::Documents>(schemas));
  add(describe<api::Embeddings>(schemas));
  add(describe<api::Retrieval>(schemas));
  add(describe<api::Generation>(schemas));
  add(describe<api::Models>(schemas));
  add(describe<api::Vectors>(schemas));
  add(describe<api::Telegram>(schemas));
  return all;
}

}  // namespace

std::vector<Code> errors_of(const api::Spec& spec, std::span<const Field> fields) {
  std::vector<Code> codes{Code::rate_limited, Code::internal, Code::bad_gateway, Code::unavailable};
  if (spec.needs != api::Scope::open) {
    codes.push_back(Code::unauthorized);
    codes.push_back(Code::forbidden);
  }
  if (spec.deadline.count() > 0) codes.push_back(Code::gateway_timeout);
  if (!fields.empty()) codes.push_back(Code::validation);
  const auto comes_from = [&fields](api::From from) {
    return std::ranges::any_of(fields, [from](const Field& field) { return field.from == from; });
  };
  if (comes_from(api::From::path)) codes.push_back(Code::not_found);
  if (comes_from(api::From::body) || comes_from(api::From::upload)) {
    codes.push_back(Code::payload_too_large);
    codes.push_back(Code::unsupported_media_type);
  }
  if (spec.may_conflict) codes.push_back(Code::conflict);
  if (spec.may_be_unsupported) codes.push_back(Code::not_implemented);
  std::ranges::sort(codes, {}, http_status);
  return codes;
}

json::Value openapi_document(OpenApiOptions options) {
  Schemas schemas;
  json::Object paths;
  for (const DescribedRow& row : all_rows(schemas)) {
    if (options.gateway_only && !row.spec->through_gateway) continue;
    if (!options.service.empty() && row.service != options.service) continue;
    json::Value& path = paths[path_of(row.spec->path)];
    if (!path.is_object()) path.emplace_object();
    path.get_object()[lower(method_word(row.spec->method))] =
        operation_of(row, options.body_limits);
  }
  json::Object named = used_schemas(paths, schemas);
  return json::Object{
      {"openapi", "3.1.0"},
      {"info", json::Object{{"title", "Telegnosis"}, {"version", options.version}}},
      {"paths", std::move(paths)},
      {"components",
       json::Object{
           {"schemas", std::move(named)},
           {"responses", error_responses()},
           {"securitySchemes",
            json::Object{{"bearer", json::Object{{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

void mount_openapi(net::Router& router, const OpenApiOptions& options,
                   const std::vector<std::string>& prefixes) {
  const auto text = std::make_shared<const std::string>(json::to_text(openapi_document(options)));
  for (const std::string& prefix : prefixes) {
    mount_text(router, prefix + "/openapi.json", "application/json", text, {});
    mount_docs_page(router, prefix);
  }
}

}  // namespace tg::wire
