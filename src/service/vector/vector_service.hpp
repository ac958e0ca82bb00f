// The vector service: api::Vectors on the index port. Public calls see the data of the caller (user
// and space) and the channels that the telegram service has granted them. Thread-safe.
#pragma once

#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "base/clock.hpp"
#include "store/vec.hpp"

namespace tg::vector {

class VectorService final : public api::Vectors {
 public:
  VectorService(store::SearchIndex& index, const Clock& clock, api::Telegram& telegram)
      : index_(index), clock_(clock), telegram_(telegram) {}

  Task<Result<api::Done>> apply(api::Call call, api::ApplyRequest request) override;
  Task<Result<api::IndexHits>> find(api::Call call, api::IndexQuery query) override;
  Task<Result<api::IndexedChunks>> context(api::Call call, api::ContextRequest request) override;
  Task<Result<api::IndexIds>> ids(api::Call call, api::IndexIdsQuery query) override;
  Task<Result<api::AddVectorsReply>> add(api::Call call, api::AddVectorsRequest request) override;
  Task<Result<std::vector<api::SearchResult>>> search(api::Call call,
                                                      api::VectorQuery query) override;
  Task<Result<api::VectorStatistics>> statistics(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> remove(api::Call call, api::VectorId id) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  store::SearchIndex& index_;
  const Clock& clock_;
  api::Telegram& telegram_;
};

}  // namespace tg::vector
