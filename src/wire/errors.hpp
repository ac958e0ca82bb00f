// Errors on the wire, both ways: the envelope that every service answers with, RFC 9457 for clients
// that ask for it, and the Error of an answer that another service gave.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace tg::wire {

// The envelope as text: body of an error answer, data of an `error` event.
std::string error_text(const Error& error, std::string_view request_id, UnixMillis now);
// The whole answer; `accept` is the request's Accept header.
net::Response error_response(const Error& error, std::string_view request_id,
                             std::string_view accept, UnixMillis now);
// What a response of `service` that cannot be understood leads to: Code::bad_gateway.
Error malformed_response(std::string_view service, std::string detail);
// What `service` meant by an answer with this status and body.
Error error_of(int status, std::string_view body, const net::Headers& headers,
               std::string_view service);
// The same for the data of an `error` event.
Error error_of_event(std::string_view data, std::string_view service);

}  // namespace tg::wire
