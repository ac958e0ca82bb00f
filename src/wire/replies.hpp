// Conversion of methods' results to HTTP responses and back. Not thread-safe: one request's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/endpoint.hpp"
#include "base/json.hpp"
#include "net/http.hpp"

namespace tg::wire {

// An event of a stream as JSON. The name is that of the item's `event` member, if it has one, so
// that browsers can dispatch on it.
struct TextEvent {
  std::string name;
  std::string data;
};
using TextEvents = api::StreamSource<TextEvent>;

struct Reply {
  int status = 200;
  net::Headers headers;
  std::string body;
  std::optional<api::FileReply> file;  // instead of `body`
  std::shared_ptr<TextEvents> events;  // instead of `body`
};

inline constexpr std::string_view kTotalCount = "X-Total-Count";

namespace detail {

template <typename T>
class WrittenEvents final : public TextEvents {
 public:
  explicit WrittenEvents(api::Stream<T> source) : source_(std::move(source)) {}
  Task<Result<std::optional<TextEvent>>> next() override {
    TG_CO_TRY(const std::optional<T> event, co_await source_->next());
    if (!event) co_return std::optional<TextEvent>();
    TextEvent text{.name = {}, .data = json::to_text(json::write(*event))};
    if constexpr (requires { json::enum_word(event->event); })
      text.name = json::enum_word(event->event);
    co_return std::optional<TextEvent>(std::move(text));
  }

 private:
  api::Stream<T> source_;
};

template <typename T>
class ReadEvents final : public api::StreamSource<T> {
 public:
  explicit ReadEvents(std::shared_ptr<TextEvents> source) : source_(std::move(source)) {}
  Task<Result<std::optional<T>>> next() override {
    TG_CO_TRY(const std::optional<TextEvent> event, co_await source_->next());
    if (!event) co_return std::optional<T>();
    TG_CO_TRY(T value, json::read_text<T>(event->data));
    co_return std::optional<T>(std::move(value));
  }

 private:
  std::shared_ptr<TextEvents> source_;
};

}  // namespace detail

void put_json(Reply& reply, const json::Value& value);
// Adds warnings that have no place in the body as a header.
void put_warnings(Reply& reply, const json::Warnings& warnings);
std::int64_t total_of(const Reply& reply, std::size_t at_least);

template <typename Out>
Reply write_reply(Out out, json::Warnings warnings, int status) {
  Reply reply{.status = status};
  if constexpr (requires { out.warnings = warnings; }) {
    for (std::string& warning : warnings) out.warnings.push_back(std::move(warning));
    warnings.clear();
  }
  if constexpr (api::is_reply_or_stream<Out>) {
    return std::visit(
        [&](auto form) { return write_reply(std::move(form), std::move(warnings), status); },
        std::move(out));
  } else if constexpr (api::is_stream<Out>) {
    using Event = typename api::StreamItem<Out>::type;
    reply.events = std::make_shared<detail::WrittenEvents<Event>>(std::move(out));
  } else if constexpr (std::is_same_v<Out, api::FileReply>) {
    reply.file = std::move(out);
  } else if constexpr (std::is_same_v<Out, api::TextReply>) {
    reply.headers.add("Content-Type", std::move(out.content_type));
    reply.body = std::move(out.text);
  } else if constexpr (std::is_same_v<Out, api::Nothing>) {
    reply.status = 204;
  } else if constexpr (api::is_listed<Out>) {
    reply.headers.add(std::string(kTotalCount), std::to_string(out.total));
    put_json(reply, json::write(out.items));
  } else {
    put_json(reply, json::write(out));
  }
  put_warnings(reply, warnings);
  return reply;
}

template <typename Out>
Result<Out> read_reply(Reply reply) {
  if constexpr (api::is_reply_or_stream<Out>) {
    if (reply.events) return read_reply<api::StreamOf<Out>>(std::move(reply));
    return read_reply<api::WholeOf<Out>>(std::move(reply));
  } else if constexpr (api::is_stream<Out>) {
    using Event = typename api::StreamItem<Out>::type;
    return std::make_shared<detail::ReadEvents<Event>>(std::move(reply.events));
  } else if constexpr (std::is_same_v<Out, api::FileReply>) {
    return *std::move(reply.file);
  } else if constexpr (std::is_same_v<Out, api::TextReply>) {
    return Out{std::string(reply.headers.get("Content-Type")), std::move(reply.body)};
  } else if constexpr (std::is_same_v<Out, api::Nothing>) {
    return Out{};
  } else if constexpr (api::is_listed<Out>) {
    Out out;
    TG_TRY(out.items, json::read_text<decltype(out.items)>(reply.body));
    out.total = total_of(reply, out.items.size());
    return out;
  } else {
    return json::read_text<Out>(reply.body);
  }
}

// The kind of response a method has, which decides how the calling end reads it.
enum class ReplyKind : std::uint8_t { body, file, events, body_or_events };
template <typename Out>
constexpr ReplyKind reply_kind() {
  if constexpr (api::is_reply_or_stream<Out>) return ReplyKind::body_or_events;
  if constexpr (api::is_stream<Out>) return ReplyKind::events;
  if constexpr (std::is_same_v<Out, api::FileReply>) return ReplyKind::file;
  return ReplyKind::body;
}

// A Content-Disposition for a file to be saved as `filename` (RFC 6266), and the name from one.
std::string attachment(std::string_view filename);
std::string attachment_name(std::string_view disposition);

}  // namespace tg::wire
