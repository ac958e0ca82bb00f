#include "engine/vector_segment.hpp"

#include <cstring>
#include <limits>

#include <fmt/core.h>

#include "engine/manifest_folder.hpp"
#include "engine/vector_format.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

constexpr std::size_t kFlushBytes = 1 << 20;

static_assert(sizeof(VectorFooter) == 64 && sizeof(VectorOwner) == 32);

std::uint64_t checksum_of(std::string_view bytes) {
  BlockHash hash;
  hash.add(bytes);
  return hash.value();
}

template <typename T>
std::string_view bytes_of(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

Result<VectorFooter> read_footer(std::string_view bytes) {
  VectorFooter footer;
  if (bytes.size() < sizeof(footer)) return damaged("the file is too short");
  std::memcpy(&footer, bytes.data() + bytes.size() - sizeof(footer), sizeof(footer));
  if (footer.magic != kVectorMagic) return damaged("the file is not a vector file");
  if (footer.checksum != vector_footer_checksum(footer))
    return damaged("the footer's checksum does not match");
  if (footer.format > kVectorFormat) return newer_format("the file of vectors", footer.format);
  if (footer.format < kVectorFormat)
    return damaged(fmt::format("format {} is no longer supported", footer.format));
  const std::size_t room = bytes.size() - sizeof(footer);
  constexpr std::uint64_t kMany = std::numeric_limits<std::uint32_t>::max();
  if (footer.count >= kMany || footer.dimension == 0 || footer.dimension > (1 << 20) ||
      padded_vectors(footer.count * footer.dimension * sizeof(float)) +
              footer.count * sizeof(VectorOwner) !=
          room) {
    return damaged("the file size does not match the footer");
  }
  return footer;
}

}  // namespace

Result<std::shared_ptr<const VectorSegment>> VectorSegment::open(
    Files& files, const std::filesystem::path& file) {
  auto mapping = files.map(file);
  if (!mapping && mapping.error().code != Code::not_found) return std::unexpected(mapping.error());
  if (!mapping) return damaged(fmt::format("{} is missing", file.string()));
  return read(file.filename().string(), *std::move(mapping));
}

Result<std::shared_ptr<const VectorSegment>> VectorSegment::read(
    std::string name, std::shared_ptr<const Mapping> mapping) {
  const std::string_view bytes = mapping->bytes();
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(float) != 0)
    return damaged("the file is not aligned");
  TG_TRY(const VectorFooter footer, read_footer(bytes));
  std::shared_ptr<VectorSegment> segment(new VectorSegment);
  segment->name_ = std::move(name);
  segment->dimension_ = footer.dimension;
  const std::size_t numbers = footer.count * footer.dimension;
  segment->vectors_ = {reinterpret_cast<const float*>(bytes.data()), numbers};
  segment->owners_ = {
      reinterpret_cast<const VectorOwner*>(bytes.data() + padded_vectors(numbers * sizeof(float))),
      footer.count};
  segment->mapping_ = std::move(mapping);
  TG_TRY_VOID(segment->verify());
  segment->places_.reserve(footer.count);
  for (std::uint32_t i = 0; i < footer.count; ++i) {
    if (!segment->places_.try_emplace(segment->owners_[i].chunk_id, i).second)
      return damaged("a chunk has two vectors in one file");
  }
  return std::shared_ptr<const VectorSegment>(std::move(segment));
}

Result<void> VectorSegment::verify() const {
  TG_TRY(const VectorFooter footer, read_footer(mapping_->bytes()));
  if (checksum_of(bytes_of(vectors_)) != footer.vectors_checksum ||
      checksum_of(bytes_of(owners_)) != footer.owners_checksum) {
    return damaged(fmt::format("{}: a checksum does not match", name_));
  }
  return {};
}

std::optional<std::size_t> VectorSegment::find(const Uuid& chunk_id) const {
  const auto found = places_.find(chunk_id);
  return found == places_.end() ? std::nullopt : std::optional<std::size_t>(found->second);
}

std::int64_t VectorSegment::memory_bytes() const {
  return static_cast<std::int64_t>(sizeof(VectorSegment) +
                                   places_.bucket_count() * sizeof(*places_.begin()));
}

Result<void> VectorSegmentWriter::begin() {
  TG_TRY(file_, files_.create(path_));
  return {};
}

Result<void> VectorSegmentWriter::write(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() < kFlushBytes) return {};
  TG_TRY_VOID(file_->append(buffer_));
  buffer_.clear();
  return {};
}

Result<void> VectorSegmentWriter::add(const VectorOwner& owner, std::span<const float> vector) {
  owners_.append(reinterpret_cast<const char*>(&owner), sizeof(owner));
  hash_.add(bytes_of(vector));
  return write(bytes_of(vector));
}

Result<void> VectorSegmentWriter::finish() {
  VectorFooter footer;
  footer.count = owners_.size() / sizeof(VectorOwner);
  footer.dimension = dimension_;
  footer.vectors_checksum = hash_.value();
  footer.owners_checksum = checksum_of(owners_);
  footer.checksum = vector_footer_checksum(footer);
  TG_TRY_VOID(write(std::string(padded_vectors(hash_.size()) - hash_.size(), '\0')));
  TG_TRY_VOID(write(owners_));
  TG_TRY_VOID(write({reinterpret_cast<const char*>(&footer), sizeof(footer)}));
  TG_TRY_VOID(file_->append(buffer_));
  TG_TRY_VOID(TG_FAULT_RESULT("vectors.before_segment_sync"));
  TG_TRY_VOID(file_->sync());
  file_.reset();
  return {};
}

}  // namespace tg::engine
