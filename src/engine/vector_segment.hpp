// An immutable, memory-mapped file of dense vectors.
//
//   vectors (32-bit floats, one after another) | owners (chunk id, document id) | footer
//
// The footer holds the number of vectors, their dimension, the checksums of both sections, the
// format version and its own checksum. All checksums are verified when a file is opened; a mismatch
// is the error "index.damaged". Numbers are little-endian. VectorSegment is immutable, hence
// thread-safe; VectorSegmentWriter is not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/block_hash.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "engine/index.hpp"
#include "runtime/files.hpp"

namespace tg::engine {

struct VectorOwner {
  Uuid chunk_id;
  Uuid document_id;
};

class VectorSegment {
 public:
  static Result<std::shared_ptr<const VectorSegment>> open(Files& files,
                                                           const std::filesystem::path& file);
  static Result<std::shared_ptr<const VectorSegment>> read(std::string name,
                                                           std::shared_ptr<const Mapping> mapping);

  std::size_t size() const { return owners_.size(); }
  std::size_t dimension() const { return dimension_; }
  std::size_t file_size() const { return mapping_->bytes().size(); }
  std::int64_t memory_bytes() const;
  const VectorOwner& owner(std::size_t place) const { return owners_[place]; }
  std::span<const float> vector(std::size_t place) const {
    return vectors_.subspan(place * dimension_, dimension_);
  }
  std::optional<std::size_t> find(const Uuid& chunk_id) const;
  // Verifies all checksums again.
  Result<void> verify() const;

 private:
  VectorSegment() = default;

  std::string name_;
  std::shared_ptr<const Mapping> mapping_;
  std::span<const float> vectors_;
  std::span<const VectorOwner> owners_;
  std::size_t dimension_ = 0;
  boost::unordered_flat_map<Uuid, std::uint32_t, UuidHash> places_;
};

// Writes vectors as they are added, then their owners. The file is complete and synced after
// finish().
class VectorSegmentWriter {
 public:
  VectorSegmentWriter(Files& files, std::filesystem::path file, std::size_t dimension)
      : files_(files), path_(std::move(file)), dimension_(dimension) {}

  Result<void> begin();
  Result<void> add(const VectorOwner& owner, std::span<const float> vector);
  Result<void> finish();

 private:
  Result<void> write(std::string_view bytes);

  Files& files_;
  const std::filesystem::path path_;
  const std::size_t dimension_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  std::string owners_;
  BlockHash hash_;
};

}  // namespace tg::engine
