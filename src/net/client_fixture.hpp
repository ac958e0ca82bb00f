// What tests of the client share: requests that block, and their outcome as a word. Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "net/client.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::net::fixture {

inline SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

inline Result<Response> send(Client& client, ClientRequest request) {
  if (request.deadline == SteadyTime::max()) request.deadline = in(std::chrono::seconds(20));
  return run_blocking(client.send(std::move(request)));
}
inline Result<Response> get(Client& client, const std::string& url) {
  return send(client, {.url = url});
}
// The error's reason, or the status.
inline std::string outcome(const Result<Response>& answer) {
  return answer ? std::to_string(answer->status) : answer.error().reason;
}
inline std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace tg::net::fixture
