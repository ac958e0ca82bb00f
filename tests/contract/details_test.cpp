// Behaviour that is not in the tables but that clients rely on: content types, request ids, error
// formats, forms and files, idle streams.
#include <thread>

#include <fmt/core.h>

#include "api/auth.hpp"
#include "api/document.hpp"
#include "api/model.hpp"
#include "api/telegram.hpp"
#include "contract/cases.hpp"
#include "wire/form.hpp"

namespace tg::contract {
namespace {

template <typename Service>
net::Response send(Ends<Service>& ends, net::ClientRequest request) {
  request.url = ends.url() + request.url;
  auto response = ends.run(ends.client->send(std::move(request)));
  EXPECT_TRUE(response.has_value());
  return response ? *response : net::Response{.status = 0};
}

net::ClientRequest post(std::string path, std::string body,
                        std::string_view type = "application/json") {
  net::ClientRequest request{
      .verb = net::Verb::post, .url = std::move(path), .body = std::move(body)};
  if (!type.empty()) request.headers.set("Content-Type", type);
  return request;
}

json::Value parsed(const net::Response& response) {
  auto value = json::parse(response.body);
  EXPECT_TRUE(value.has_value()) << response.body;
  return value ? *value : json::Value();
}

TEST(Details, RefusesBodiesThatAreNoJson) {
  Ends<api::Telegram> ends;
  EXPECT_EQ(
      send(ends, post("/channels/add", "channel=x", "application/x-www-form-urlencoded")).status,
      415);
  EXPECT_EQ(send(ends, post("/channels/add", R"({"channel":"x"})", "")).status, 415);
  EXPECT_EQ(send(ends, post("/channels/add", R"({"channel":)")).status, 400);
  EXPECT_EQ(send(ends, post("/channels/add", R"(["x"])")).status, 400);
  EXPECT_EQ(send(ends, post("/channels/add", "")).status, 400);
  EXPECT_EQ(ends.fake->entered(), 0);
  EXPECT_EQ(
      send(ends, post("/channels/add", R"({"channel":"x"})", "application/json; charset=utf-8"))
          .status,
      202);
  EXPECT_EQ(
      send(ends, post("/channels/add", R"({"channel":"x"})", "application/vnd.x+json")).status,
      202);
  EXPECT_EQ(send(ends, post("/channels/add", std::string((1 << 20) + 1, ' '))).status, 413);
}

TEST(Details, ParsesLargeBodiesAwayFromTheLoop) {
  Ends<api::Documents> ends;
  const std::string content(200 << 10, 'x');
  const std::string head = R"({"filename":"a.txt","content":")";
  EXPECT_EQ(send(ends, post("/documents/upload", head + content + "\"}")).status, 200);
  EXPECT_NE(ends.fake->seen().find(content), std::string::npos);
  const auto broken = send(ends, post("/documents/upload", head + content));
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(parsed(broken).at("details").at("field"), "body");
}

TEST(Details, TakesAFieldFromTheQueryOrTheBody) {
  Ends<api::Auth> ends;
  EXPECT_EQ(send(ends, post("/auth/refresh?refresh_token=from-query", "", "")).status, 200);
  EXPECT_EQ(ends.fake->seen(), R"({"refresh_token":"from-query"} and no file)");
  EXPECT_EQ(send(ends, post("/auth/refresh?refresh_token=no", R"({"refresh_token":"body first"})"))
                .status,
            200);
  EXPECT_EQ(ends.fake->seen(), R"({"refresh_token":"body first"} and no file)");
  EXPECT_EQ(send(ends, post("/auth/refresh", "{}")).status, 400);
}

TEST(Details, TakesAWholeBodyAsAField) {
  Ends<api::Embeddings> ends;
  const auto refused =
      send(ends, post("/embeddings/batch",
                      R"([{"chunk_id":"7f1b3c1e-0000-4000-8000-000000000000","text":""}])"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(parsed(refused).at("details").at("field"), "items[0].text");
  EXPECT_EQ(send(ends, post("/embeddings/batch", "[]")).status, 400);
  EXPECT_EQ(send(ends, post("/embeddings/batch",
                            R"([{"chunk_id":"7f1b3c1e-0000-4000-8000-000000000000","text":"a"}])"))
                .status,
            200);
}

TEST(Details, NamesOfModelsMayContainSlashes) {
  Ends<api::Models> ends;
  const auto answer = ends.run(ends.remote->load({}, {.name = "org/имя 1"}));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(ends.fake->seen(), R"({"name":"org/имя 1"} and no file)");
  // Names that would address another resource are rejected before sending.
  for (const char* name : {"..", "a/../b", "", "a//b"}) {
    const auto refused = ends.run(ends.remote->remove({}, {.name = name}));
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_EQ(refused.error().field, "name");
  }
}

TEST(Details, WarnsOfIgnoredFields) {
  Ends<api::Telegram> ends;
  const auto answer = send(ends, post("/channels/add?page=2", R"({"channel":"x","Limit":7})"));
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.headers.get("X-Warnings"),
            "unknown parameter page was ignored, unknown field Limit was ignored");
  EXPECT_FALSE(send(ends, post("/channels/add", R"({"channel":"x"})")).headers.has("X-Warnings"));
}

TEST(Details, KeepsTheRequestId) {
  Ends<api::Telegram> ends;
  net::ClientRequest request{.url = "/jobs", .headers = {{"X-Request-Id", "my-id.1"}}};
  EXPECT_EQ(send(ends, request).headers.get("X-Request-Id"), "my-id.1");
  EXPECT_EQ(ends.fake->call().request_id, "my-id.1");
  request.headers.set("X-Request-Id", "no id");
  const auto other = send(ends, request);
  EXPECT_EQ(other.headers.get("X-Request-Id"), ends.fake->call().request_id);
  EXPECT_TRUE(Uuid::parse(other.headers.get("X-Request-Id")).has_value());
  ends.fake->set(Fake::Does::refuse, sample_error(Code::not_found));
  const auto refused = send(ends, request);
  EXPECT_EQ(std::string_view(parsed(refused).at("request_id").get_string()),
            refused.headers.get("X-Request-Id"));
}

TEST(Details, ContinuesTraces) {
  Ends<api::Telegram> ends;
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  send(ends, {.url = "/jobs", .headers = {{"traceparent", trace}}});
  EXPECT_EQ(ends.fake->call().traceparent.substr(0, 36), trace.substr(0, 36));
  EXPECT_NE(ends.fake->call().traceparent, trace);
  // Also over the next hop.
  EXPECT_TRUE(ends.run(ends.remote->jobs({.traceparent = trace}, {})).has_value());
  EXPECT_EQ(ends.fake->call().traceparent.substr(0, 36), trace.substr(0, 36));
  send(ends, {.url = "/jobs", .headers = {{"traceparent", "00-0-0-01"}}});
  EXPECT_EQ(ends.fake->call().traceparent.size(), trace.size());
}

TEST(Details, PassesOnTheTraceState) {
  Ends<api::Telegram> ends;
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  net::ClientRequest request{.url = "/jobs", .headers = {{"traceparent", trace}}};
  request.headers.add("tracestate", "vendor=a:1");
  request.headers.add("TraceState", "other=b");
  send(ends, request);
  EXPECT_EQ(ends.fake->call().tracestate, "vendor=a:1,other=b");
  // Also over the next hop, together with its trace.
  const api::Call call{.traceparent = trace, .tracestate = "vendor=a:1"};
  EXPECT_TRUE(ends.run(ends.remote->jobs(call, {})).has_value());
  EXPECT_EQ(ends.fake->call().tracestate, "vendor=a:1");
  EXPECT_TRUE(ends.run(ends.remote->jobs({.tracestate = "vendor=a:1"}, {})).has_value());
  EXPECT_EQ(ends.fake->call().tracestate, "");
  request.headers.set("tracestate", std::string(513, 'x'));
  send(ends, request);
  EXPECT_EQ(ends.fake->call().tracestate, "");
  EXPECT_EQ(ends.fake->call().traceparent.substr(0, 36), trace.substr(0, 36));
}

TEST(Details, ReturnsErrorsInTheRequestedFormat) {
  Ends<api::Telegram> ends;
  net::ClientRequest request = post("/channels/parse", R"({"channel_username":"x","limit":0})");
  request.headers.set("Accept", "application/json;q=0.5, application/problem+json");
  const auto answer = send(ends, request);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.headers.get("Content-Type"), "application/problem+json");
  const json::Value problem = parsed(answer);
  EXPECT_EQ(problem.at("status"), 400);
  EXPECT_EQ(problem.at("error_code"), "VALIDATION_ERROR");
  EXPECT_EQ(problem.at("errors").at(0).at("pointer"), "#/limit");
  request.headers.set("Accept", "application/json");
  EXPECT_EQ(send(ends, request).headers.get("Content-Type"), "application/json");
}

TEST(Details, TellsTheObserver) {
  Ends<api::Telegram> ends;
  send(ends, {.url = "/jobs"});
  ends.observer.count.wait(0);
  EXPECT_EQ(ends.observer.last_status, 200);
  send(ends, {.url = "/jobs?limit=0"});
  ends.observer.count.wait(1);
  EXPECT_EQ(ends.observer.last_status, 400);
}

constexpr std::string_view kForm = "multipart/form-data; boundary=b";

TEST(Details, ReadsFormsWithTheFileLast) {
  Ends<api::Documents> ends;
  const auto answer = send(
      ends, post("/documents/upload",
                 "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n{\"a\":1}\r\n"
                 "--b\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\nprivate\r\n"
                 "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.md\"\r\n"
                 "Content-Type: text/markdown\r\n\r\n# A\r\n--b--\r\n",
                 kForm));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(
      ends.fake->seen(),
      R"({"filename":null,"content":null,"metadata":{"a":1},"visibility":"private"} and a.md (text/markdown): # A)");
}

std::string form_file(std::string_view name, const std::string& content) {
  return fmt::format(
      "--b\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"a.md\"\r\n\r\n{}\r\n", name,
      content);
}
std::string form_field(std::string_view name, std::string_view text) {
  return fmt::format("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", name,
                     text);
}

TEST(Details, ReadsFormsWithTheFileFirst) {
  Ends<api::Documents> ends;
  for (const std::size_t size : {std::size_t{3}, std::size_t{20} << 20}) {
    const std::string content(size, 'x');
    const auto answer =
        send(ends, post("/documents/upload",
                        form_file("file", content) + form_field("metadata", R"({"a":1})") +
                            form_field("visibility", "private") + "--b--\r\n",
                        kForm));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::string seen = ends.fake->seen();
    EXPECT_TRUE(seen.starts_with(
        R"({"filename":null,"content":null,"metadata":{"a":1},"visibility":"private"} and a.md)"))
        << seen.substr(0, 200);
    EXPECT_TRUE(seen.ends_with(": " + content)) << seen.size();
  }
}

TEST(Details, AFileWithoutALimitIsStreamedSoItsFieldsComeFirst) {
  Ends<api::Telegram> ends;
  const std::string field = form_field("channel", "observatory");
  const auto status = [&](const std::string& form) {
    return send(ends, post("/channels/import", form + "--b--\r\n", kForm));
  };
  const std::string large(wire::kHeldOfAnyFile + 1, 'x');
  EXPECT_LT(status(form_file("file", "{}") + field).status, 300);
  EXPECT_LT(status(field + form_file("file", large)).status, 300);
  const auto refused = status(form_file("file", large) + field);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(parsed(refused).at("details").at("field"), "channel") << refused.body;
}

TEST(Details, AConfiguredBodyLimitIsReported) {
  Ends<api::Documents> ends(std::make_shared<EveryoneIsAdmin>(), {{"/documents/upload", 2000}});
  const auto upload = [&ends](std::size_t size, std::string prefix) {
    return send(ends, post(prefix + "/documents/upload",
                           R"({"filename":"a","content":")" + std::string(size, 'x') + "\"}"));
  };
  EXPECT_EQ(upload(1900, "").status, 200);
  for (const char* prefix : {"", "/api/v1"}) {
    const auto refused = upload(2000, prefix);
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(std::string_view(parsed(refused).at("message").get_string()),
              "the body exceeds the limit of 2000 bytes");
  }
}

TEST(Details, RefusesBrokenForms) {
  Ends<api::Documents> ends;
  const std::string file =
      "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nA\r\n";
  const auto status = [&](const std::string& body) {
    return send(ends, post("/documents/upload", body, kForm)).status;
  };
  EXPECT_EQ(status(file), 400);  // truncated
  EXPECT_EQ(status(file + file + "--b--\r\n"), 400);
  EXPECT_EQ(status(file + form_field("metadata", "{}")), 400);  // truncated after the file
  EXPECT_EQ(status("--b\r\nContent-Disposition: form-data; name=\"other\"; "
                   "filename=\"a\"\r\n\r\nA\r\n--b--\r\n"),
            400);
  EXPECT_EQ(
      status(
          "--b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\nno json\r\n--b--\r\n"),
      400);
  EXPECT_EQ(ends.fake->entered(), 0);
}

// A generated file, larger than what is held in memory.
class LongSource final : public api::ByteSource {
 public:
  Task<Result<std::optional<std::string>>> read() override {
    if (pieces_-- == 0) co_return std::optional<std::string>();
    co_return std::string(64 << 10, 'x');
  }

 private:
  int pieces_ = 16;
};

class FailingSource final : public api::ByteSource {
 public:
  Task<Result<std::optional<std::string>>> read() override {
    co_return fail(Code::conflict, "disk", "reading the file failed");
  }
};

TEST(Details, StreamsUploads) {
  Ends<api::Telegram> ends;
  const auto answer = ends.run(ends.remote->import_posts(
      {},
      {.file = api::Upload{.filename = "result.json", .bytes = std::make_shared<LongSource>()}}));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_TRUE(ends.fake->seen().ends_with(std::string(1 << 20, 'x')));
}

TEST(Details, ReportsErrorsOfTheCallersFile) {
  Ends<api::Telegram> ends;
  const auto answer = ends.run(ends.remote->import_posts(
      {}, {.file = api::Upload{.filename = "a", .bytes = std::make_shared<FailingSource>()}}));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "disk");
}

TEST(Details, GivesFilesNamesThatBrowsersUnderstand) {
  Ends<api::Telegram> ends;
  const auto answer = send(ends, {.url = "/files/x"});
  EXPECT_EQ(answer.body, "{\"a\":1}");
  EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.headers.get("Content-Length"), "7");
  EXPECT_EQ(answer.headers.get("Content-Disposition"),
            "attachment; filename=\"________ _1_.json\"; "
            "filename*=UTF-8''%D0%BF%D0%BE%D1%81%D1%82%20%221%22.json");
  EXPECT_EQ(send(ends, {.verb = net::Verb::head, .url = "/files/x"}).body, "");
}

TEST(Details, CountsWhatIsListed) {
  Ends<api::Documents> ends;
  const auto answer = send(ends, {.url = "/documents"});
  EXPECT_EQ(answer.headers.get("X-Total-Count"), "77");
  EXPECT_EQ(parsed(answer).get_array().size(), 2U);
  EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
}

TEST(Details, NamesTheUnavailableService) {
  Ends<api::Telegram> ends;
  const auto gone = wire::remote<api::Telegram>(
      {.service = "telegram", .url = "http://127.0.0.1:9"}, ends.client, nullptr);
  const auto answer = ends.run(gone->job({}, {.id = "1"}));
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_EQ(answer.error().reason, "unavailable.telegram");
  EXPECT_EQ(answer.error().message, "the telegram service is not reachable");
  EXPECT_TRUE(answer.error().retry_after.has_value());
}

TEST(Details, ReportsMalformedResponses) {
  Ends<api::Telegram> telegram;
  Ends<api::Auth> auth;
  // Another contract at the same URL: its routes and replies do not fit.
  const auto wrong = wire::remote<api::Telegram>({.service = "telegram", .url = auth.url()},
                                                 telegram.client, nullptr);
  const auto missing = telegram.run(wrong->jobs({}, {}));
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, Code::not_found);
  const auto models = wire::remote<api::Models>(
      {.service = "model", .url = telegram.url() + "/files/x?"}, telegram.client, nullptr);
  const auto nonsense = telegram.run(models->list({}, {}));
  ASSERT_FALSE(nonsense.has_value());
  EXPECT_EQ(nonsense.error().code, Code::bad_gateway);
  EXPECT_EQ(nonsense.error().message, "the model service returned a malformed response");
}

// A telegram service with one stream, controlled by the test.
class DrivenJobs {
 public:
  class Source final : public api::StreamSource<api::Job> {
   public:
    explicit Source(DrivenJobs* jobs) : jobs_(jobs) {}
    ~Source() override { jobs_->count(jobs_->gone); }
    Task<Result<std::optional<api::Job>>> next() override {
      const int number = ++given_;
      jobs_->count(jobs_->asked);
      while (jobs_->allowed < number) {
        const auto seen = jobs_->changed.version();
        if (jobs_->allowed < number)
          co_await jobs_->changed.wait_after(seen, std::chrono::seconds(60));
      }
      if (number == 3) co_return std::optional<api::Job>();
      co_return api::Job{.id = std::to_string(number)};
    }

   private:
    DrivenJobs* jobs_;
    int given_ = 0;
  };

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if constexpr (api::is_stream<api::OutOf<M>>) {
      co_return std::make_shared<Source>(this);
    } else {
      co_return fail(Code::not_implemented, "", "only streams");
    }
  }

  void allow(int count) {
    allowed = count;
    changed.notify();
  }
  static void count(std::atomic<int>& number) {
    ++number;
    number.notify_all();
  }

  std::atomic<int> allowed = 0;
  std::atomic<int> asked = 0;
  std::atomic<int> gone = 0;
  Notifier changed;
};

class Streams : public testing::Test {
 protected:
  Streams() {
    auto router = std::make_shared<net::Router>();
    wire::mount<api::Telegram>(*router, service, std::make_shared<EveryoneIsAdmin>(),
                               {.idle_comment = std::chrono::milliseconds(1)});
    server = std::make_unique<net::Server>(loops, net::ServerSettings{}, router, clock);
    loops.start();
    EXPECT_TRUE(server->start());
    url = "http://127.0.0.1:" + std::to_string(server->port());
    remote = wire::remote<api::Telegram>({.service = "telegram", .url = url}, client, nullptr);
  }
  ~Streams() override {
    server->drain(std::chrono::milliseconds(0));
    loops.stop();
  }
  template <typename T>
  T run(Task<T> task) {
    return asio::co_spawn(loops.at(0), std::move(task), asio::use_future).get();
  }

  Loops loops{1};
  SystemClock clock;
  std::shared_ptr<DrivenJobs> jobs = std::make_shared<DrivenJobs>();
  api::TelegramForward<DrivenJobs> service{jobs};
  std::shared_ptr<net::Client> client = std::make_shared<net::Client>();
  std::unique_ptr<net::Server> server;
  std::string url;
  std::unique_ptr<api::Telegram> remote;
};

Task<std::string> read_until(std::shared_ptr<net::ClientResponse> response, std::string_view mark) {
  std::string all;
  while (all.find(mark) == std::string::npos) {
    const auto piece = co_await response->read(SteadyTime::max());
    if (!piece || !*piece) break;
    all += **piece;
  }
  co_return all;
}

TEST_F(Streams, SendCommentsWhileIdle) {
  auto opened = run(client->open({.url = url + "/jobs/1/events"}));
  ASSERT_TRUE(opened.has_value());
  const std::shared_ptr<net::ClientResponse> response = std::move(*opened);
  EXPECT_EQ(response->headers().get("Content-Type"), "text/event-stream");
  EXPECT_EQ(run(read_until(response, "\n\n")).substr(0, 2), ": ");
  jobs->allow(1);
  const std::string event = run(read_until(response, "\"id\":\"1\""));
  EXPECT_NE(event.find("data: {\"id\":\"1\""), std::string::npos) << event;
  jobs->allow(3);
  const std::string rest = run(read_until(response, "event: done"));
  EXPECT_NE(rest.find("event: done\ndata: {}\n\n"), std::string::npos) << rest;
}

TEST_F(Streams, PullOneEventAtATime) {
  auto stream = run(remote->job_events({}, {.id = "1"}));
  ASSERT_TRUE(stream.has_value());
  jobs->asked.wait(0);
  EXPECT_EQ(jobs->asked, 1);
  jobs->allow(3);
  EXPECT_EQ((*run((*stream)->next()))->id, "1");
  EXPECT_EQ((*run((*stream)->next()))->id, "2");
  EXPECT_FALSE(run((*stream)->next())->has_value());
  EXPECT_FALSE(run((*stream)->next())->has_value());
  jobs->gone.wait(0);
}

TEST_F(Streams, EndTheirSourceWhenTheClientDisconnects) {
  auto stream = run(remote->job_events({}, {.id = "1"}));
  ASSERT_TRUE(stream.has_value());
  jobs->asked.wait(0);
  asio::post(loops.at(0), [&] { stream->reset(); });
  jobs->gone.wait(0);  // the source is destroyed while it is being read
}

TEST_F(Streams, DoNotBlockOtherCalls) {
  const auto one_at_a_time = std::make_shared<net::Client>(net::ClientSettings{.per_host = 1});
  const auto other =
      wire::remote<api::Telegram>({.service = "telegram", .url = url}, one_at_a_time, nullptr);
  auto stream = run(other->job_events({}, {.id = "1"}));
  ASSERT_TRUE(stream.has_value());
  const auto call = run(other->job({}, {.id = "1"}));
  ASSERT_FALSE(call.has_value());
  EXPECT_EQ(call.error().code, Code::not_implemented) << "the service's own answer";
  asio::post(loops.at(0), [&] { stream->reset(); });
  jobs->gone.wait(0);
}

TEST_F(Streams, AreLimitedPerUser) {
  auto router = std::make_shared<net::Router>();
  wire::mount<api::Telegram>(*router, service, std::make_shared<EveryoneIsAdmin>(),
                             {.streams_per_user = 1});
  net::Server limited(loops, net::ServerSettings{}, router, clock);
  ASSERT_TRUE(limited.start());
  const auto other = wire::remote<api::Telegram>(
      {.service = "telegram", .url = "http://127.0.0.1:" + std::to_string(limited.port())}, client,
      nullptr);
  auto first = run(other->job_events({}, {.id = "1"}));
  ASSERT_TRUE(first.has_value());
  const auto second = run(other->job_events({}, {.id = "1"}));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().reason, "rate_limited.streams");
  asio::post(loops.at(0), [&] { first->reset(); });
  jobs->gone.wait(0);
  limited.drain(std::chrono::milliseconds(0));
}

// A process that accepts connections and never answers.
TEST_F(Streams, BeginInTimeOrFail) {
  asio::io_context unused(1);
  asio::ip::tcp::acceptor silent(unused, {asio::ip::address_v4::loopback(), 0});
  const auto hung = wire::remote<api::Telegram>(
      {.service = "telegram",
       .url = "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()),
       .head_time = std::chrono::milliseconds(20)},
      client, nullptr);
  const auto stream = run(hung->job_events({}, {.id = "1"}));
  ASSERT_FALSE(stream.has_value());
  EXPECT_EQ(stream.error().code, Code::gateway_timeout);
  EXPECT_EQ(stream.error().reason, "deadline.telegram");
}

TEST_F(Streams, SayWhenTheServerStops) {
  auto opened = run(client->open({.url = url + "/jobs/1/events"}));
  ASSERT_TRUE(opened.has_value());
  const std::shared_ptr<net::ClientResponse> response = std::move(*opened);
  jobs->asked.wait(0);
  std::thread stop([this] { server->drain(std::chrono::milliseconds(0)); });
  const std::string rest = run(read_until(response, "event: error"));
  stop.join();
  EXPECT_NE(rest.find("event: error"), std::string::npos) << rest;
  jobs->gone.wait(0);
}

TEST(Details, ReportsAStreamThatBreaksOff) {
  Ends<api::Telegram> ends;
  for (api::Telegram* end : {ends.local.get(), ends.json.get(), ends.remote.get()}) {
    ends.fake->set(Fake::Does::break_off, sample_error(Code::conflict));
    const auto answer = ask<&api::Telegram::job_events>(ends, *end);
    EXPECT_EQ(text_of_result(answer), text_of_error(sample_error(Code::conflict)));
  }
}

}  // namespace
}  // namespace tg::contract
