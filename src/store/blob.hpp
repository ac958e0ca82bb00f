// Port for storing files by id, such as the original bytes of uploads. Embedded implementation:
// files in a folder (backend/disk_blobs.hpp).
//
//   TG_CO_TRY(const auto size, co_await blobs.put(id, reader));      // durable when it returns
//   TG_CO_TRY(const auto bytes, co_await blobs.get(id));             // read in pieces
//
// An id has 1 to 200 characters of a-z, 0-9, '-', '_', '.', and does not begin with '.'. Content is
// streamed, never held in memory as a whole. A blob is stored completely or not at all, even if its
// source fails or the process dies. Reading a damaged blob is an error ("blob.damaged").
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::store {

// Not thread-safe: one coroutine at a time uses it.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // The next non-empty piece; nullopt at the end.
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};

struct BlobInfo {
  std::string id;
  std::uint64_t size = 0;
};

class Blobs {
 public:
  virtual ~Blobs() = default;
  // Replaces an existing blob; its current readers continue with the old bytes. Returns the size.
  virtual Task<Result<std::uint64_t>> put(std::string id, std::shared_ptr<ByteReader> bytes) = 0;
  // Code::not_found if there is none.
  virtual Task<Result<std::shared_ptr<ByteReader>>> get(std::string id) = 0;
  virtual Task<Result<std::uint64_t>> size(std::string id) = 0;
  // False if there was none.
  virtual Task<Result<bool>> remove(std::string id) = 0;
  // Sorted by id (bytewise), starting after `after`.
  virtual Task<Result<std::vector<BlobInfo>>> list(std::optional<std::string> after,
                                                   std::size_t limit) = 0;
  // Reads everything and returns descriptions of the damage found. For `fsck`.
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  // Copies all blobs into `folder`, which can then be opened as a store. For `backup`.
  virtual Task<Result<void>> copy_to(std::string folder) = 0;
};

Result<void> check_blob_id(std::string_view id);
// A reader of bytes in memory.
std::shared_ptr<ByteReader> reader_of(std::string bytes);
// Reads to the end.
Task<Result<std::string>> read_whole(std::shared_ptr<ByteReader> reader);

}  // namespace tg::store
