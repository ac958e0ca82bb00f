// Errors over HTTP, in both directions: the error envelope of every service, RFC 9457 problem
// details for clients that accept them, and parsing the error responses of other services.
// Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http.hpp"

namespace tg::wire {

// The envelope as JSON: body of an error response, data of an `error` event.
std::string error_text(const Error& error, std::string_view request_id, UnixMillis now);
// The complete response; `accept` is the request's Accept header.
net::Response error_response(const Error& error, std::string_view request_id,
                             std::string_view accept, UnixMillis now);
// The error for an invalid response of `service`: Code::bad_gateway.
Error malformed_response(std::string_view service, std::string detail);
// Parses an error response of `service`.
Error error_of(int status, std::string_view body, const net::Headers& headers,
               std::string_view service);
// The same for the data of an `error` event.
Error error_of_event(std::string_view data, std::string_view service);

}  // namespace tg::wire
