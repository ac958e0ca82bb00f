// Contract of the vector service: the lexical and vector index behind the port store/vec.hpp.
// Implementations are thread-safe: methods are called on any loop.
#pragma once

#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/telegram_types.hpp"
#include "api/vector_types.hpp"

namespace tg::api {

class Vectors {
 public:
  virtual ~Vectors() = default;
  virtual Task<Result<Done>> apply(Call call, ApplyRequest request) = 0;
  virtual Task<Result<IndexHits>> find(Call call, IndexQuery query) = 0;
  virtual Task<Result<IndexedChunks>> context(Call call, ContextRequest request) = 0;
  virtual Task<Result<IndexIds>> ids(Call call, IndexIdsQuery query) = 0;
  virtual Task<Result<AddVectorsReply>> add(Call call, AddVectorsRequest request) = 0;
  virtual Task<Result<std::vector<SearchResult>>> search(Call call, VectorQuery query) = 0;
  virtual Task<Result<VectorStatistics>> statistics(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> remove(Call call, VectorId id) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Vectors> =
    endpoints(endpoint<&Vectors::apply>({.name = "apply",
                                         .method = Method::post,
                                         .path = "/index/apply",
                                         .needs = Scope::service,
                                         .repeatable = true,
                                         .summary = "Apply document updates to the index, durably",
                                         .deadline = std::chrono::seconds(60),
                                         .body_limit = 64 << 20,
                                         .through_gateway = false}),
              endpoint<&Vectors::find>({.name = "find",
                                        .method = Method::post,
                                        .path = "/index/find",
                                        .needs = Scope::service,
                                        .repeatable = true,
                                        .summary = "Search by words within a visible set",
                                        .through_gateway = false}),
              endpoint<&Vectors::context>({.name = "context",
                                           .method = Method::post,
                                           .path = "/index/context",
                                           .needs = Scope::service,
                                           .repeatable = true,
                                           .summary = "Chunks of documents and posts",
                                           .through_gateway = false}),
              endpoint<&Vectors::ids>({.name = "ids",
                                       .method = Method::get,
                                       .path = "/index/ids",
                                       .needs = Scope::service,
                                       .repeatable = true,
                                       .summary = "Ids of everything in the index",
                                       .through_gateway = false}),
              endpoint<&Vectors::add>({.name = "add",
                                       .method = Method::post,
                                       .path = "/vectors/add",
                                       .needs = Scope::admin,
                                       .repeatable = true,
                                       .summary = "Store vectors of chunks",
                                       .body_limit = 8 << 20}),
              endpoint<&Vectors::search>({.name = "search",
                                          .method = Method::post,
                                          .path = "/vectors/search",
                                          .needs = Scope::read,
                                          .repeatable = true,
                                          .summary = "Nearest chunks to a vector"}),
              endpoint<&Vectors::statistics>({.name = "statistics",
                                              .method = Method::get,
                                              .path = "/vectors/stats",
                                              .needs = Scope::admin,
                                              .repeatable = true,
                                              .summary = "Size of the index"}),
              endpoint<&Vectors::remove>({.name = "remove",
                                          .method = Method::delete_,
                                          .path = "/vectors/{id}",
                                          .needs = Scope::admin,
                                          .repeatable = true,
                                          .summary = "Delete the vector of a chunk"}),
              endpoint<&Vectors::erase>({.name = "erase",
                                         .method = Method::post,
                                         .path = "/maintenance/erase",
                                         .needs = Scope::admin,
                                         .repeatable = true,
                                         .summary = "Overwrite what was deleted, now",
                                         .deadline = std::chrono::minutes(30),
                                         .through_gateway = false}),
              endpoint<&Vectors::fsck>({.name = "fsck",
                                        .method = Method::get,
                                        .path = "/maintenance/fsck",
                                        .needs = Scope::admin,
                                        .repeatable = true,
                                        .summary = "Check the invariants of the stored data",
                                        .deadline = std::chrono::minutes(30),
                                        .through_gateway = false}),
              endpoint<&Vectors::backup>({.name = "backup",
                                          .method = Method::post,
                                          .path = "/maintenance/backup",
                                          .needs = Scope::admin,
                                          .repeatable = true,
                                          .summary = "Copy this service's data into a folder",
                                          .deadline = std::chrono::minutes(30),
                                          .through_gateway = false}),
              endpoint<&Vectors::health>({.name = "health",
                                          .method = Method::get,
                                          .path = "/health",
                                          .needs = Scope::open,
                                          .repeatable = true,
                                          .summary = "Health of the service",
                                          .through_gateway = false}));

TG_FORWARD(Vectors, apply, find, context, ids, add, search, statistics, remove, erase, fsck, backup,
           health);

}  // namespace tg::api
