// Tests of all contracts together at the public entry: routes, OpenAPI document, documentation
// page.
#include <set>

#include "contract/cases.hpp"
#include "contract/whole_gateway.hpp"

namespace tg::contract {
namespace {

TEST(PublicEntry, MountsEveryContractOnce) {
  WholeGateway gateway;
  net::Router router;
  const auto admission = std::make_shared<EveryoneIsAdmin>();
  gateway.mount(router, admission);  // throws if two rows have the same route
  EXPECT_THROW(gateway.mount(router, admission), std::logic_error);
  EXPECT_NE(router.find(net::Verb::post, "/api/v1/models/org/name/load").route, nullptr);
  EXPECT_EQ(router.find(net::Verb::get, "/feed").route, nullptr);  // internal
}

void collect(const json::Value& value, std::string_view name, std::vector<std::string>& found) {
  if (const auto* object = value.if_object()) {
    for (const auto& entry : *object) {
      if (entry.key() == name)
        found.emplace_back(entry.value().get_string());
      else
        collect(entry.value(), name, found);
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::Value& item : *array) collect(item, name, found);
  }
}

TEST(PublicEntry, ItsDescriptionHasNoDanglingReferences) {
  const json::Value document = wire::openapi_document({.version = "1.2.3"});
  EXPECT_EQ(document.at("info").at("version"), "1.2.3");
  std::vector<std::string> references;
  collect(document, "$ref", references);
  std::set<std::string> used;
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/components/"));
    const std::string_view rest = std::string_view(reference).substr(13);
    const std::size_t slash = rest.find('/');
    EXPECT_NE(
        SchemaChecker::at(document, {"components", rest.substr(0, slash), rest.substr(slash + 1)}),
        nullptr)
        << reference;
    used.insert(reference);
  }
  for (const auto& entry : document.at("components").at("schemas").get_object())
    EXPECT_TRUE(used.contains("#/components/schemas/" + std::string(entry.key()))) << entry.key();
  std::vector<std::string> ids;
  collect(document.at("paths"), "operationId", ids);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  EXPECT_GT(ids.size(), 60U);
}

TEST(PublicEntry, ItsDescriptionOmitsInternalRows) {
  const json::Value outside = wire::openapi_document({});
  EXPECT_FALSE(outside.at("paths").get_object().contains("/feed"));
  EXPECT_TRUE(outside.at("paths").get_object().contains("/query"));
  EXPECT_TRUE(outside.at("paths").get_object().contains("/models/{name}/load"));
  const json::Value own = wire::openapi_document({.service = "telegram", .gateway_only = false});
  EXPECT_TRUE(own.at("paths").get_object().contains("/feed"));
  EXPECT_FALSE(own.at("paths").get_object().contains("/query"));
}

TEST(PublicEntry, TheDocsPageLoadsNothingFromOtherHosts) {
  auto router = std::make_shared<net::Router>();
  wire::mount_openapi(*router, {.body_limits = {{"/documents/upload", 12345}}}, {"", "/api/v1"});
  Loops loops(1);
  SystemClock clock;
  net::Server server(loops, {}, router, clock);
  loops.start();
  ASSERT_TRUE(server.start());
  const auto get = [&, client = std::make_shared<net::Client>()](const std::string& path) {
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + path;
    return *asio::co_spawn(loops.at(0), client->send({.url = url}), asio::use_future).get();
  };
  const auto page = get("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.headers.get("Content-Security-Policy")
                  .starts_with("default-src 'none'; script-src 'self'"));
  EXPECT_EQ(page.body.find("://"), std::string::npos);
  EXPECT_EQ(page.body.find("<script>"), std::string::npos);
  EXPECT_EQ(page.body.find("style=\""), std::string::npos);
  const auto script = get("/docs/docs.js");
  EXPECT_EQ(script.headers.get("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(script.body.find("innerHTML"), std::string::npos);
  EXPECT_EQ(get("/docs/docs.css").status, 200);
  const auto document = *json::parse(get("/openapi.json").body);
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  const auto& paths = document.at("paths");
  EXPECT_EQ(paths.at("/documents/upload").at("post").at("requestBody").at("x-body-limit-bytes"),
            12345);
  EXPECT_TRUE(paths.at("/query").at("post").at("responses").get_object().contains("502"));
  EXPECT_EQ(get("/api/v1/openapi.json").body, get("/openapi.json").body);
  EXPECT_EQ(get("/api/v1/docs").body, page.body);
  server.drain(std::chrono::milliseconds(0));
  loops.stop();
}

}  // namespace
}  // namespace tg::contract
