// URL parsing, and the protection against server-side request forgery: a canary listens on this
// machine and must never receive a connection.
#include "net/url.hpp"

#include "net/client.hpp"
#include "net/scripted_server.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::net {
namespace {

namespace ip = boost::asio::ip;

TEST(Url, HasParts) {
  const auto url = parse_url("HTTPS://Example.ORG:8443/a%20b/../c?x=%2F&y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "example.org");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a%20b/../c?x=%2F&y");
  EXPECT_EQ(url->host_and_port(), "example.org:8443");
  EXPECT_EQ(parse_url("http://a")->target, "/");
  EXPECT_EQ(parse_url("http://a?x")->target, "/?x");
  EXPECT_EQ(parse_url("https://a:443/")->host_and_port(), "a");
  EXPECT_EQ(parse_url("http://[2606:4700::1111]:81/")->host_and_port(), "[2606:4700::1111]:81");
}

TEST(Url, ReferencesAreResolved) {
  const Url base = *parse_url("https://a.org/b/c?d");
  const auto to = [&](const char* reference) {
    const auto url = resolve_url(base, reference);
    return url ? url->scheme + "://" + url->host_and_port() + url->target : "-";
  };
  EXPECT_EQ(to("e"), "https://a.org/b/e");
  EXPECT_EQ(to("../e"), "https://a.org/e");
  EXPECT_EQ(to("?x#y"), "https://a.org/b/c?x");
  EXPECT_EQ(to("//b.org/z"), "https://b.org/z");
  EXPECT_EQ(to("http://c.org"), "http://c.org/");
  EXPECT_EQ(to("javascript:alert(1)"), "-");
  EXPECT_EQ(to("http://a b/"), "-");
}

TEST(PublicAddresses, AreThoseOfTheInternet) {
  for (const char* text : {"1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1",
                           "172.15.0.1", "172.32.0.1", "192.167.1.1", "198.17.0.1", "198.20.0.1",
                           "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1",
                           "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_TRUE(is_public(ip::make_address(text))) << text;
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::127.0.0.1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a00:1",
                           "64:ff9b:1::1",
                           "64:ff9b:1::808:808",
                           "2002:7f00:1::",
                           "2002:a00:1::1",
                           "2001::1",
                           "2001:db8::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fec0::1",
                           "ff02::1",
                           "100::1",
                           "4000::1"})
    EXPECT_FALSE(is_public(ip::make_address(text))) << text;
}

// The results of name resolution in these tests, one list per lookup.
using Zone = std::map<std::string, std::vector<const char*>>;

Task<Result<std::vector<ip::address>>> look_up(const Zone* zone, std::string host) {
  const auto found = zone->find(host);
  if (found == zone->end())
    co_return fail(Code::unavailable, "upstream.unreachable", "the name is not known");
  std::vector<ip::address> addresses;
  for (const char* address : found->second) addresses.push_back(ip::make_address(address));
  co_return addresses;
}

class Guard : public ::testing::Test {
 protected:
  Client client(std::vector<ip::address> allowed = {}) {
    return Client({.public_addresses_only = true,
                   .guarded_ports = {80, 443, canary_.port(), other_.port()},
                   .allowed_addresses = std::move(allowed),
                   .resolver = [this](std::string host, SteadyTime) {
                     ++lookups_;
                     return look_up(&zone_, std::move(host));
                   }});
  }
  static std::string ask(Client& client, const std::string& url) {
    const auto answer = run_blocking(
        client.send({.url = url,
                     .deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10),
                     .redirects = 3}));
    return answer ? answer->body : answer.error().reason;
  }

  const std::string ok_ = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen";
  ScriptedServer canary_{{{ok_}}};
  std::string port_ = std::to_string(canary_.port());
  ScriptedServer other_{{{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + port_ +
                          "/\r\nContent-Length: 0\r\n\r\n"},
                         {"HTTP/1.1 302 Found\r\nLocation: http://inner.test:" + port_ +
                          "/\r\nContent-Length: 0\r\n\r\n"},
                         {ok_}},
                        "127.0.0.2"};
  Zone zone_{{"localhost", {"127.0.0.1", "::1"}},
             {"localhost.", {"127.0.0.1"}},
             {"inner.test", {"127.0.0.1"}},
             {"ten.test", {"10.0.0.1"}},
             {"metadata.google.internal", {"169.254.169.254"}},
             {"mixed.test", {"93.184.216.34", "127.0.0.1"}},
             {"mapped.test", {"::ffff:127.0.0.1"}},
             {"six.test", {"::1"}},
             {"ula.test", {"fd00::1"}},
             {"empty.test", {}},
             {"127.0.0.1.nip.test", {"127.0.0.1"}},
             {"xn--80ak6aa92e.test", {"192.168.1.1"}},
             {"two.test", {"127.0.0.2"}}};
  int lookups_ = 0;
};

TEST_F(Guard, EightyAndMoreWaysInwardAreClosed) {
  const std::vector<std::string> hosts = {
      // spellings of 127.0.0.1
      "127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0127.0.0.1", "0177.0.0.1", "0177.0.0.01",
      "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0x7F000001", "0x7f000001", "2130706433", "017700000001",
      "127.0.0.1.", "0", "0.0.0.0", "00", "127.255.255.254", "127.0.0.2", "4294967295",
      "0xffffffff", "127.0.0.256", "127.0.0.0x1", "1.0x7f", "%31%32%37.0.0.1", "127%2e0.0.1",
      "127.0.0.1%00.example.org", "\xE2\x91\xA0\xE2\x91\xA1\xE2\x91\xA6.0.0.1",
      "127\xE3\x80\x82"
      "0.0.1",
      // other internal IPv4
      "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "169.254.43518",
      "0xa9fea9fe", "2852039166", "198.18.0.1", "192.0.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1",
      "255.255.255.255",
      // IPv6
      "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
      "[::ffff:10.0.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]",
      "[64:ff9b::7f00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::]", "[2001::1]",
      "[fe80::1]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fc00::1]", "[fd00::1]", "[fec0::1]",
      "[ff02::1]", "[2001:db8::1]", "[v1.127.0.0.1]", "[127.0.0.1]",
      // names
      "localhost", "LOCALHOST", "localhost.", "inner.test", "ten.test", "metadata.google.internal",
      "mixed.test", "mapped.test", "six.test", "ula.test", "empty.test", "127.0.0.1.nip.test",
      "unknown.test", "xn--80ak6aa92e.test", "loc\xD0\xB0lhost",
      // user information, and hosts that readers take apart differently
      "user@127.0.0.1", "example.org@127.0.0.1", "user:pass@localhost", "127.0.0.1@example.org",
      "127.0.0.1\\@example.org", "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\t", "", ":"};
  auto guarded = client();
  std::size_t closed = 0;
  for (const std::string& host : hosts) {
    const std::string url = "http://" + host + ":" + port_ + "/";
    const std::string outcome = ask(guarded, url);
    const bool is_refused = outcome == "invalid.url" || outcome == "url.not_public" ||
                            outcome == "upstream.unreachable";
    EXPECT_TRUE(is_refused) << url << " -> " << outcome;
    closed += is_refused ? 1 : 0;
  }
  EXPECT_GE(hosts.size(), 80u);
  EXPECT_EQ(canary_.accepted(), 0);
  std::printf("%zu of %zu ways inward are closed, %d connections at the canary\n", closed,
              hosts.size(), canary_.accepted());
}

TEST_F(Guard, OtherSchemesAndFormsAreNoAddresses) {
  auto guarded = client();
  for (const char* url : {"",
                          "/",
                          "127.0.0.1",
                          "//127.0.0.1/",
                          "file:///etc/passwd",
                          "ftp://a/",
                          "gopher://a/",
                          "dict://a:11211/",
                          "javascript:alert(1)",
                          "data:text/plain,a",
                          "http:/127.0.0.1",
                          "http:127.0.0.1",
                          "http:///127.0.0.1",
                          "http://a/#f",
                          "http://a:0/",
                          "http://a:65536/",
                          "http://a:-1/",
                          "http://a:8x/",
                          "http://a/ b",
                          "http://a/\r\nHost: b",
                          "http://[::1/",
                          "http://a_b c/",
                          "ht tp://a/",
                          "http://a/%zz"})
    EXPECT_EQ(ask(guarded, url), "invalid.url") << url;
  EXPECT_EQ(ask(guarded, "http://example.test:22/"), "upstream.unreachable");
  zone_["public.test"] = {"93.184.216.34"};
  EXPECT_EQ(ask(guarded, "http://public.test:22/"), "url.port");
}

TEST_F(Guard, RedirectsAreCheckedAnew) {
  auto guarded = client({ip::make_address("127.0.0.2")});
  const std::string outside = "http://two.test:" + std::to_string(other_.port()) + "/";
  EXPECT_EQ(ask(guarded, outside), "url.not_public") << "to an address";
  EXPECT_EQ(ask(guarded, outside), "url.not_public") << "to a name";
  EXPECT_EQ(ask(guarded, outside), "open") << "an address that the operator allowed";
  EXPECT_EQ(canary_.accepted(), 0);
}

TEST_F(Guard, ANameIsLookedUpOnceForACheckAndItsConnection) {
  auto guarded = client({ip::make_address("127.0.0.2")});
  const std::string url = "http://two.test:" + std::to_string(other_.port()) + "/";
  ask(guarded, url);
  EXPECT_EQ(lookups_, 1) << "a second look-up could say something else";
  // DNS rebinding between two requests: the new address is checked.
  zone_["two.test"] = {"127.0.0.1"};
  guarded.close_idle();
  EXPECT_EQ(ask(guarded, "http://two.test:" + port_ + "/"), "url.not_public");
  EXPECT_EQ(canary_.accepted(), 0);
}

TEST_F(Guard, HoldsThroughAProxyWhichIsToldTheAddress) {
  ScriptedServer proxy({{"HTTP/1.1 200 OK\r\n\r\n", ok_}});
  zone_["public.test"] = {"93.184.216.34"};
  Client guarded({.public_addresses_only = true,
                  .resolver = [this](std::string host,
                                     SteadyTime) { return look_up(&zone_, std::move(host)); },
                  .proxy = proxy.url()});
  EXPECT_EQ(ask(guarded, "http://inner.test/"), "url.not_public");
  EXPECT_EQ(proxy.accepted(), 0);
  EXPECT_EQ(ask(guarded, "http://public.test/"), "open");
  const auto requests = proxy.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_TRUE(requests[0].starts_with("CONNECT 93.184.216.34:80 HTTP/1.1\r\n"));
  EXPECT_NE(requests[1].find("Host: public.test\r\n"), std::string::npos);
}

}  // namespace
}  // namespace tg::net
