#include "backend/disk_blobs.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "base/block_hash.hpp"
#include "base/ids.hpp"
#include "runtime/fault.hpp"

namespace tg::backend {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBlobMagic = 0x31626f6c42675454;  // "TTgBlob1"
constexpr std::size_t kPiece = 256 << 10;

struct BlobFooter {
  std::uint64_t size = 0;
  std::uint64_t bytes_checksum = 0;
  std::uint64_t checksum = 0;  // of the two fields before
  std::uint64_t magic = kBlobMagic;
};
static_assert(sizeof(BlobFooter) == 32);

std::uint64_t checksum_of(const BlobFooter& footer) {
  return fast_hash({reinterpret_cast<const char*>(&footer), offsetof(BlobFooter, checksum)});
}

std::unexpected<Error> blob_damaged(const std::string& id) {
  return fail(Code::internal, "blob.damaged", "a stored file is damaged",
              fmt::format("blob {} is not what was written", id));
}

Result<BlobFooter> read_footer(const std::string& id, std::string_view file) {
  BlobFooter footer;
  if (file.size() < sizeof(footer)) return blob_damaged(id);
  std::memcpy(&footer, file.data() + file.size() - sizeof(footer), sizeof(footer));
  if (footer.magic != kBlobMagic || footer.checksum != checksum_of(footer) ||
      footer.size != file.size() - sizeof(footer)) {
    return blob_damaged(id);
  }
  return footer;
}

// A blob being written. Removes its temporary file unless it is committed.
class Draft {
 public:
  Draft(Files& files, fs::path folder)
      : files_(files), folder_(std::move(folder)), path_(folder_ / ("." + random_hex(12))) {}
  ~Draft() {
    if (!committed_) static_cast<void>(files_.remove(path_));
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  Result<void> append(std::string_view bytes) {
    if (!file_) {
      TG_TRY(file_, files_.create(path_));
    }
    hash_.add(bytes);
    return file_->append(bytes);
  }

  Result<std::uint64_t> commit(const std::string& id) {
    BlobFooter footer;
    footer.size = hash_.size();
    footer.bytes_checksum = hash_.value();
    footer.checksum = checksum_of(footer);
    TG_TRY_VOID(append({reinterpret_cast<const char*>(&footer), sizeof(footer)}));
    TG_TRY_VOID(file_->sync());
    file_.reset();
    TG_TRY_VOID(TG_FAULT_RESULT("blob.after_sync_before_rename"));
    TG_TRY_VOID(files_.rename(path_, folder_ / id));
    committed_ = true;
    TG_TRY_VOID(files_.sync_folder(folder_));
    TG_FAULT("blob.after_rename");
    return footer.size;
  }

 private:
  Files& files_;
  const fs::path folder_;
  const fs::path path_;
  std::unique_ptr<File> file_;
  BlockHash hash_;
  bool committed_ = false;
};

// Reads a mapping piece by piece. Reports the end only after the checksum has been verified.
class BlobReader final : public store::ByteReader, public std::enable_shared_from_this<BlobReader> {
 public:
  BlobReader(std::string id, std::shared_ptr<const Mapping> mapping, BlobFooter footer,
             ComputePool& pool)
      : id_(std::move(id)),
        mapping_(std::move(mapping)),
        left_(mapping_->bytes().substr(0, footer.size)),
        footer_(footer),
        pool_(pool) {}

  Task<Result<std::optional<std::string>>> read() override {
    // Reading from a mapping may block on the disk.
    co_return co_await pool_.run([self = shared_from_this()] { return self->next(); });
  }

  Result<std::optional<std::string>> next() {
    if (left_.empty()) {
      if (hash_.value() != footer_.bytes_checksum) return blob_damaged(id_);
      return std::optional<std::string>();
    }
    std::string piece(left_.substr(0, kPiece));
    left_.remove_prefix(piece.size());
    hash_.add(piece);
    return std::optional(std::move(piece));
  }

 private:
  const std::string id_;
  std::shared_ptr<const Mapping> mapping_;
  std::string_view left_;
  const BlobFooter footer_;
  ComputePool& pool_;
  BlockHash hash_;
};

class DiskBlobs final : public store::Blobs {
 public:
  DiskBlobs(fs::path folder, ComputePool& pool, Files& files)
      : folder_(std::move(folder)), pool_(pool), files_(files) {}

  Result<void> prepare() {
    TG_TRY_VOID(files_.make_folders(folder_));
    TG_TRY_VOID(files_.sync_folder(folder_.parent_path()));
    TG_TRY(const auto names, files_.list(folder_));
    for (const std::string& name : names) {
      if (name.starts_with('.')) TG_TRY_VOID(files_.remove(folder_ / name));
    }
    return {};
  }

  Task<Result<std::uint64_t>> put(std::string id,
                                  std::shared_ptr<store::ByteReader> bytes) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    const auto draft = std::make_shared<Draft>(files_, folder_);
    while (true) {
      TG_CO_TRY(const auto piece, co_await bytes->read());
      if (!piece) break;
      TG_CO_TRY_VOID(co_await pool_.run([draft, piece] { return draft->append(*piece); }));
    }
    co_return co_await pool_.run([draft, id] { return draft->commit(id); });
  }

  Task<Result<std::shared_ptr<store::ByteReader>>> get(std::string id) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    co_return co_await pool_.run([this, id]() -> Result<std::shared_ptr<store::ByteReader>> {
      TG_TRY(auto reader, open(id));
      return std::shared_ptr<store::ByteReader>(std::move(reader));
    });
  }

  Task<Result<std::uint64_t>> size(std::string id) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    co_return co_await pool_.run([this, id] { return size_of(id); });
  }

  Task<Result<bool>> remove(std::string id) override {
    TG_CO_TRY_VOID(store::check_blob_id(id));
    co_return co_await pool_.run([this, id]() -> Result<bool> {
      if (const auto there = files_.map(folder_ / id); !there) {
        if (there.error().code == Code::not_found) return false;
        return std::unexpected(there.error());
      }
      TG_TRY_VOID(files_.remove(folder_ / id));
      TG_TRY_VOID(files_.sync_folder(folder_));
      return true;
    });
  }

  Task<Result<std::vector<store::BlobInfo>>> list(std::optional<std::string> after,
                                                  std::size_t limit) override {
    co_return co_await pool_.run([this, after, limit]() -> Result<std::vector<store::BlobInfo>> {
      TG_TRY(auto ids, all_ids());
      std::vector<store::BlobInfo> page;
      for (std::string& id : ids) {
        if (after && id <= *after) continue;
        if (page.size() == limit) break;
        const auto size = size_of(id);
        if (!size && size.error().code == Code::not_found) continue;  // removed meanwhile
        if (!size) return std::unexpected(size.error());
        page.push_back({std::move(id), *size});
      }
      return page;
    });
  }

  Task<Result<std::vector<std::string>>> check() override {
    co_return co_await pool_.run([this]() -> Result<std::vector<std::string>> {
      std::vector<std::string> problems;
      TG_TRY(const auto ids, all_ids());
      for (const std::string& id : ids) {
        auto reader = open(id);
        for (bool more = reader.has_value(); more;) {
          const auto piece = (*reader)->next();
          if (!piece) reader = std::unexpected(piece.error());
          more = piece && *piece;
        }
        if (!reader && reader.error().code != Code::not_found)
          problems.push_back(reader.error().detail);
      }
      return problems;
    });
  }

  Task<Result<void>> copy_to(std::string folder) override {
    co_return co_await pool_.run([this, to = fs::path(folder)]() -> Result<void> {
      TG_TRY_VOID(files_.make_folders(to));
      TG_TRY(const auto ids, all_ids());
      for (const std::string& id : ids) {
        const auto mapping = files_.map(folder_ / id);
        if (!mapping && mapping.error().code == Code::not_found) continue;  // removed meanwhile
        if (!mapping) return std::unexpected(mapping.error());
        TG_TRY_VOID(write_atomically(files_, to / id, (*mapping)->bytes()));
      }
      return {};
    });
  }

 private:
  Result<std::shared_ptr<BlobReader>> open(const std::string& id) {
    auto mapping = files_.map(folder_ / id);
    if (!mapping && mapping.error().code == Code::not_found) return not_found("file");
    if (!mapping) return std::unexpected(mapping.error());
    TG_TRY(const BlobFooter footer, read_footer(id, (*mapping)->bytes()));
    return std::make_shared<BlobReader>(id, *std::move(mapping), footer, pool_);
  }

  Result<std::uint64_t> size_of(const std::string& id) {
    auto mapping = files_.map(folder_ / id);
    if (!mapping && mapping.error().code == Code::not_found) return not_found("file");
    if (!mapping) return std::unexpected(mapping.error());
    TG_TRY(const BlobFooter footer, read_footer(id, (*mapping)->bytes()));
    return footer.size;
  }

  Result<std::vector<std::string>> all_ids() {
    TG_TRY(auto names, files_.list(folder_));
    std::erase_if(names, [](const std::string& name) { return !store::check_blob_id(name); });
    std::ranges::sort(names);
    return names;
  }

  const fs::path folder_;
  ComputePool& pool_;
  Files& files_;
};

}  // namespace

Result<std::unique_ptr<store::Blobs>> open_disk_blobs(fs::path folder, ComputePool& pool,
                                                      Files& files) {
  auto blobs = std::make_unique<DiskBlobs>(std::move(folder), pool, files);
  TG_TRY_VOID(blobs->prepare());
  return blobs;
}

}  // namespace tg::backend
