#include "app/house.hpp"

#include "app/folder_lock.hpp"
#include "backend/disk_blobs.hpp"
#include "backend/embedded_index.hpp"
#include "backend/sql_usage_events.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "runtime/files.hpp"
#include "runtime/log.hpp"
#include "runtime/run_blocking.hpp"
#include "service/document/document_service.hpp"
#include "service/gateway/gateway_service.hpp"
#include "service/generation/generation_service.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "service/telegram/telegram_service.hpp"
#include "service/vector/vector_service.hpp"

namespace tg::app {
namespace {

// Reads wait here while the index is written: room for both.
constexpr std::size_t kComputeQueue = 256;

}  // namespace

struct House::Rooms {
  explicit Rooms(HouseSettings with)
      : settings(std::move(with)), loops(1), pool(settings.threads, kComputeQueue) {
    loops.start();
  }

  Result<std::unique_ptr<sql::Database>> open_database(const char* service) {
    const std::filesystem::path folder = settings.data / service;
    TG_CHECK(disk_files().make_folders(folder));
    return sqlite::open_database(folder / (std::string(service) + ".db"), pool);
  }

  Result<void> lock_folders() {
    for (const ServiceName& service : kServiceNames) {
      TG_TRY(auto lock, FolderLock::take(settings.data / service.name, settings.purpose));
      locks.push_back(std::move(lock));
    }
    return {};
  }

  // In a file of its own: statistics may be lost, copied and deleted without the history.
  Result<void> open_usage() {
    TG_TRY(usage_database, sqlite::open_database(settings.data / "retrieval" / "usage.db", pool));
    TG_CHECK(run_blocking(usage_database->migrate(backend::usage_events_migrations())));
    usage = backend::make_sql_usage_events(*usage_database);
    return {};
  }

  Result<void> start() {
    TG_CHECK(lock_folders());
    TG_TRY(telegram_database, open_database("telegram"));
    TG_TRY(document_database, open_database("document"));
    TG_TRY(retrieval_database, open_database("retrieval"));
    TG_TRY(index, backend::open_embedded_index(settings.data / "vector", pool));
    telegram = std::make_unique<telegram::TelegramService>(
        *telegram_database, pool, clock, loops.next(),
        telegram::TelegramSettings{.folder = settings.data / "telegram",
                                   .import_folder = settings.import_folder});
    vectors = std::make_unique<vector::VectorService>(*index, clock, *telegram);
    TG_TRY(originals, backend::open_disk_blobs(settings.data / "document" / "originals", pool));
    documents = std::make_unique<document::DocumentService>(
        *document_database, pool, clock, loops.next(), *telegram, *vectors,
        document::DocumentSettings{.originals = originals.get()});
    TG_CHECK(open_usage());
    retrieval = std::make_unique<retrieval::RetrievalService>(
        *retrieval_database, pool, clock, loops.next(), *vectors, *telegram,
        retrieval::RetrievalSettings{.usage = usage.get()});
    generation = std::make_unique<generation::GenerationService>(pool, clock);
    gateway =
        std::make_unique<gateway::GatewayService>(*retrieval, *generation, clock, neighbours());
    auth = absent<api::Auth>(unavailable("auth").error());
    embeddings = absent<api::Embeddings>(unavailable("embedding").error());
    models = absent<api::Models>(unavailable("model").error());
    services = {.gateway = gateway.get(),
                .auth = auth.get(),
                .documents = documents.get(),
                .embeddings = embeddings.get(),
                .retrieval = retrieval.get(),
                .generation = generation.get(),
                .models = models.get(),
                .vectors = vectors.get(),
                .telegram = telegram.get(),
                .in_process = true};
    TG_CHECK(run_blocking(telegram->start()));
    TG_CHECK(run_blocking(retrieval->start()));
    return run_blocking(documents->start());
  }

  template <typename Service>
  static gateway::GatewayService::Neighbour neighbour(std::string name, Service& service) {
    return {std::move(name),
            [&service](api::Call call) { return service.health(std::move(call), {}); }};
  }

  std::vector<gateway::GatewayService::Neighbour> neighbours() {
    return {neighbour("document", *documents), neighbour("retrieval", *retrieval),
            neighbour("generation", *generation), neighbour("vector", *vectors),
            neighbour("telegram", *telegram)};
  }

  void stop() {
    if (documents) run_blocking(documents->stop());
    if (telegram) run_blocking(telegram->stop());
    if (retrieval) run_blocking(retrieval->stop());
    for (sql::Database* database : {telegram_database.get(), document_database.get(),
                                    retrieval_database.get(), usage_database.get()}) {
      if (database != nullptr) run_blocking(database->close());
    }
    loops.stop();
  }

  HouseSettings settings;
  std::vector<FolderLock> locks;
  SystemClock clock;
  Loops loops;
  ComputePool pool;  // ends before the loops that its answers go to
  std::unique_ptr<sql::Database> telegram_database;
  std::unique_ptr<sql::Database> document_database;
  std::unique_ptr<sql::Database> retrieval_database;
  std::unique_ptr<store::SearchIndex> index;
  std::unique_ptr<store::Blobs> originals;
  std::unique_ptr<sql::Database> usage_database;
  std::unique_ptr<store::UsageEvents> usage;
  std::unique_ptr<telegram::TelegramService> telegram;
  std::unique_ptr<vector::VectorService> vectors;
  std::unique_ptr<document::DocumentService> documents;
  std::unique_ptr<retrieval::RetrievalService> retrieval;
  std::unique_ptr<generation::GenerationService> generation;
  std::unique_ptr<api::Auth> auth;
  std::unique_ptr<api::Embeddings> embeddings;
  std::unique_ptr<api::Models> models;
  std::unique_ptr<gateway::GatewayService> gateway;
  Services services;
};

House::House(std::unique_ptr<Rooms> rooms) : rooms_(std::move(rooms)) {}

House::~House() {
  rooms_->stop();
}

Result<std::unique_ptr<House>> House::open(HouseSettings settings) {
  TG_CHECK(disk_files().make_folders(settings.data));
  std::unique_ptr<House> house(new House(std::make_unique<Rooms>(std::move(settings))));
  TG_CHECK(house->rooms_->start());
  return house;
}

Services& House::services() {
  return rooms_->services;
}

}  // namespace tg::app
