#include "backend/embedded_index.hpp"

#include "engine/index.hpp"

namespace tg::backend {
namespace {

class EmbeddedIndex final : public store::SearchIndex {
 public:
  EmbeddedIndex(std::unique_ptr<engine::Index> index, ComputePool& pool)
      : index_(std::move(index)), pool_(pool) {}

  store::IndexCapabilities capabilities() const override {
    return {.lexical = true, .dense = false};
  }

  Task<Result<void>> apply(index::Batch batch) override {
    co_return co_await pool_.run([this, b = std::move(batch)] { return index_->apply(b); });
  }

  Task<Result<index::Hits>> search(index::Query query) override {
    co_return co_await pool_.run(
        [this, q = std::move(query)] { return index_->snapshot()->search(q); });
  }

  Task<Result<std::vector<index::Chunk>>> chunks_of(std::vector<Uuid> documents,
                                                    std::vector<std::string> visible) override {
    co_return co_await pool_.run([this, d = std::move(documents), v = std::move(visible)] {
      return index_->snapshot()->chunks_of(d, v);
    });
  }

  Task<Result<std::vector<index::Chunk>>> chunks_of_post(
      std::int64_t channel_id, std::int64_t message_id, std::vector<std::string> visible) override {
    co_return co_await pool_.run([this, channel_id, message_id, v = std::move(visible)] {
      return index_->snapshot()->chunks_of_post(channel_id, message_id, v);
    });
  }

  Task<Result<std::vector<index::StoredId>>> ids(std::optional<Uuid> after,
                                                 std::size_t limit) override {
    co_return co_await pool_.run([this, after, limit]() -> Result<std::vector<index::StoredId>> {
      return index_->snapshot()->ids(after, limit);
    });
  }

  Task<Result<std::vector<std::string>>> check() override {
    co_return co_await pool_.run(
        [this]() -> Result<std::vector<std::string>> { return index_->check(); });
  }

  Task<Result<void>> erase() override {
    co_return co_await pool_.run([this] { return index_->erase(); });
  }

  Task<Result<void>> copy_to(std::string folder) override {
    co_return co_await pool_.run([this, f = std::move(folder)] { return index_->copy_to(f); });
  }

  index::Statistics statistics() const override { return index_->statistics(); }

 private:
  std::unique_ptr<engine::Index> index_;
  ComputePool& pool_;
};

}  // namespace

Result<std::unique_ptr<store::SearchIndex>> open_embedded_index(const std::filesystem::path& folder,
                                                                ComputePool& pool) {
  TG_TRY(auto index, engine::Index::open(folder, disk_files()));
  return std::make_unique<EmbeddedIndex>(std::move(index), pool);
}

}  // namespace tg::backend
