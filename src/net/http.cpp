#include "net/http.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::net {

using text::equals_ignoring_ascii_case;

std::string_view verb_word(Verb verb) {
  switch (verb) {
    case Verb::get:
      return "GET";
    case Verb::head:
      return "HEAD";
    case Verb::post:
      return "POST";
    case Verb::put:
      return "PUT";
    case Verb::patch:
      return "PATCH";
    case Verb::delete_:
      return "DELETE";
    case Verb::options:
      return "OPTIONS";
  }
  return "GET";
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [name](const Field& field) {
    return equals_ignoring_ascii_case(field.first, name);
  });
  fields_.emplace_back(std::string(name), std::move(value));
}

std::string_view Headers::get(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equals_ignoring_ascii_case(field.first, name)) return field.second;
  }
  return {};
}

bool Headers::has(std::string_view name) const {
  return count(name) > 0;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(fields_, [name](const Field& field) {
    return equals_ignoring_ascii_case(field.first, name);
  }));
}

bool Headers::lists(std::string_view name, std::string_view word) const {
  for (const Field& field : fields_) {
    if (!equals_ignoring_ascii_case(field.first, name)) continue;
    for (std::string_view part : text::split(field.second, ',')) {
      part = text::trim(part.substr(0, part.find(';')));
      if (equals_ignoring_ascii_case(part, word)) return true;
    }
  }
  return false;
}

Task<Result<std::string>> read_all(BodyReader& body, std::size_t limit) {
  std::string all;
  while (true) {
    TG_CO_TRY(auto piece, co_await body.read());
    if (!piece) co_return all;
    all += *piece;
    if (all.size() > limit)
      co_return fail(Code::payload_too_large, "too_large.body",
                     "the body is larger than allowed here");
  }
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

std::string format_event(std::string_view event, std::string_view data) {
  std::string out;
  if (!event.empty()) out += "event: " + std::string(event) + "\n";
  for (const std::string_view line : text::split(data, '\n'))
    out += "data: " + std::string(line) + "\n";
  return out + "\n";
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (query.empty()) return pairs;
  const auto decode = [](std::string_view raw) {
    std::string spaced(raw);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
  };
  for (const std::string_view part : text::split(query, '&')) {
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = decode(part.substr(0, equals));
    const auto value = equals == std::string_view::npos ? std::optional(std::string())
                                                        : decode(part.substr(equals + 1));
    if (!name || !value || !text::is_valid_utf8(*name) || !text::is_valid_utf8(*value)) {
      return fail(Code::validation, "invalid.query", "the query string has a broken escape");
    }
    pairs.emplace_back(*name, *value);
  }
  return pairs;
}

}  // namespace tg::net
