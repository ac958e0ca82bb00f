#include "net/http.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace tg::net {
namespace {

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr std::array kReasons{
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{202, "Accepted"},
    Reason{204, "No Content"},
    Reason{206, "Partial Content"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Found"},
    Reason{303, "See Other"},
    Reason{304, "Not Modified"},
    Reason{307, "Temporary Redirect"},
    Reason{308, "Permanent Redirect"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{413, "Content Too Large"},
    Reason{414, "URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Gateway Timeout"},
    Reason{505, "HTTP Version Not Supported"},
};

}  // namespace

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

Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit) {
  std::string all;
  while (true) {
    TG_CO_TRY(auto piece, co_await body->read());
    if (!piece) co_return all;
    all += *piece;
    if (all.size() > limit)
      co_return fail(Code::payload_too_large, "too_large.body",
                     fmt::format("the body is larger than the {} bytes allowed here", limit));
  }
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

std::string_view reason_phrase(int status) {
  const auto found = std::ranges::find(kReasons, status, &Reason::status);
  return found == kReasons.end() ? "Unknown" : found->phrase;
}

std::string format_event(std::string_view event, std::string_view data) {
  std::string out;
  if (!event.empty())
    out.append("event: ").append(event.substr(0, event.find_first_of("\r\n"))) += '\n';
  // A CR is a line break to the reader, too: it could begin a field of its own.
  while (true) {
    const std::size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)) += '\n';
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  if (query.empty()) return pairs;
  if (query.find('\0') != std::string_view::npos)
    return fail(Code::validation, "invalid.query", "the query string must not contain NUL");
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
      return fail(Code::validation, "invalid.query", "the query string contains an invalid escape");
    }
    pairs.emplace_back(*name, *value);
  }
  return pairs;
}

}  // namespace tg::net
