// HTTP messages as values, and the two ends of a body. A body is pulled and pushed in pieces;
// whoever is slower sets the pace. All of it belongs to one coroutine of one connection.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "net/headers.hpp"
#include "runtime/task.hpp"

namespace tg::net {

enum class Verb : std::uint8_t { get, head, post, put, patch, delete_, options };
std::string_view verb_word(Verb verb);

class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // The next piece, not empty; nullopt at the end. Errors: payload_too_large, request_timeout, or
  // validation for a broken framing.
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};
Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit);

struct Request {
  Verb verb = Verb::get;
  std::string path;   // decoded once, dot segments resolved; %2f and %5c stay escaped
  std::string query;  // as it came, without '?'
  Headers headers;
  bool keep_alive = true;
  int minor_version = 1;
  std::string peer;  // address, no port
  std::string request_id;
  // Of the route: views into `path` and the router, valid while this request is neither moved nor
  // its path changed.
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  BodyReader* body = nullptr;
  // Fields for whatever answers this request; what the answer says itself wins. May be null.
  Headers* answer = nullptr;

  std::string_view parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
};
std::string_view reason_phrase(int status);

// Exactly one of send(), or begin() with write()s and finish(). After send() the request's body can
// no longer be read; who has begun may read on while writing.
class ResponseWriter {
 public:
  // A client that shuts down only its sending side still reads the response, and cannot be told
  // from one that closed its socket; a reset is unambiguous.
  enum class GoneWhen : std::uint8_t { reset, end_of_input };

  virtual ~ResponseWriter() = default;
  virtual Task<Result<void>> send(Response response) = 0;
  // Without a length: chunked (HTTP/1.1) or until the connection closes (HTTP/1.0).
  virtual Task<Result<void>> begin(int status, Headers headers,
                                   std::optional<std::uint64_t> length) = 0;
  // Waits while the client does not read.
  virtual Task<Result<void>> write(std::string piece) = 0;
  virtual Task<Result<void>> finish() = 0;
  // Calls back once, on this loop, when the client is gone while the handler runs. A later call
  // replaces the callback.
  virtual void watch_client(std::function<void()> on_gone, GoneWhen when) = 0;
  virtual bool started() const = 0;
};

using Handler = std::function<Task<void>(Request*, ResponseWriter*)>;

// One server-sent event; `data` may hold lines (CR, LF, CRLF), `event` must not.
std::string format_event(std::string_view event, std::string_view data);

// name=value pairs of a query string, decoded ('+' is a space). An error for a broken escape.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace tg::net
