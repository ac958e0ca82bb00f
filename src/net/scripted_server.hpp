// A server that sends exactly the bytes a test specifies, for responses that no correct server
// would send. Serves one connection after the other on its own thread.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tg::net {

class ScriptedServer {
 public:
  // The responses of one connection, each sent after a request was received; then it is closed.
  using Connection = std::vector<std::string>;

  explicit ScriptedServer(std::vector<Connection> script, const char* address = "127.0.0.1")
      : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    ::inet_pton(AF_INET, address, &at.sin_addr);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    url_ = "http://" + std::string(address) + ":" + std::to_string(port_);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url(const std::string& target = "/") const { return url_ + target; }
  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (std::size_t i = 0;; ++i) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++accepted_;
      const timeval patience{.tv_sec = 10, .tv_usec = 0};
      ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      if (i < script_.size()) {
        for (const std::string& answer : script_[i]) {
          if (!read_request(socket)) break;
          ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
      }
      ::close(socket);
    }
  }
  // The head, and the body as given by Content-Length.
  bool read_request(int socket) {
    std::string request;
    std::size_t wanted = std::string::npos;
    while (request.size() < wanted) {
      char buffer[4096];
      const auto size = ::recv(socket, buffer, sizeof buffer, 0);
      if (size <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(size));
      const std::size_t end = request.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const std::size_t length = request.find("Content-Length: ");
      wanted = end + 4 + (length < end ? std::stoul(request.substr(length + 16)) : 0);
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    return true;
  }

  const std::vector<Connection> script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::string url_;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace tg::net
