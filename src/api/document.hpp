// Contract of the document service: uploads, and the ingest pipeline for documents and posts.
// Implementations are thread-safe: methods are called on any loop.
#pragma once

#include "api/document_types.hpp"
#include "api/endpoint.hpp"
#include "api/forward.hpp"
#include "api/health_types.hpp"
#include "api/telegram_types.hpp"

namespace tg::api {

class Documents {
 public:
  virtual ~Documents() = default;
  virtual Task<Result<UploadReply>> upload(Call call, UploadRequest request) = 0;
  virtual Task<Result<Listed<Document>>> list(Call call, DocumentsQuery query) = 0;
  virtual Task<Result<Document>> get(Call call, DocumentQuery query) = 0;
  virtual Task<Result<std::vector<ChunkView>>> chunks(Call call, DocumentId id) = 0;
  virtual Task<Result<Done>> remove(Call call, DocumentId id) = 0;
  virtual Task<Result<PipelineStatistics>> statistics(Call call, Nothing request) = 0;
  virtual Task<Result<EraseReport>> erase(Call call, Nothing request) = 0;
  virtual Task<Result<FsckReport>> fsck(Call call, Nothing request) = 0;
  virtual Task<Result<Done>> backup(Call call, BackupRequest request) = 0;
  virtual Task<Result<Health>> health(Call call, Nothing request) = 0;
};

template <>
inline constexpr auto kEndpoints<Documents> = endpoints(
    endpoint<&Documents::upload>({.name = "upload",
                                  .method = Method::post,
                                  .path = "/documents/upload",
                                  .needs = Scope::write,
                                  .repeatable = false,
                                  .summary = "Upload a document",
                                  .deadline = std::chrono::seconds(120),
                                  .body_limit = 50ULL << 20,
                                  .may_be_unsupported = true}),
    endpoint<&Documents::list>({.name = "list",
                                .method = Method::get,
                                .path = "/documents",
                                .needs = Scope::read,
                                .repeatable = true,
                                .summary = "Uploaded documents, newest first"}),
    endpoint<&Documents::statistics>({.name = "statistics",
                                      .method = Method::get,
                                      .path = "/documents/statistics",
                                      .needs = Scope::admin,
                                      .repeatable = true,
                                      .summary = "Where every stored document and post stands"}),
    endpoint<&Documents::get>({.name = "get",
                               .method = Method::get,
                               .path = "/documents/{id}",
                               .needs = Scope::read,
                               .repeatable = true,
                               .summary = "One document"}),
    endpoint<&Documents::chunks>({.name = "chunks",
                                  .method = Method::get,
                                  .path = "/documents/{id}/chunks",
                                  .needs = Scope::read,
                                  .repeatable = true,
                                  .summary = "The chunks of a document"}),
    endpoint<&Documents::remove>({.name = "remove",
                                  .method = Method::delete_,
                                  .path = "/documents/{id}",
                                  .needs = Scope::write,
                                  .repeatable = true,
                                  .summary = "Delete a document from everywhere"}),
    endpoint<&Documents::erase>({.name = "erase",
                                 .method = Method::post,
                                 .path = "/maintenance/erase",
                                 .needs = Scope::admin,
                                 .repeatable = true,
                                 .summary = "Overwrite what was deleted, now",
                                 .deadline = std::chrono::minutes(30),
                                 .through_gateway = false}),
    endpoint<&Documents::fsck>({.name = "fsck",
                                .method = Method::get,
                                .path = "/maintenance/fsck",
                                .needs = Scope::admin,
                                .repeatable = true,
                                .summary = "Check the invariants of the stored data",
                                .deadline = std::chrono::minutes(30),
                                .through_gateway = false}),
    endpoint<&Documents::backup>({.name = "backup",
                                  .method = Method::post,
                                  .path = "/maintenance/backup",
                                  .needs = Scope::admin,
                                  .repeatable = true,
                                  .summary = "Copy this service's data into a folder",
                                  .deadline = std::chrono::minutes(30),
                                  .through_gateway = false}),
    endpoint<&Documents::health>({.name = "health",
                                  .method = Method::get,
                                  .path = "/health",
                                  .needs = Scope::open,
                                  .repeatable = true,
                                  .summary = "Health of the service",
                                  .through_gateway = false}));

TG_FORWARD(Documents, upload, list, get, chunks, remove, statistics, erase, fsck, backup, health);

}  // namespace tg::api
