// Responses: their order, their header fields, and error handling.
#include "net/serving_fixture.hpp"

namespace tg::net {
namespace {

// Order and pace

TEST_F(Serving, TenThousandPipelinedRequestsAreAnsweredInOrder) {
  start({.requests_per_connection = 20'000});
  auto raw = client();
  std::string all;
  for (int i = 0; i < 10'000; ++i) {
    const std::string body = std::to_string(i) + ";";
    all += post("Content-Length: " + std::to_string(body.size()), body);
  }
  std::string_view rest = all;
  while (!rest.empty()) {
    rest.remove_prefix(raw.send_some(rest));
    server_->pump();
    raw.receive();
  }
  const std::string& answers = raw.receive();
  std::size_t at = 0;
  for (int i = 0; i < 10'000; ++i) {
    at = answers.find("\r\n\r\n" + std::to_string(i) + ";", at);
    ASSERT_NE(at, std::string::npos) << i;
    ++at;
  }
}

TEST_F(Serving, AClientThatDoesNotReadIsNotReadFromEither) {
  auto raw = client();
  std::string all;
  for (int i = 0; i < 20'000; ++i) all += get("/10k");
  std::string_view rest = all;
  std::size_t sent = 1;
  for (int quiet = 0; quiet < 3; quiet = sent == 0 ? quiet + 1 : 0) {
    sent = raw.send_some(rest);
    rest.remove_prefix(sent);
    server_->pump();
  }
  EXPECT_LT(seen_.calls, 2000);
  const int before = seen_.calls;
  raw.receive();
  server_->pump();
  EXPECT_GT(seen_.calls, before) << "reading sets it going again";
}

TEST_F(Serving, AnAnswerDoesNotWaitForTheHandlerOfTheNextRequest) {
  auto raw = client();
  send(raw, get("/x") + get("/wait") + get("/x"));
  EXPECT_EQ(answers(raw), std::vector{200}) << "the first is out, the second still runs";
  seen_.go_on.notify();
  server_->pump();
  EXPECT_EQ(answers(raw), (std::vector{200, 200, 200}));
}

TEST_F(Serving, AHalfClosedConnectionIsStillAnswered) {
  auto raw = client();
  raw.send(get("/x"));
  raw.finish_sending();
  server_->pump();
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_TRUE(raw.closed());
}

TEST_F(Serving, AHalfClosedConnectionIsAnsweredByAHandlerThatWatchesItsClient) {
  auto raw = client();
  send(raw, get("/watch"));
  raw.finish_sending();
  server_->pump();
  EXPECT_FALSE(seen_.gone);
  seen_.go_on.notify();
  server_->pump();
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_TRUE(raw.receive().ends_with("waited"));
}

TEST_F(Serving, AResetEndsAHandlerThatWatchesItsClient) {
  auto raw = client();
  send(raw, get("/watch"));
  raw.reset();
  server_->pump();
  EXPECT_TRUE(seen_.gone);
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

// The client does not read: with some number of responses, those before the watched one are still
// being written when the watch ends.
TEST_F(Serving, EndingAWatchLeavesEarlierResponsesAlone) {
  for (int count = 1;; count += 3) {
    auto raw = client();
    std::string requests;
    for (int i = 0; i < count; ++i) requests += get("/10k");
    seen_.calls = 0;
    send_only(raw, requests + get("/watch"));
    if (seen_.calls != count + 1) break;  // the sockets do not hold so many
    seen_.go_on.notify();
    server_->pump();
    const auto expected = std::vector<int>(static_cast<std::size_t>(count) + 1, 200);
    for (int quiet = 0; quiet < 3;) {
      const std::size_t before = raw.receive().size();
      server_->pump();
      quiet = raw.receive().size() == before ? quiet + 1 : 0;
    }
    ASSERT_EQ(answers(raw), expected);
  }
}

TEST_F(Serving, RefusalsAreObserved) {
  std::vector<std::pair<int, std::string>> refused;
  start({.on_refused = [&](const Error& error, int status, const std::string& request_id) {
    EXPECT_FALSE(request_id.empty());
    refused.emplace_back(status, error.reason);
  }});
  auto raw = client();
  send(raw, get("/x") + get("/none") + "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  send(raw, post("Content-Length: 1001", ""));
  auto other = client();
  send(other, "nonsense\r\n\r\n");
  ASSERT_EQ(refused.size(), 4u);
  EXPECT_EQ(refused[0], (std::pair<int, std::string>{404, "not_found.route"}));
  EXPECT_EQ(refused[1], (std::pair<int, std::string>{405, "method"}));
  EXPECT_EQ(refused[2], (std::pair<int, std::string>{413, "too_large.body"}));
  EXPECT_EQ(refused[3].first, 400);
}

TEST_F(Serving, OneRequestHasOneAnswer) {
  auto raw = client();
  send(raw, get("/twice") + get("/nothing"));
  EXPECT_EQ(answers(raw), (std::vector{200, 500}));
  EXPECT_EQ(raw.receive().find("two"), std::string::npos);
  EXPECT_FALSE(seen_.last_error.empty());
}

TEST_F(Serving, AStreamThatStopsShortDoesNotLookWhole) {
  auto raw = client();
  send(raw, get("/short") + get("/x"));
  EXPECT_TRUE(raw.closed());
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_FALSE(raw.receive().ends_with("0\r\n\r\n"));
}

TEST_F(Serving, WhatAHandlerThrowsIsNotShown) {
  auto raw = client();
  send(raw, get("/throw"));
  EXPECT_EQ(answers(raw), std::vector{500});
  EXPECT_EQ(raw.receive().find("secret"), std::string::npos);
}

// Heads

TEST_F(Serving, HeadAnswersHaveLengthAndNoBody) {
  auto raw = client();
  send(raw, "HEAD /10k HTTP/1.1\r\nHost: a\r\n\r\n" + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_NE(raw.receive().find("Content-Length: 10000\r\n"), std::string::npos);
  EXPECT_LT(raw.receive().size(), 1000u);
}

TEST_F(Serving, VerbsThatAPathDoesNotKnowAreNamedInAllow) {
  auto raw = client();
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answers(raw), std::vector{405});
  EXPECT_NE(raw.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  auto other = client();
  send(other, "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /none HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answers(other), (std::vector{204, 404}));
  EXPECT_NE(other.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
}

TEST_F(Serving, ErrorsAreWrittenInTheFormThatTheRequestTakes) {
  start({}, [](const Error& error, const std::string&, std::string_view accept) {
    return Response{.status = http_status(error.code), .body = "<" + std::string(accept) + ">"};
  });
  auto raw = client();
  send(raw, get("/none", "Accept: a/b\r\n"));
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\nAccept: c/d\r\n\r\n");
  EXPECT_EQ(answers(raw), (std::vector{404, 405}));
  EXPECT_NE(raw.receive().find("<a/b>"), std::string::npos);
  EXPECT_NE(raw.receive().find("<c/d>"), std::string::npos);
  EXPECT_NE(raw.receive().find("Allow: GET, HEAD, OPTIONS\r\n"), std::string::npos);
  send(raw, "nonsense\r\n\r\n");
  EXPECT_EQ(answers(raw), (std::vector{404, 405, 400}));
  EXPECT_TRUE(raw.receive().ends_with("<>")) << "not what the request before it took";
  auto other = client();
  send(other, get("/throw", "Accept: e/f\r\n"));
  EXPECT_EQ(answers(other), std::vector{500});
  EXPECT_TRUE(other.receive().ends_with("<e/f>"));
}

TEST_F(Serving, FieldsThatClaimToBeOursNeverReachAHandler) {
  auto raw = client();
  send(raw, get("/headers",
                "X-User-Id: 1\r\nx-internal-role: admin\r\nConnection: close, authorization\r\n"
                "Authorization: Bearer t\r\n"));
  EXPECT_EQ(body_of(raw.receive()),
            "Host=a;Connection=close, authorization;Authorization=Bearer t;")
      << "what Connection names is not taken away either";
}

TEST_F(Serving, AnAnswersFieldsCannotBreakItsHead) {
  auto raw = client();
  send(raw, get("/headers") + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
  EXPECT_EQ(raw.receive().find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(raw.receive().find("Content-Length: 3\r\n"), std::string::npos);
}

TEST_F(Serving, RequestIdsAreTakenOverOrMade) {
  auto raw = client();
  send(raw, get("/x", "X-Request-Id: abc-1\r\n") + get("/x", "X-Request-Id: a b\r\n"));
  EXPECT_NE(raw.receive().find("X-Request-Id: abc-1\r\n"), std::string::npos);
  EXPECT_EQ(raw.receive().find("X-Request-Id: a b"), std::string::npos);
}

// Bodies

TEST_F(Serving, ContinueComesOnlyWhenTheBodyIsWanted) {
  auto raw = client();
  send(raw, post("Expect: 100-continue\r\nContent-Length: 2", ""));
  EXPECT_EQ(raw.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  send(raw, "hi");
  EXPECT_TRUE(raw.receive().ends_with("\r\n\r\nhi"));
  auto unwanted = client();
  send(unwanted,
       "POST /unread HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
       "Content-Length: 2\r\n\r\n");
  EXPECT_EQ(answers(unwanted), std::vector{200}) << "no 100";
  EXPECT_NE(unwanted.receive().find("Connection: close"), std::string::npos);
}

TEST_F(Serving, AChunkedBodyBeyondTheRoutesLimitIs413) {
  auto raw = client();
  send(raw, post("Transfer-Encoding: chunked", "3e9\r\n" + std::string(1001, 'x') + "\r\n"));
  EXPECT_EQ(answers(raw), std::vector{413});
  EXPECT_NE(raw.receive().find("Connection: close"), std::string::npos);
}

TEST_F(Serving, AnEarlyAnswerReachesAClientThatStillSends) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_EQ(answers(raw), std::vector{200});
  EXPECT_NE(raw.receive().find("Connection: close"), std::string::npos);
  send(raw, std::string(100'000, 'x'));
  send(raw, get("/x"));
  EXPECT_EQ(answers(raw), std::vector{200}) << "what follows is no request";
  EXPECT_EQ(server_->server().open_connections(), 1u)
      << "drained, so that no reset eats the answer";
  server_->pass(std::chrono::seconds(3));
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, DrainingEndsAfter256kB) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n");
  for (int i = 0; i < 10; ++i) send(raw, std::string(60'000, 'x'));
  EXPECT_EQ(server_->server().open_connections(), 0u);
}

TEST_F(Serving, AnUnreadBodyThatHasComeDoesNotEndTheConnection) {
  auto raw = client();
  send(raw, "POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get("/x"));
  EXPECT_EQ(answers(raw), (std::vector{200, 200}));
}

// Fields beside the answer's own

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != text.npos; ++at) ++count;
  return count;
}

TEST_F(Serving, TheStrongestFieldOfANameIsWritten) {
  start({.always = {{"X-Note", "of the server"}, {"X-Own", "of the server"}, {"X-All", "yes"}}});
  auto raw = client();
  send(raw, get("/noted"));
  const std::string first = raw.receive();
  EXPECT_EQ(count_of(first, "X-Own: of the answer\r\n"), 1u) << first;
  EXPECT_EQ(count_of(first, "X-Own:"), 1u);
  EXPECT_EQ(count_of(first, "X-Note: of the request\r\n"), 1u);
  EXPECT_EQ(count_of(first, "X-Note:"), 1u);
  EXPECT_EQ(count_of(first, "X-All: yes\r\n"), 1u);
  EXPECT_EQ(count_of(first, "Vary:"), 2u) << "a list that each may add to";
  send(raw, get("/x"));
  const std::string second = raw.receive().substr(first.size());
  EXPECT_EQ(count_of(second, "X-Note: of the server"), 1u)
      << "nothing is left of the request before";
}

TEST_F(Serving, FieldsForAllAreOnRefusalsToo) {
  start({.always = {{"X-Content-Type-Options", "nosniff"}}});
  auto raw = client();
  send(raw, get("/absent"));
  send(raw, "DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n");
  send(raw, get("/events"));
  seen_.gone = true;
  auto broken = client();
  send(broken, "NONSENSE\r\n\r\n");
  EXPECT_EQ(count_of(raw.receive(), "X-Content-Type-Options: nosniff"), 3u);
  EXPECT_EQ(count_of(broken.receive(), "X-Content-Type-Options: nosniff"), 1u);
}

TEST_F(Serving, TheRequestFilterAnswersBeforeAnyRoute) {
  start({.request_filter = [](const Request& request) -> std::optional<Response> {
    request.answer->set("X-Seen", request.path);
    if (request.verb != Verb::options) return std::nullopt;
    return Response{.status = 204, .headers = {{"X-Door", "closed"}}, .body = {}};
  }});
  auto raw = client();
  send(raw, "OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(seen_.calls, 0);
  send(raw, get("/x"));
  EXPECT_EQ(seen_.calls, 1);
  send(raw, get("/absent"));
  EXPECT_EQ(answers(raw), (std::vector<int>{204, 200, 404}));
  EXPECT_EQ(count_of(raw.receive(), "X-Door: closed"), 1u);
  EXPECT_EQ(count_of(raw.receive(), "X-Seen: /x\r\n"), 2u);
  EXPECT_EQ(count_of(raw.receive(), "X-Seen: /absent\r\n"), 1u);
}

}  // namespace
}  // namespace tg::net
