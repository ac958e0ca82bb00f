// The only place that knows which class stands behind which contract, and whether it is in this
// process. A service starts after those of this process that it is given in its constructor; stubs
// need nothing, so a service in another process may start later, or be down.
#include <algorithm>

#include <fmt/core.h>

#include "app/rooms.hpp"
#include "app/service_settings.hpp"
#include "backend/disk_blobs.hpp"
#include "backend/embedded_index.hpp"
#include "backend/sql_usage_events.hpp"
#include "service/auth/auth_service.hpp"
#include "service/document/document_service.hpp"
#include "service/embedding/embedding_service.hpp"
#include "service/gateway/gateway_service.hpp"
#include "service/generation/generation_service.hpp"
#include "service/model/model_service.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "service/telegram/telegram_service.hpp"
#include "service/vector/vector_service.hpp"

namespace tg::app {
namespace {

using Rooms = House::Rooms;

Error not_configured(const ServiceName& service) {
  Error error = unavailable(service.name).error();
  error.message = fmt::format(
      "the {} service is not part of this process, and {} does not say "
      "where it is",
      service.name, service.url_setting);
  return error;
}

template <typename Service>
void place_stub(Rooms& rooms, const ServiceName& service, Service* Services::* member) {
  const auto url = rooms.settings.urls.find(std::string(service.name));
  if (url == rooms.settings.urls.end()) {
    rooms.place(member, absent<Service>(not_configured(service)));
    return;
  }
  rooms.place(member,
              wire::remote<Service>({.service = std::string(service.name), .url = url->second},
                                    rooms.settings.client, rooms.settings.credentials));
}

Result<void> start_vector(Rooms& rooms) {
  TG_TRY(rooms.index, backend::open_embedded_index(rooms.folder("vector"), rooms.pool));
  rooms.place(&Services::vectors, std::make_unique<vector::VectorService>(
                                      *rooms.index, rooms.clock, *rooms.services.telegram));
  return {};
}

Result<void> start_telegram(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("telegram"));
  return rooms.place_and_start("telegram", &Services::telegram,
                               std::make_unique<telegram::TelegramService>(
                                   *database, rooms.pool, rooms.clock, rooms.loops.next(),
                                   telegram_settings(rooms.settings)));
}

Result<void> start_model(Rooms& rooms) {
  return rooms.place_and_start(
      "model", &Services::models,
      std::make_unique<model::ModelService>(rooms.pool, rooms.clock,
                                            model::ModelSettings{.folder = rooms.folder("model")}));
}

Result<void> start_embedding(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("embedding"));
  return rooms.place_and_start("embedding", &Services::embeddings,
                               std::make_unique<embedding::EmbeddingService>(
                                   *database, rooms.clock, *rooms.services.models));
}

// In a file of its own: statistics may be lost, copied and deleted without the history.
Result<void> open_usage(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("retrieval", "usage"));
  TG_CHECK(run_blocking(database->migrate(backend::usage_events_migrations())));
  rooms.usage = backend::make_sql_usage_events(*database);
  return {};
}

Result<void> start_retrieval(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("retrieval"));
  TG_CHECK(open_usage(rooms));
  retrieval::RetrievalSettings settings = retrieval_settings(rooms.settings.config);
  settings.usage = rooms.usage.get();
  return rooms.place_and_start("retrieval", &Services::retrieval,
                               std::make_unique<retrieval::RetrievalService>(
                                   *database, rooms.pool, rooms.clock, rooms.loops.next(),
                                   *rooms.services.vectors, *rooms.services.telegram, settings));
}

Result<void> start_document(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("document"));
  TG_TRY(rooms.originals,
         backend::open_disk_blobs(rooms.folder("document") / "originals", rooms.pool));
  document::DocumentSettings settings = document_settings(rooms.settings.config);
  settings.originals = rooms.originals.get();
  return rooms.place_and_start("document", &Services::documents,
                               std::make_unique<document::DocumentService>(
                                   *database, rooms.pool, rooms.clock, rooms.loops.next(),
                                   *rooms.services.telegram, *rooms.services.vectors, settings));
}

Result<void> start_generation(Rooms& rooms) {
  rooms.place(&Services::generation, std::make_unique<generation::GenerationService>(
                                         rooms.pool, rooms.clock, *rooms.services.retrieval));
  return {};
}

Result<void> start_auth(Rooms& rooms) {
  TG_TRY(auto* database, rooms.open_database("auth"));
  auto service =
      std::make_unique<auth::AuthService>(*database, rooms.pool, rooms.clock, rooms.folder("auth"),
                                          auth_settings(rooms.settings.config));
  rooms.setup_token = [object = service.get()] { return run_blocking(object->setup_token()); };
  return rooms.place_and_start("auth", &Services::auth, std::move(service));
}

Result<void> start_gateway(Rooms& rooms) {
  std::vector<gateway::Neighbour> neighbours;
  each_service([&](const ServiceName& service, auto member) {
    if (service.name == "gateway") return;
    neighbours.push_back(
        {std::string(service.name), [object = rooms.services.*member](api::Call call) {
           return object->health(std::move(call), {});
         }});
  });
  auto& placed =
      rooms.place(&Services::gateway, std::make_unique<gateway::GatewayService>(
                                          *rooms.services.retrieval, *rooms.services.generation,
                                          rooms.clock, rooms.loops.next(), std::move(neighbours)));
  rooms.stops.emplace("gateway", [&placed] { run_blocking(placed.stop()); });
  return {};
}

struct Role {
  std::string_view service;
  std::vector<std::string> needs;  // whose contracts its object is given
  Result<void> (*start)(Rooms&);
};

const std::vector<Role>& roles() {
  static const std::vector<Role> all{
      {"vector", {"telegram"}, start_vector},
      {"telegram", {}, start_telegram},
      {"model", {}, start_model},
      {"embedding", {"model"}, start_embedding},
      {"retrieval", {"vector", "telegram"}, start_retrieval},
      {"document", {"vector", "telegram"}, start_document},
      {"generation", {"retrieval"}, start_generation},
      {"auth", {}, start_auth},
      {"gateway",
       {"auth", "document", "embedding", "retrieval", "generation", "model", "vector", "telegram"},
       start_gateway},
  };
  return all;
}

void stop_role(Rooms& rooms, std::string_view service) {
  if (const auto stop = rooms.stops.find(service); stop != rooms.stops.end()) stop->second();
  rooms.close_databases(service);
}

}  // namespace

void fill_roles(Rooms& rooms) {
  each_service([&](const ServiceName& service, auto member) {
    if (!rooms.runs_here(service.name)) place_stub(rooms, service, member);
  });
  for (const Role& role : roles()) {
    if (!rooms.runs_here(role.service)) continue;
    Module module{.name = std::string(role.service), .needs = role.needs};
    std::erase_if(module.needs, [&](const std::string& need) { return !rooms.runs_here(need); });
    module.start = [&rooms, start = role.start] { return start(rooms); };
    module.stop = [&rooms, service = role.service] { stop_role(rooms, service); };
    rooms.modules.add(std::move(module));
  }
  rooms.services.in_process = rooms.settings.only.empty();
}

}  // namespace tg::app
