// Contracts of the model service (models on disk and in memory) and of the embedding service (texts
// to vectors). Implementations are thread-safe: methods are called on any loop.
#pragma once

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/health_types.hpp"
#include "api/telegram_types.hpp"

namespace tg::api {

enum class ModelType { embedding, generation, reranking };
BOOST_DESCRIBE_ENUM(ModelType, embedding, generation, reranking)
enum class ModelStatus { loaded, loading, unloaded, error };
BOOST_DESCRIBE_ENUM(ModelStatus, loaded, loading, unloaded, error)

struct Model {
  std::string model_id;
  std::string name;
  ModelType type = ModelType::embedding;
  std::string version;
  ModelStatus status = ModelStatus::unloaded;
  double memory_usage_mb = 0;
  std::optional<UnixMillis> loaded_at;
  std::optional<UnixMillis> last_used;
  json::Object config;
};
BOOST_DESCRIBE_STRUCT(Model, (),
                      (model_id, name, type, version, status, memory_usage_mb, loaded_at, last_used,
                       config))

struct ModelName {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(ModelName, (), (name))

struct DownloadRequest {
  std::string name;
  ModelType model_type = ModelType::embedding;
};
BOOST_DESCRIBE_STRUCT(DownloadRequest, (), (name, model_type))
constexpr auto rules_of(const DownloadRequest*) {
  return std::array{Rule("model_type").required()};
}

struct Message {
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Message, (), (message))

struct Resources {
  double memory_total_gb = 0;
  double memory_available_gb = 0;
  double memory_usage_percent = 0;
  double disk_total_gb = 0;
  double disk_available_gb = 0;
  double disk_usage_percent = 0;
  double cpu_usage_percent = 0;
  std::string cache_directory;
};
BOOST_DESCRIBE_STRUCT(Resources, (),
                      (memory_total_gb, memory_available_gb, memory_usage_percent, disk_total_gb,
                       disk_available_gb, disk_usage_percent, cpu_usage_percent, cache_directory))

struct CleanupRequest {
  std::int64_t days_old = 30;
};
BOOST_DESCRIBE_STRUCT(CleanupRequest, (), (days_old))
constexpr auto rules_of(const CleanupRequest*) {
  return std::array{Rule("days_old").range(0, 36500)};
}

struct CleanupReply {
  bool success = true;
  std::int64_t files_deleted = 0;
  std::int64_t bytes_freed = 0;
};
BOOST_DESCRIBE_STRUCT(CleanupReply, (), (success, files_deleted, bytes_freed))

class Models {
 public:
  virtual ~Models() = default;
  virtual Task<Result<std::vector<Model>>> list(Call call, Nothing request) = 0;
  virtual Task<Result<Message>> download(Call call, DownloadRequest request) = 0;
  virtual Task<Result<Message>> load(Call call, ModelName name) = 0;
  virtual Task<Result<Message>> unload(Call call, ModelName name) = 0;
  virtual Task<Result<Message>> remove(Call call, ModelName name) = 0;
  virtual Task<Result<Resources>> resources(Call call, Nothing request) = 0;
  virtual Task<Result<CleanupReply>> cleanup(Call call, CleanupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Models> = endpoints(
    endpoint<&Models::list>({.name = "list",
                             .method = Method::get,
                             .path = "/models",
                             .needs = Scope::read,
                             .repeatable = true,
                             .summary = "Models on disk and in memory"}),
    endpoint<&Models::download>({.name = "download",
                                 .method = Method::post,
                                 .path = "/models/{name...}/download",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Download a model",
                                 .may_be_unsupported = true}),
    endpoint<&Models::load>({.name = "load",
                             .method = Method::post,
                             .path = "/models/{name...}/load",
                             .needs = Scope::admin,
                             .repeatable = true,
                             .summary = "Load a model into memory",
                             .may_be_unsupported = true}),
    endpoint<&Models::unload>({.name = "unload",
                               .method = Method::delete_,
                               .path = "/models/{name...}/unload",
                               .needs = Scope::admin,
                               .repeatable = true,
                               .summary = "Take a model out of memory",
                               .may_conflict = true}),
    endpoint<&Models::remove>({.name = "remove",
                               .method = Method::delete_,
                               .path = "/models/{name...}",
                               .needs = Scope::admin,
                               .repeatable = true,
                               .summary = "Delete a model from disk"}),
    endpoint<&Models::resources>({.name = "resources",
                                  .method = Method::get,
                                  .path = "/system/resources",
                                  .needs = Scope::admin,
                                  .repeatable = true,
                                  .summary = "Memory, disk and processor of the machine"}),
    endpoint<&Models::cleanup>({.name = "cleanup",
                                .method = Method::post,
                                .path = "/system/cleanup",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Delete cached files not used for some days"}),
    endpoint<&Models::health>({.name = "health",
                               .method = Method::get,
                               .path = "/health",
                               .needs = Scope::open,
                               .repeatable = true,
                               .summary = "Health of the service",
                               .through_gateway = false}));

TG_FORWARD(Models, list, download, load, unload, remove, resources, cleanup, health);

struct EmbeddingRequest {
  Uuid chunk_id;
  std::string text;
  std::optional<std::string> model_name;
};
BOOST_DESCRIBE_STRUCT(EmbeddingRequest, (), (chunk_id, text, model_name))
constexpr auto rules_of(const EmbeddingRequest*) {
  return std::array{Rule("chunk_id").required(), Rule("text").required().length(1, 100000)};
}

struct Embedding {
  std::string vector_id;
  std::string chunk_id;
  std::vector<double> embedding;
  std::string model_name;
  std::int64_t dimension = 0;
  UnixMillis created_at;
};
BOOST_DESCRIBE_STRUCT(Embedding, (),
                      (vector_id, chunk_id, embedding, model_name, dimension, created_at))

struct EmbeddingBatch {
  std::vector<EmbeddingRequest> items;
};
BOOST_DESCRIBE_STRUCT(EmbeddingBatch, (), (items))
constexpr auto rules_of(const EmbeddingBatch*) {
  return std::array{Rule("items").required().length(1, 100)};
}

struct EmbeddingId {
  Uuid chunk_id;
};
BOOST_DESCRIBE_STRUCT(EmbeddingId, (), (chunk_id))

class Embeddings {
 public:
  virtual ~Embeddings() = default;
  virtual Task<Result<Embedding>> generate(Call call, EmbeddingRequest request) = 0;
  virtual Task<Result<std::vector<Embedding>>> batch(Call call, EmbeddingBatch request) = 0;
  virtual Task<Result<Embedding>> get(Call call, EmbeddingId id) = 0;
  virtual Task<Result<std::vector<Model>>> models(Call call, Nothing request) = 0;
  virtual Task<Result<Message>> load(Call call, ModelName name) = 0;
  virtual Task<Result<Message>> unload(Call call, ModelName name) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Embeddings> =
    endpoints(endpoint<&Embeddings::generate>({.name = "generate",
                                               .method = Method::post,
                                               .path = "/embeddings/generate",
                                               .needs = Scope::write,
                                               .repeatable = true,
                                               .summary = "The vector of a text",
                                               .may_be_unsupported = true}),
              endpoint<&Embeddings::batch>({.name = "batch",
                                            .method = Method::post,
                                            .path = "/embeddings/batch",
                                            .needs = Scope::write,
                                            .repeatable = true,
                                            .summary = "The vectors of 1 to 100 texts",
                                            .body_limit = 8 << 20,
                                            .body_field = "items",
                                            .may_be_unsupported = true}),
              endpoint<&Embeddings::get>({.name = "get",
                                          .method = Method::get,
                                          .path = "/embeddings/{chunk_id}",
                                          .needs = Scope::read,
                                          .repeatable = true,
                                          .summary = "The stored vector of a chunk"}),
              endpoint<&Embeddings::models>({.name = "models",
                                             .method = Method::get,
                                             .path = "/models",
                                             .needs = Scope::read,
                                             .repeatable = true,
                                             .summary = "Models of this service",
                                             .through_gateway = false}),
              endpoint<&Embeddings::load>({.name = "load",
                                           .method = Method::post,
                                           .path = "/models/{name...}/load",
                                           .needs = Scope::admin,
                                           .repeatable = true,
                                           .summary = "Load a model into memory",
                                           .through_gateway = false,
                                           .may_be_unsupported = true}),
              endpoint<&Embeddings::unload>({.name = "unload",
                                             .method = Method::delete_,
                                             .path = "/models/{name...}/unload",
                                             .needs = Scope::admin,
                                             .repeatable = true,
                                             .summary = "Take a model out of memory",
                                             .through_gateway = false,
                                             .may_conflict = true}),
              endpoint<&Embeddings::erase>({.name = "erase",
                                            .method = Method::post,
                                            .path = "/maintenance/erase",
                                            .needs = Scope::admin,
                                            .repeatable = true,
                                            .summary = "Overwrite deleted data on disk",
                                            .deadline = std::chrono::minutes(30),
                                            .through_gateway = false}),
              endpoint<&Embeddings::fsck>({.name = "fsck",
                                           .method = Method::get,
                                           .path = "/maintenance/fsck",
                                           .needs = Scope::admin,
                                           .repeatable = true,
                                           .summary = "Check the invariants of the stored data",
                                           .deadline = std::chrono::minutes(30),
                                           .through_gateway = false}),
              endpoint<&Embeddings::backup>({.name = "backup",
                                             .method = Method::post,
                                             .path = "/maintenance/backup",
                                             .needs = Scope::admin,
                                             .repeatable = true,
                                             .summary = "Copy this service's data into a folder",
                                             .deadline = std::chrono::minutes(30),
                                             .through_gateway = false}),
              endpoint<&Embeddings::health>({.name = "health",
                                             .method = Method::get,
                                             .path = "/health",
                                             .needs = Scope::open,
                                             .repeatable = true,
                                             .summary = "Health of the service",
                                             .through_gateway = false}));

TG_FORWARD(Embeddings, generate, batch, get, models, load, unload, erase, fsck, backup, health);

}  // namespace tg::api
