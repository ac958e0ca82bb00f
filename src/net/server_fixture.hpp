// A server whose only loop is driven by the test: after pump() everything that was sent has been
// read and answered. For the tests of net.
#pragma once

#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/server.hpp"

namespace tg::net {

class DrivenServer {
 public:
  explicit DrivenServer(std::shared_ptr<const Router> router, ServerSettings settings = {},
                        ErrorRenderer on_error = render_error)
      : loops_(1),
        server_(loops_, quick(std::move(settings)), std::move(router), clock, std::move(on_error)) {
    const auto started = server_.start();
    EXPECT_TRUE(started) << started.error().message;
    pump();
  }
  ~DrivenServer() { loops_.start(); }  // the destructor of the server needs running loops

  // Runs all ready handlers, and those that become ready through them.
  void pump() {
    for (int quiet = 0; quiet < 3;) quiet = loops_.at(0).poll() == 0 ? quiet + 1 : 0;
  }
  // Advances the clock and processes time limits.
  void pass(std::chrono::milliseconds time) {
    clock.advance(time);
    for (int ticks = 0; ticks < 3; ++ticks) loops_.at(0).run_one_for(std::chrono::seconds(5));
    pump();
  }
  // Runs the loop until `done`.
  template <typename Done>
  void run_until(Done done) {
    while (!done()) loops_.at(0).run_one_for(std::chrono::milliseconds(500));
  }
  Server& server() { return server_; }

  FakeClock clock;

 private:
  static ServerSettings quick(ServerSettings settings) {
    settings.tick = std::chrono::milliseconds(1);
    return settings;
  }

  Loops loops_;
  Server server_;
};

// A client's socket that never blocks.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    ::fcntl(socket_, F_SETFL, O_NONBLOCK);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the server closed the connection: its response counts
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Sends what the kernel accepts now, and returns how much that was.
  std::size_t send_some(std::string_view bytes) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  // Everything received so far.
  const std::string& receive() {
    char buffer[65536];
    while (true) {
      const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
      if (size == 0) closed_ = true;
      if (size <= 0) return received_;
      received_.append(buffer, static_cast<std::size_t>(size));
    }
  }
  bool closed() const { return closed_; }
  // Closes with a reset instead of an orderly shutdown.
  void reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  std::string received_;
  bool closed_ = false;
};

// The status codes of the responses in a byte stream, in order.
inline std::vector<int> statuses(std::string_view answers) {
  std::vector<int> found;
  for (std::size_t at = 0; (at = answers.find("HTTP/1.1 ", at)) != std::string_view::npos; ++at) {
    const std::string_view code = answers.substr(at + 9, 4);  // an echoed request line has none
    if (code.size() == 4 && code[3] == ' ') found.push_back(std::stoi(std::string(code)));
  }
  return found;
}

}  // namespace tg::net
