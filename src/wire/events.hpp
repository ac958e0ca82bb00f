// Server-sent events: a stream of a contract on the wire, both ways. An item is an event without a
// name, or with that of its kind where a stream has several, a failure `event: error` with the
// usual error object, the end `event: done`; a comment goes out while nothing happens.
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
// Begins the answer and writes it to its end; returns when the client is gone, too, after having
// cancelled the source. False: it broke off.
Task<bool> write_events(std::shared_ptr<TextEvents> events, net::ResponseWriter* writer,
                        net::Headers headers, EventWriting settings);

// The items that another service sends.
std::shared_ptr<TextEvents> read_events(std::unique_ptr<net::ClientResponse> response,
                                        std::string service);

}  // namespace tg::wire
