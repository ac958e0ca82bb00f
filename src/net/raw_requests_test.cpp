// Requests that other servers have been attacked with, each sent whole, byte by byte and split in
// two at every position. The rule behind most: on any ambiguity about where a message ends, respond
// once, close, and parse no further byte as a request (RFC 9112).
#include "net/server_fixture.hpp"

namespace tg::net {
namespace {

struct Case {
  const char* name;
  std::string raw;
  std::vector<int> statuses;  // of all answers, in order
  bool closes;
};

std::string host(std::string_view rest) {
  return "Host: a\r\n" + std::string(rest);
}
std::string post(std::string_view fields, std::string_view body = "0\r\n\r\n") {
  return "POST / HTTP/1.1\r\n" + host(fields) + "\r\n\r\n" + std::string(body);
}
std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked", body);
}
std::string get(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\n" + host(fields) + "\r\n";
}
std::string many_fields(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "X-" + std::to_string(i) + ": y\r\n";
  return out;
}

std::vector<Case> framing_cases() {
  return {
      {"length and chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked"), {400}, true},
      {"chunked twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
       {400},
       true},
      {"chunked, identity", post("Transfer-Encoding: chunked, identity"), {501}, true},
      {"xchunked", post("Transfer-Encoding: xchunked"), {501}, true},
      {"vertical tab before chunked",
       post("Transfer-Encoding: \x0b"
            "chunked"),
       {400},
       true},
      {"empty list item", post("Transfer-Encoding: ,chunked\r\nContent-Length: 5"), {400}, true},
      {"chunked in 1.0",
       "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       {400},
       true},
      {"space before colon", post("Transfer-Encoding : chunked"), {400}, true},
      {"broken name", post("Transfer-\r\nEncoding: chunked\r\nContent-Length: 5"), {400}, true},
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 0", "Z"), {400}, true},
      {"a list of lengths", post("Content-Length: 5, 5", "hello"), {400}, true},
      {"plus", post("Content-Length: +5", "hello"), {400}, true},
      {"hexadecimal", post("Content-Length: 0x5", "hello"), {400}, true},
      {"underscore", post("Content-Length: 1_0", "0123456789"), {400}, true},
      {"negative", post("Content-Length: -1", ""), {400}, true},
      {"empty length", post("Content-Length: ", ""), {400}, true},
      {"length beyond 63 bits", post("Content-Length: 99999999999999999999", ""), {400}, true},
      {"unknown expectation", post("Expect: 200-ok\r\nContent-Length: 0", ""), {417}, true},
      {"chunk size 0x5", chunked("0x5\r\nhello\r\n0\r\n\r\n"), {400}, true},
      {"space after chunk size", chunked("5 \r\nhello\r\n0\r\n\r\n"), {400}, true},
      {"bare LF in the extension", chunked("5;a=b\n hello\r\n0\r\n\r\n"), {400}, true},
      {"data longer than its size", chunked("5\r\nhelloXX\r\n0\r\n\r\n"), {400}, true},
      {"17 digits", chunked("FFFFFFFFFFFFFFFFF\r\n"), {400}, true},
      {"extension of 64 kB",
       chunked("1;" + std::string(65536, 'a') + "\r\nZ\r\n0\r\n\r\n"),
       {400},
       true},
      {"trailers", chunked("0\r\nContent-Length: 5\r\nAuthorization: x\r\n\r\n"), {400}, true},
  };
}

std::vector<Case> head_cases() {
  return {
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", {400}, true},
      {"bare CR", get("/", "X: a\rTransfer-Encoding: chunked\r\n"), {400}, true},
      {"NUL in a value", get("/", std::string("X: a\0b\r\n", 8)), {400}, true},
      {"folded field", get("/", "X: a\r\n b\r\n"), {400}, true},
      {"empty name", get("/", ": x\r\n"), {400}, true},
      {"space first", "GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", {400}, true},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", {400}, true},
      {"two Hosts", get("/", "Host: b\r\n"), {400}, true},
      {"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", {400}, true},
      {"Host with user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", {400}, true},
      {"Host with port 99999", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", {400}, true},
      {"Host with half an address", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", {400}, true},
      {"target and Host differ", "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"tab", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"space at the end", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", {400}, true},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", {505}, true},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", {505}, true},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505}, true},
      {"no version", "GET /\r\nHost: a\r\n\r\n", {400}, true},
      {"HTTP/11", "GET / HTTP/11\r\nHost: a\r\n\r\n", {400}, true},
      {"small letters", "GET / http/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"HTTP/1.32", "GET / HTTP/1.32\r\nHost: a\r\n\r\n", {400}, true},
      {"long line", get("/" + std::string(9000, 'a')), {414}, true},
      {"large header", get("/", "X: " + std::string(40'000, 'a') + "\r\n"), {431}, true},
      {"101 fields", get("/", many_fields(101)), {431}, true},
      {"NUL in the path", get("/%00"), {400}, true},
      {"broken escape", get("/%zz"), {400}, true},
      {"fragment", get("/#x"), {400}, true},
      {"byte 0xff", get("\xff"), {400}, true},
      {"escaped slashes", get("/..%2f..%2fetc/passwd"), {404}, false},
      {"escaped backslashes", get("/files/..%5c..%5cx"), {404}, false},
      {"escaped dots", get("/files/%2e%2e/%2e%2e/x"), {200}, false},  // is /x, by /x's rules
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", {204}, false},
      {"GET *", get("*"), {400}, true},
  };
}

// Smuggled second requests, and limits of routes.
std::vector<Case> other_cases() {
  return {
      {"larger than the route takes",
       "POST /documents/upload HTTP/1.1\r\n" + host("Content-Length: 10000000000\r\n\r\n"),
       {413},
       true},
      {"too large, expecting 100",
       post("Expect: 100-continue\r\nContent-Length: 10000000000", ""),
       {413},
       true},
      {"CR CR", chunked("5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n" + get("/x")), {400}, true},
      {"a request inside a body",
       get("/health", "Content-Length: 38\r\n") + "GET /auth/users HTTP/1.1\r\nHost: a\r\n\r\n\r" +
           get("/x"),
       {200, 200},
       false},
  };
}

std::vector<Case> further_cases() {
  return {
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", {405}, true},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", {501}, true},
      {"upgrade is ignored", get("/x", "Connection: upgrade\r\nUpgrade: h2c\r\n"), {200}, false},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", {405}, true},
      {"a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", {400}, true},
      {"websocket", get("/x", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), {200}, false},
      {"HTTP/1.9 is 1.1", "GET /x HTTP/1.9\r\nHost: a\r\n\r\n", {200}, false},
      {"absolute form", "GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n", {200}, false},
      {"underscore", get("/x", "X_Forwarded_For: 1.2.3.4\r\n"), {400}, true},
      {"length with an underscore", post("Content_Length: 5", ""), {400}, true},
      {"authorization twice", get("/x", "Authorization: a\r\nAuthorization: b\r\n"), {400}, true},
      {"chunk extension", chunked("2;abc\r\nhi\r\n0\r\n\r\n"), {200}, false},
      {"a size of many zeros", chunked("0000000000000002\r\nhi\r\n0\r\n\r\n"), {400}, true},
      {"chunked, close", post("Connection: close\r\nTransfer-Encoding: chunked"), {200}, true},
      {"CRLF before the request", "\r\n" + get("/x"), {400}, true},
      {"CRLF between requests", get("/x") + "\r\n" + get("/x"), {200, 400}, true},
      {"one field of 17 kB", get("/", "X: " + std::string(17'000, 'a') + "\r\n"), {431}, true},
      {"1.0 closes", "GET /x HTTP/1.0\r\n\r\n", {200}, true},
      {"1.0 kept alive", "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", {200}, false},
  };
}

std::shared_ptr<const Router> routes() {
  auto router = std::make_shared<Router>();
  const Handler echo = [](Request* request, ResponseWriter* out) -> Task<void> {
    const auto body = co_await read_all(request->body, 1 << 20);
    if (!body) co_return;  // the connection answers for a broken body
    co_await out->send({.body = *body});
  };
  for (const char* path : {"/", "/health", "/x"}) {
    router->add({.verb = Verb::get, .pattern = path, .handler = echo});
  }
  router->add({.verb = Verb::post, .pattern = "/", .handler = echo});
  router->add({.verb = Verb::post, .pattern = "/documents/upload", .handler = echo});
  router->add({.verb = Verb::get,
               .pattern = "/files/{name}",
               .handler = [](Request* request, ResponseWriter* out) -> Task<void> {
                 const bool found = request->parameter("name") == "x";
                 co_await out->send({.status = found ? 200 : 404});
               }});
  return router;
}

class RawRequests : public ::testing::Test {
 protected:
  bool check(const Case& wanted, const std::vector<std::string_view>& pieces) {
    RawClient client(server_.server().port());
    server_.pump();
    for (const std::string_view piece : pieces) {
      client.send(piece);
      server_.pump();
      client.receive();
    }
    const auto answers = statuses(client.receive());
    EXPECT_EQ(answers, wanted.statuses) << wanted.name << "\n" << client.receive();
    EXPECT_EQ(client.closed(), wanted.closes) << wanted.name;
    const bool is_right = answers == wanted.statuses && client.closed() == wanted.closes;
    client.finish_sending();
    server_.pump();
    return is_right;
  }

  bool check_all_ways(const Case& one) {
    const std::string_view raw = one.raw;
    bool is_right = check(one, {raw});
    const std::size_t step = std::max<std::size_t>(1, raw.size() / 200);
    for (std::size_t at = 1; at < raw.size() && is_right; at += step)
      is_right = check(one, {raw.substr(0, at), raw.substr(at)});
    if (raw.size() > 2000 || !is_right) return is_right;
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < raw.size(); ++at) bytes.push_back(raw.substr(at, 1));
    return check(one, bytes);
  }

  void check_all(const char* what, const std::vector<Case>& cases) {
    std::size_t right = 0;
    for (const Case& one : cases) right += check_all_ways(one) ? 1 : 0;
    std::printf("%s, whole, byte by byte and split at every position: %zu of %zu\n", what, right,
                cases.size());
    EXPECT_EQ(right, cases.size());
  }

  DrivenServer server_{routes()};
};

TEST_F(RawRequests, EveryOneIsAnsweredAsTheRulesSay) {
  std::vector<Case> cases = framing_cases();
  for (Case& one : head_cases()) cases.push_back(std::move(one));
  ASSERT_EQ(cases.size(), 61u);
  check_all("single requests", cases);
}

TEST_F(RawRequests, SecondRequestsAreNotSmuggledAndLimitsHold) {
  check_all("with a second request or a limit", other_cases());
  check_all("further requests", further_cases());
}

}  // namespace
}  // namespace tg::net
