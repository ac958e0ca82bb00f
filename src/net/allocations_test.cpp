// Allocations per request: counts operator new on the test's own thread. Not under ThreadSanitizer,
// which replaces operator new itself.
#if !__has_feature(thread_sanitizer)
#include <cstdlib>
#include <new>

#include "net/server_fixture.hpp"

namespace {

thread_local bool counting = false;
thread_local std::size_t allocations = 0;

void* allocate(std::size_t size, std::size_t alignment) {
  if (counting) ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t) ? std::malloc(size)
                                                        : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size, 1);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace tg::net {
namespace {

template <typename Work>
std::size_t allocations_in(Work work) {
  allocations = 0;
  counting = true;
  work();
  counting = false;
  return allocations;
}

std::string get(int fields) {
  std::string request = "GET /channels/durov/messages?limit=10&offset=20 HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < fields; ++i) {
    request += "X-Field-With-A-Name-" + std::to_string(i) +
               ": a value that is longer than any small string would hold\r\n";
  }
  return request + "\r\n";
}

TEST(Allocations, AreCounted) {
  EXPECT_EQ(allocations_in([] { delete new int(1); }), 1u);
}

TEST(Allocations, ParsingAGetHasNoneOnceTheConnectionIsWarm) {
  RequestParser parser;
  const std::string request = get(10);
  const auto parse = [&] {
    parser.append(request);
    EXPECT_TRUE(parser.next_head());
    EXPECT_TRUE(parser.body_complete());
    parser.next_request();
  };
  parse();
  EXPECT_EQ(allocations_in(parse), 0u);
  EXPECT_EQ(parser.head().headers.size(), 11u);
}

TEST(Allocations, RoutingHasNone) {
  Router router;
  router.add({.verb = Verb::get, .pattern = "/channels/{id}/messages"});
  router.add({.verb = Verb::get, .pattern = "/models/{name...}/files"});
  Router::Match match;
  router.find(Verb::get, "/channels/1/messages", match);
  EXPECT_EQ(allocations_in([&] {
              router.find(Verb::get, "/channels/durov-with-a-long-name/messages", match);
              EXPECT_NE(match.route, nullptr);
              router.find(Verb::get, "/models/some/long/name/of/a/model/files", match);
              EXPECT_NE(match.route, nullptr);
            }),
            0u);
}

// The other costs of a request (id, handler coroutine, response) do not grow with its fields.
TEST(Allocations, ServingAGetCostsTheSameForOneFieldAndForTen) {
  auto router = std::make_shared<Router>();
  router->add({.verb = Verb::get,
               .pattern = "/channels/{id}/messages",
               .handler = [](Request* request, ResponseWriter* out) -> Task<void> {
                 const bool found = request->parameter("id") == "durov";
                 co_await out->send({.status = found ? 200 : 404});
               }});
  DrivenServer server(router);
  RawClient client(server.server().port());
  const auto serve = [&](const std::string& request) {
    client.send(request);
    server.pump();
  };
  for (int i = 0; i < 5; ++i) serve(get(10));
  const std::string with_one = get(1);
  const std::string with_ten = get(10);
  const std::size_t one = allocations_in([&] { serve(with_one); });
  const std::size_t ten = allocations_in([&] { serve(with_ten); });
  EXPECT_EQ(one, ten);
  EXPECT_LE(ten, 8u);
  std::printf("a keep-alive GET allocates %zu times with 1 field, %zu times with 10\n", one, ten);
  EXPECT_EQ(statuses(client.receive()), std::vector<int>(7, 200));
}

}  // namespace
}  // namespace tg::net
#endif
