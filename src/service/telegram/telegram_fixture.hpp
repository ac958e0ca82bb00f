// A telegram service in a folder of its own, a fake t.me on loopback, and a consumer that
// acknowledges changes as the document service does. Pauses are recorded and take no time.
#pragma once

#include <filesystem>
#include <map>

#include <gtest/gtest.h>

#include "backend/outbox_bus.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "net/server.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"
#include "service/telegram/preview_fixture.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram::fixture {

// Serves channels page by page, as t.me/s does. Thread-safe.
class FakePreview {
 public:
  explicit FakePreview(const Clock& clock) : clock_(clock), loops_(1) {
    auto router = std::make_shared<net::Router>();
    handler_ = [this](net::Request* request, net::ResponseWriter* out) {
      return serve(request, out);
    };
    router->add({.verb = net::Verb::get, .pattern = "/s/{name}", .handler = handler_});
    router->add({.verb = net::Verb::get, .pattern = "/{name}", .handler = handler_});
    server_ =
        std::make_unique<net::Server>(loops_, net::ServerSettings{}, std::move(router), time_);
    EXPECT_TRUE(server_->start());
    loops_.start();
  }
  ~FakePreview() { server_->drain(std::chrono::milliseconds(100)); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

  void put(const std::string& name, std::int64_t id, std::vector<PostSpec> posts) {
    const std::scoped_lock lock(mutex_);
    channels_[name] = {id, std::move(posts)};
  }
  void put_group(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    groups_.push_back(name);
  }
  // The statuses of the next responses, with Retry-After if it is not 0; 200 responds as usual.
  void refuse_next(std::vector<std::pair<int, int>> answers) {
    const std::scoped_lock lock(mutex_);
    refusals_ = std::move(answers);
  }
  std::vector<std::string> asked() const {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

  static constexpr std::size_t kPosts = 3;  // a page

 private:
  struct Shown {
    std::int64_t id = 0;
    std::vector<PostSpec> posts;
  };

  Task<void> serve(net::Request* request, net::ResponseWriter* out) {
    net::Response response = answer(*request);
    static_cast<void>(co_await out->send(std::move(response)));
  }

  net::Response answer(const net::Request& request) {
    const std::scoped_lock lock(mutex_);
    const bool is_preview = request.path.starts_with("/s/");
    const std::string name(request.parameter("name"));
    asked_.push_back(request.path + (request.query.empty() ? "" : "?" + request.query));
    net::Response response;
    response.headers.add("Content-Type", "text/html");
    if (!refusals_.empty()) {
      const auto [status, seconds] = refusals_.front();
      refusals_.erase(refusals_.begin());
      response.status = status;
      if (seconds > 0) response.headers.add("Retry-After", std::to_string(seconds));
      if (status != 200) return response;
    }
    const auto found = channels_.find(name);
    if (!is_preview) {
      const bool is_group = std::ranges::find(groups_, name) != groups_.end();
      response.body = profile_html(is_group || found != channels_.end());
    } else if (found == channels_.end()) {
      response.status = 302;
      response.headers.add("Location", "/" + name);
    } else {
      response.body = page(name, found->second, request.query);
    }
    return response;
  }

  std::string page(const std::string& name, const Shown& shown, const std::string& query) const {
    const std::int64_t before =
        query.starts_with("before=") ? std::stoll(query.substr(7)) : INT64_MAX;
    std::vector<PostSpec> posts;
    for (PostSpec post : shown.posts) {
      if (post.id >= before) continue;
      post.made_at = to_millis(clock_.wall()) / 1000;
      posts.push_back(std::move(post));
    }
    std::int64_t cursor = 0;
    if (posts.size() > kPosts) {
      posts.erase(posts.begin(), posts.end() - kPosts);
      cursor = posts.front().id;
    }
    return page_html(name, shown.id, posts, cursor);
  }

  const Clock& clock_;  // for the render time of pages
  SystemClock time_;    // of connections
  Loops loops_;
  net::Handler handler_;
  std::unique_ptr<net::Server> server_;
  mutable std::mutex mutex_;
  std::map<std::string, Shown> channels_;  // guarded by mutex_, as all below
  std::vector<std::string> groups_;
  std::vector<std::pair<int, int>> refusals_;
  std::vector<std::string> asked_;
};

class TelegramTest : public testing::Test {
 protected:
  static constexpr std::chrono::seconds kWatchInterval = std::chrono::minutes(5);

  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("tg_telegram_" + random_hex(6));
    std::filesystem::create_directories(folder_ / "drop");
    loops_.start();
    open();
  }
  void TearDown() override {
    close();
    loops_.stop();
    std::filesystem::remove_all(folder_);
  }

  void open(bool watches = false, bool really_waits = false) {
    database_ = sqlite::open_database(folder_ / "telegram.db", pool_).value();
    bus_ = backend::make_outbox_bus(*database_, clock_);
    const TelegramSettings settings{.web_preview_url = preview_.url(),
                                    .telegram_rate_limit = rate_limit_,
                                    .watch_interval = kWatchInterval};
    TelegramParts parts{.folder = folder_ / "data",
                        .import_folder = folder_ / "drop",
                        .keep_free_bytes = keep_free_bytes_,
                        .version = "1.2.3",
                        .watches = watches};
    parts.backoff.longest = std::chrono::minutes(1);
    if (!really_waits)
      parts.pause = [this](std::chrono::milliseconds time) { return note_pause(time); };
    service_ = std::make_unique<TelegramService>(*database_, *bus_, pool_, clock_, loops_.next(),
                                                 settings, std::move(parts));
    ASSERT_TRUE(run_blocking(service_->start()));
    acknowledging_ = std::make_unique<Gate>();
    acknowledging_->spawn(loops_.next(), acknowledge());
  }
  // Stops the service as a process does that ends.
  void close() {
    released_ = true;
    turn_.notify();
    run_blocking(service_->stop());
    acknowledging_->close();
    acknowledging_->cancel();
    run_blocking(acknowledging_->wait());
    acknowledging_.reset();
    service_.reset();
    bus_.reset();
    run_blocking(database_->close());
    database_.reset();
    released_ = false;
  }

  static api::Call call(std::string user = "ann", std::string space = "default",
                        api::Role role = api::Role::admin) {
    return {.request_id = "r",
            .principal = {.user_id = std::move(user), .role = role, .space = std::move(space)}};
  }
  // Waits until the job has ended.
  api::Job finished(const std::string& id, api::Call who = call()) {
    const auto events = run_blocking(service_->job_events(std::move(who), {id})).value();
    api::Job last;
    while (const auto job = run_blocking(events->next()).value()) last = *job;
    return last;
  }
  api::Job added(const std::string& channel, std::int64_t limit = 1000, bool watch = false) {
    const auto accepted =
        run_blocking(service_->add(call(), {.channel = channel, .limit = limit, .watch = watch}));
    EXPECT_TRUE(accepted) << accepted.error().message;
    return accepted ? finished(accepted->job_id) : api::Job{};
  }
  std::vector<api::PostView> messages(const std::string& channel, api::Call who = call()) {
    const auto reply =
        run_blocking(service_->messages(std::move(who), {.id = channel, .limit = 1000}));
    return reply ? reply->data.messages : std::vector<api::PostView>();
  }
  std::int64_t versions() {
    return run_blocking(sql::read<std::int64_t>(
                            *database_,
                            [](sql::Connection& c) -> Result<std::int64_t> {
                              TG_TRY(const auto rows, c.run("SELECT count(*) FROM post_versions"));
                              return rows[0].integer(0);
                            }))
        .value();
  }
  std::string write_drop(const std::string& name, std::string_view bytes) {
    static_cast<void>(disk_files().remove(folder_ / "drop" / name));
    auto file = disk_files().create(folder_ / "drop" / name).value();
    EXPECT_TRUE(file->append(bytes));
    return name;
  }
  api::Job imported(std::string_view bytes, const std::string& name = "result.json",
                    api::Call who = call()) {
    write_drop(name, bytes);
    const auto accepted =
        run_blocking(service_->import_posts(who, {.path = name, .file = std::nullopt}));
    EXPECT_TRUE(accepted) << accepted.error().message;
    return accepted ? finished(accepted->job_id, who) : api::Job{};
  }
  // Imports by upload, as users do who may not import by path.
  api::Job uploaded(const std::string& bytes, const api::Call& who) {
    const auto accepted = run_blocking(
        service_->import_posts(who, {.path = std::nullopt,
                                     .file = api::Upload{.filename = "result.json",
                                                         .content_type = "application/json",
                                                         .bytes = api::bytes_source(bytes)}}));
    EXPECT_TRUE(accepted) << accepted.error().message;
    return accepted ? finished(accepted->job_id, who) : api::Job{};
  }
  // From the next open() on: while held, nothing becomes searchable, and jobs wait for it.
  void hold_acknowledgements(bool held) { acknowledges_ = !held; }
  std::vector<std::chrono::milliseconds> pauses() {
    const std::scoped_lock lock(mutex_);
    return pauses_;
  }
  // Lets the interval pass, and waits until a watching round has ended.
  void let_watch_round() {
    const auto rounds = [this] {
      const std::scoped_lock lock(mutex_);
      return rounds_;
    };
    const int before = rounds();
    clock_.advance(kWatchInterval);
    {
      const std::scoped_lock lock(mutex_);
      ++permits_;
    }
    turn_.notify();
    while (true) {
      const auto seen = arrived_.version();
      if (rounds() > before) return;
      run_blocking(arrived_.wait_after(seen, std::chrono::seconds(10)));
    }
  }

  // For the next open().
  double rate_limit_ = 1e6;
  std::uint64_t keep_free_bytes_ = 0;
  FakeClock clock_;
  Loops loops_{2};
  FakePreview preview_{clock_};
  ComputePool pool_{2, 256};
  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<store::Bus> bus_;
  std::unique_ptr<TelegramService> service_;

 private:
  // Watching waits for let_watch_round(); other pauses end at once.
  Task<void> note_pause(std::chrono::milliseconds time) {
    if (time < kWatchInterval / 2) {
      {
        const std::scoped_lock lock(mutex_);
        if (time.count() > 0) pauses_.push_back(time);
      }
      clock_.advance(time);
      co_return;
    }
    {
      const std::scoped_lock lock(mutex_);
      ++rounds_;
    }
    arrived_.notify();
    while (!released_) {
      const auto seen = turn_.version();
      {
        const std::scoped_lock lock(mutex_);
        if (permits_ > 0) {
          --permits_;
          co_return;
        }
      }
      co_await turn_.wait_after(seen, std::chrono::seconds(10));
    }
  }

  Task<void> acknowledge() {
    api::Call service{.request_id = "d", .principal = {.user_id = "document", .is_service = true}};
    while (true) {
      const auto taken = co_await service_->take_events(service, {.limit = 500, .wait_ms = 1000});
      if (!taken || released_ || !acknowledges_) co_return;
      std::vector<std::int64_t> sequences;
      for (const api::PostEvent& event : taken->events) sequences.push_back(event.sequence);
      if (!sequences.empty())
        static_cast<void>(co_await service_->acknowledge_events(service, {sequences}));
    }
  }

  std::unique_ptr<Gate> acknowledging_;
  std::mutex mutex_;
  std::vector<std::chrono::milliseconds> pauses_;  // guarded by mutex_, as all below
  int rounds_ = 0;
  int permits_ = 0;
  std::atomic<bool> released_ = false;
  std::atomic<bool> acknowledges_ = true;
  Notifier turn_;
  Notifier arrived_;
};

}  // namespace tg::telegram::fixture
