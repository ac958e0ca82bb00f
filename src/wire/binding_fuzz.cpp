// Requests from arbitrary bytes: nothing may crash, and valid requests must survive a round trip
// over the wire.
#include <cstdlib>

#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/generation.hpp"
#include "api/model.hpp"
#include "api/retrieval.hpp"
#include "api/telegram.hpp"
#include "net/http.hpp"
#include "wire/errors.hpp"
#include "wire/fields.hpp"

namespace {

using namespace tg;

template <auto M>
json::Value as_json(const api::InOf<M>& in) {
  json::Object fields;
  wire::each_member<api::InOf<M>>([&](auto d, auto index) {
    if constexpr (api::endpoint_of<M>().from[index] != api::From::upload)
      fields[json::wire_word(d.name)] = json::write(in.*d.pointer);
  });
  return fields;
}

template <auto M>
void try_bind(wire::Input input) {
  json::Warnings warnings;
  auto in = wire::bind<M>(input, warnings);
  if (!in) return;
  const json::Value understood = as_json<M>(*in);
  auto request = wire::write_request<M>(*std::move(in));
  if (!request) return;  // some values cannot be part of a path
  auto received = wire::received(*std::move(request));
  if (!received) std::abort();
  json::Warnings none;
  const auto again = wire::bind<M>(*received, none);
  if (!again || !none.empty() || as_json<M>(*again) != understood) std::abort();
}

// "method byte, query, form, body", each on a line; the last may contain several.
void try_request(std::string_view bytes) {
  const auto line = [&bytes] {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view text = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    return text;
  };
  const char method = bytes.empty() ? '0' : bytes.front();
  line();
  wire::Input input;
  if (auto query = net::parse_query(line())) input.query = *std::move(query);
  input.path = input.query;
  if (auto form = net::parse_query(line())) input.form = *std::move(form);
  if (auto body = json::parse(bytes)) input.body = *std::move(body);
  switch (method) {
    case '0':
      return try_bind<&api::Telegram::messages>(std::move(input));
    case '1':
      return try_bind<&api::Auth::refresh>(std::move(input));
    case '2':
      return try_bind<&api::Retrieval::search>(std::move(input));
    case '3':
      return try_bind<&api::Documents::upload>(std::move(input));
    case '4':
      return try_bind<&api::Embeddings::batch>(std::move(input));
    case '5':
      return try_bind<&api::Generation::generate_with>(std::move(input));
    default:
      return try_bind<&api::Auth::users>(std::move(input));
  }
}

// An error response of another service, and a round trip of it.
void try_error(std::string_view bytes) {
  const Error error = wire::error_of_event(bytes, "x");
  const UnixMillis now{};
  const Error again = wire::error_of_event(wire::error_text(error, "r", now), "x");
  if (again.code != error.code || again.message != error.message || again.field != error.field)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_request(bytes);
  try_error(bytes);
  return 0;
}
