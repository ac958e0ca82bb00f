// A fake of a contract with all ways to call it: directly, through JSON, and over HTTP with a real
// server and client. TG_CONTRACT_LOOPS sets the number of loops (1).
#pragma once

#include <cstdlib>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "contract/fake.hpp"
#include "net/client.hpp"
#include "net/server.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/log.hpp"
#include "runtime/loops.hpp"
#include "wire/json_mode.hpp"
#include "wire/mount.hpp"
#include "wire/remote.hpp"

namespace tg::contract {

class EveryoneIsAdmin final : public wire::Admission {
 public:
  Task<Result<api::Call>> admit(const net::Request*, const api::Spec*) override {
    co_return api::Call{.principal = {.user_id = "tester", .role = api::Role::admin}};
  }
};

class CountingObserver final : public wire::Observer {
 public:
  void answered(std::string_view, const api::Spec&, int status, std::chrono::nanoseconds) override {
    last_status = status;
    ++count;
    count.notify_all();
  }
  std::atomic<int> last_status = 0;
  std::atomic<int> count = 0;
};

template <typename Service>
class Ends {
 public:
  explicit Ends(std::shared_ptr<wire::Admission> admission = std::make_shared<EveryoneIsAdmin>(),
                decltype(wire::MountOptions::body_limits) body_limits = {}) {
    log::set_level(log::Level::off);
    auto router = std::make_shared<net::Router>();
    wire::mount<Service>(*router, *local, std::move(admission),
                         {.prefixes = {"", "/api/v1"},
                          .observer = &observer,
                          .compute = &compute_,
                          .body_limits = std::move(body_limits)});
    server_ = std::make_unique<net::Server>(loops, net::ServerSettings{}, router, clock_);
    loops.start();
    EXPECT_TRUE(server_->start());
    remote = wire::remote<Service>({.service = "distant", .url = url()}, client, nullptr);
  }
  ~Ends() {
    server_->drain(std::chrono::milliseconds(0));
    loops.stop();
  }
  Ends(const Ends&) = delete;
  Ends& operator=(const Ends&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  template <typename T>
  T run(Task<T> task) {
    return asio::co_spawn(loops.next(), std::move(task), asio::use_future).get();
  }

  Loops loops{loop_count()};
  std::shared_ptr<Fake> fake = std::make_shared<Fake>();
  CountingObserver observer;
  std::unique_ptr<Service> local =
      std::make_unique<typename api::ForwardOf<Fake, Service>::type>(fake);
  std::unique_ptr<Service> json = wire::through_json<Service>(*local);
  std::unique_ptr<Service> remote;
  std::shared_ptr<net::Client> client = std::make_shared<net::Client>();

 private:
  static std::size_t loop_count() {
    const char* text = std::getenv("TG_CONTRACT_LOOPS");
    return text == nullptr ? 1 : static_cast<std::size_t>(std::atoi(text));
  }

  SystemClock clock_;
  ComputePool compute_{1, 8};
  std::unique_ptr<net::Server> server_;
};

}  // namespace tg::contract
