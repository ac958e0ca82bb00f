// A server driven by the test, with the routes that tests of its connections need.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/server_fixture.hpp"
#include "runtime/notifier.hpp"

namespace tg::net {

inline std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}
inline std::string post(std::string_view fields, std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n" + std::string(body);
}
inline std::string body_of(std::string_view answer) {
  return std::string(answer.substr(answer.find("\r\n\r\n") + 4));
}

// What handlers did, and the signal they wait for.
struct Seen {
  int calls = 0;
  std::size_t written = 0;
  bool gone = false;
  std::string last_error;
  Notifier go_on;
};

inline Task<void> echo(Request* request, ResponseWriter* out) {
  const auto body = co_await read_all(request->body, 1 << 20);
  if (!body) co_return;  // the connection answers for a broken body
  co_await out->send({.body = *body});
}
inline Task<void> plain(ResponseWriter* out, Seen* seen, std::size_t size) {
  ++seen->calls;
  co_await out->send({.headers = {{"Content-Type", "text/plain"}}, .body = std::string(size, 'x')});
}
inline Task<void> wait_then_answer(ResponseWriter* out, Seen* seen) {
  ++seen->calls;
  co_await seen->go_on.wait_after(0, std::chrono::seconds(60));
  co_await out->send({.body = "waited"});
}
// Like wait_then_answer(), but stops waiting for a client that is gone.
inline Task<void> wait_unless_gone(ResponseWriter* out, Seen* seen) {
  ++seen->calls;
  out->watch_client(
      [seen] {
        seen->gone = true;
        seen->go_on.notify();
      },
      ResponseWriter::GoneWhen::reset);
  co_await seen->go_on.wait_after(seen->go_on.version(), std::chrono::seconds(60));
  co_await out->send({.body = "waited"});
}
inline Task<void> stream_until_gone(ResponseWriter* out, Seen* seen) {
  ++seen->calls;
  out->watch_client(
      [seen] {
        seen->gone = true;
        seen->go_on.notify();
      },
      ResponseWriter::GoneWhen::end_of_input);
  if (!co_await out->begin(200, {{"Content-Type", "text/event-stream"}}, std::nullopt)) co_return;
  co_await out->write(format_event("hello", "you"));
  while (!seen->gone) {
    const auto version = seen->go_on.version();
    if (version > 0 && !seen->gone) break;
    co_await seen->go_on.wait_after(version, std::chrono::seconds(60));
  }
  co_await out->finish();
}
inline Task<void> stream_much(ResponseWriter* out, Seen* seen) {
  auto went = co_await out->begin(200, {}, std::nullopt);
  while (went) {
    went = co_await out->write(std::string(16 << 10, 'x'));
    if (went) seen->written += 16 << 10;
  }
  seen->last_error = went.error().reason;
}
inline Task<void> stream_text(ResponseWriter* out, Seen*) {
  co_await out->begin(200, {{"Content-Type", "application/x-ndjson"}}, std::nullopt);
  for (int i = 0; i < 100; ++i) co_await out->write("{\"line\":" + std::to_string(i) + "}\n");
  co_await out->finish();
}
inline Task<void> stream_file(ResponseWriter* out) {
  const std::string text(10'000, 'x');
  co_await out->begin(200, {{"Content-Type", "text/plain"}}, text.size());
  co_await out->write(text);
  co_await out->finish();
}
inline Task<void> stop_short(ResponseWriter* out, Seen*) {
  co_await out->begin(200, {}, std::nullopt);
  co_await out->write("half");
}
inline Task<void> fail_loudly(ResponseWriter*, Seen*) {
  throw std::runtime_error("secret detail");
  co_return;
}
inline Task<void> answer_twice(ResponseWriter* out, Seen* seen) {
  co_await out->send({.body = "one"});
  const auto second = co_await out->send({.body = "two"});
  if (!second) seen->last_error = second.error().detail;
}
inline Task<void> answer_nothing(ResponseWriter*, Seen*) {
  co_return;
}
inline Task<void> show_headers(Request* request, ResponseWriter* out) {
  std::string body;
  for (const auto& [name, value] : request->headers)
    body.append(name).append("=").append(value).append(";");
  co_await out->send(
      {.headers = {{"X-Bad", "a\r\nSet-Cookie: b"}, {"Content-Length", "3"}}, .body = body});
}

inline Task<void> note_on_answer(Request* request, ResponseWriter* out) {
  request->answer->set("X-Note", "of the request");
  request->answer->set("X-Own", "of the request");
  request->answer->add("Vary", "Origin");
  co_await out->send(
      {.headers = {{"X-Own", "of the answer"}, {"Vary", "Accept"}}, .body = "noted"});
}

class Serving : public ::testing::Test {
 protected:
  void start(ServerSettings settings = {}, ErrorRenderer on_error = render_error) {
    auto router = std::make_shared<Router>();
    const auto add = [&](Verb verb, const char* path, Handler handler, std::size_t limit = 1000) {
      router->add({.verb = verb,
                   .pattern = path,
                   .options = {.body_limit = limit},
                   .handler = std::move(handler)});
    };
    const auto with_seen = [this](Task<void> (*handler)(ResponseWriter*, Seen*)) {
      return [this, handler](Request*, ResponseWriter* out) { return handler(out, &seen_); };
    };
    add(Verb::post, "/", echo);
    add(Verb::get, "/x", [this](Request*, ResponseWriter* out) { return plain(out, &seen_, 1); });
    add(Verb::get, "/10k",
        [this](Request*, ResponseWriter* out) { return plain(out, &seen_, 10'000); });
    add(Verb::get, "/1023",
        [this](Request*, ResponseWriter* out) { return plain(out, &seen_, 1023); });
    add(
        Verb::post, "/unread",
        [this](Request*, ResponseWriter* out) { return plain(out, &seen_, 5); }, 10 << 20);
    add(Verb::get, "/wait", with_seen(wait_then_answer));
    add(Verb::get, "/watch", with_seen(wait_unless_gone));
    add(Verb::get, "/file", [](Request*, ResponseWriter* out) { return stream_file(out); });
    add(Verb::get, "/events", with_seen(stream_until_gone));
    add(Verb::get, "/much", with_seen(stream_much));
    add(Verb::get, "/lines", with_seen(stream_text));
    add(Verb::get, "/short", with_seen(stop_short));
    add(Verb::get, "/throw", with_seen(fail_loudly));
    add(Verb::get, "/twice", with_seen(answer_twice));
    add(Verb::get, "/nothing", with_seen(answer_nothing));
    add(Verb::get, "/headers", show_headers);
    add(Verb::get, "/noted", note_on_answer);
    server_ = std::make_unique<DrivenServer>(router, std::move(settings), std::move(on_error));
  }
  void SetUp() override { start(); }

  RawClient client() { return RawClient(server_->server().port()); }
  void send(RawClient& client, std::string_view bytes) {
    client.send(bytes);
    server_->pump();
    client.receive();
  }
  // Without reading what comes back.
  void send_only(RawClient& client, std::string_view bytes) {
    client.send(bytes);
    server_->pump();
  }
  std::vector<int> answers(RawClient& client) { return statuses(client.receive()); }

  Seen seen_;
  std::unique_ptr<DrivenServer> server_;
};

}  // namespace tg::net
