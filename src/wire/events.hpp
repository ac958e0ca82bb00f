// Streams of a contract as server-sent events, in both directions. An item is an event without a
// name, or named by its kind where a stream has several; a failure is `event: error` with the usual
// error object, the end is `event: done`. Comments are sent as keep-alives. Not thread-safe: one
// connection's loop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "net/client.hpp"
#include "net/http.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

struct EventWriting {
  std::string request_id;
  std::chrono::milliseconds idle_comment = std::chrono::seconds(15);
  const Clock* clock = nullptr;
};
// Writes the whole response. Returns when the stream ends or the client disconnects, after
// cancelling the source. False: the response is incomplete.
Task<bool> write_events(std::shared_ptr<TextEvents> events, net::ResponseWriter* writer,
                        net::Headers headers, EventWriting settings);

// The items of another service's event stream.
std::shared_ptr<TextEvents> read_events(std::unique_ptr<net::ClientResponse> response,
                                        std::string service);

}  // namespace tg::wire
