// HTTP messages as values, and the interfaces to read and write their bodies in pieces, with
// back-pressure. Not thread-safe: one connection's coroutine.
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
  // The next piece, not empty; nullopt at the end. Errors: payload_too_large, request_timeout,
  // validation (malformed framing).
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};
Task<Result<std::string>> read_all(BodyReader* body, std::size_t limit);

struct Request {
  Verb verb = Verb::get;
  std::string path;   // decoded once, dot segments resolved; %2f and %5c stay escaped
  std::string query;  // undecoded, without '?'
  Headers headers;
  bool keep_alive = true;
  int minor_version = 1;
  std::string peer;  // address, no port
  std::string request_id;
  // Of the route: views into `path` and the router, valid until the request is moved or its path
  // changes.
  std::vector<std::pair<std::string_view, std::string_view>> parameters;
  BodyReader* body = nullptr;
  // Header fields for the response, whoever writes it; the response's own take precedence. May be
  // null.
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
// no longer be read; after begin() it can.
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
  // Suspends while the client does not read.
  virtual Task<Result<void>> write(std::string piece) = 0;
  virtual Task<Result<void>> finish() = 0;
  // Calls back once, on this loop, when the client is gone while the handler runs. A later call
  // replaces the callback.
  virtual void watch_client(std::function<void()> on_gone, GoneWhen when) = 0;
  virtual bool started() const = 0;
};

using Handler = std::function<Task<void>(Request*, ResponseWriter*)>;

// One server-sent event; `data` may contain line breaks (CR, LF, CRLF), `event` must not.
std::string format_event(std::string_view event, std::string_view data);

// The decoded name=value pairs of a query string ('+' is a space). Error: validation.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace tg::net
