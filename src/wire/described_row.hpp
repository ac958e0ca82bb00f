// One row of a contract as described in the OpenAPI document, type-erased. Internal to wire.
#pragma once

#include <vector>

#include "api/names.hpp"
#include "wire/replies.hpp"
#include "wire/schemas.hpp"

namespace tg::wire {

struct DescribedField {
  Field field;
  json::Object schema;
  bool is_required = false;
};

struct DescribedRow {
  const api::Spec* spec = nullptr;
  std::string_view service;
  std::vector<DescribedField> fields;
  ReplyKind kind = ReplyKind::body;
  bool is_text = false;    // a body that is not JSON
  bool is_listed = false;  // an array with X-Total-Count
  json::Object reply;      // of the body
  json::Object event;      // of one event
};

// Errors that the row may respond with, apart from those that only its service knows.
std::vector<Code> errors_of(const api::Spec& spec, std::span<const Field> fields);

template <auto M>
DescribedRow describe_row(Schemas& schemas) {
  using In = api::InOf<M>;
  using Out = api::OutOf<M>;
  static constexpr auto kRules = json::rules_for<In>();
  DescribedRow row{.spec = &api::endpoint_of<M>().spec,
                   .service = api::kServiceName<api::ServiceOf<M>>,
                   .kind = reply_kind<Out>(),
                   .is_text = std::is_same_v<Out, api::TextReply>,
                   .is_listed = api::is_listed<Out>};
  const In defaults{};
  each_member<In>([&](auto d, auto index) {
    using Member = std::remove_cvref_t<decltype(std::declval<In&>().*d.pointer)>;
    const Field& field = kFields<M>[index];
    const Rule* rule = json::find_rule<In>(kRules, field.name);
    DescribedField described{
        .field = field,
        .is_required = field.from == api::From::path || (rule != nullptr && rule->is_required)};
    if constexpr (std::is_same_v<Member, api::Upload> ||
                  std::is_same_v<Member, std::optional<api::Upload>>) {
      described.schema = {{"type", "string"}, {"contentMediaType", "application/octet-stream"}};
    } else {
      described.schema = schemas.of<Member>(Way::in, rule);
      if constexpr (std::is_arithmetic_v<Member> || json::DescribedEnum<Member>) {
        if (!described.is_required) described.schema["default"] = json::write(defaults.*d.pointer);
      }
    }
    row.fields.push_back(std::move(described));
  });
  if constexpr (api::is_reply_or_stream<Out>) {
    row.reply = schemas.of<api::WholeOf<Out>>(Way::out);
    row.event = schemas.of<typename api::StreamItem<api::StreamOf<Out>>::type>(Way::out);
  } else if constexpr (api::is_stream<Out>) {
    row.event = schemas.of<typename api::StreamItem<Out>::type>(Way::out);
  } else if constexpr (api::is_listed<Out>) {
    row.reply = schemas.of<decltype(Out::items)>(Way::out);
  } else if constexpr (!std::is_same_v<Out, api::FileReply> &&
                       !std::is_same_v<Out, api::TextReply>) {
    row.reply = schemas.of<Out>(Way::out);
  }
  return row;
}

// Declared here, defined and instantiated once per service.
template <typename Service>
std::vector<DescribedRow> describe(Schemas& schemas);

}  // namespace tg::wire
