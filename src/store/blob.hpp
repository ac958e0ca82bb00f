// Whole files by our own ids, behind a port: uploads keep their original bytes here. Embedded:
// files in a folder.
//
//   TG_CO_TRY(const auto size, co_await blobs.put(id, reader));      // durable when answered
//   TG_CO_TRY(const auto bytes, co_await blobs.get(id));             // read in pieces
//
// An id has 1 to 200 characters of a-z, 0-9, '-', '_', '.', and does not begin with '.'. Bytes go
// through in pieces, never held as a whole. A blob appears whole or not at all, also when its
// source fails or the process dies; what is damaged is an error when it is read ("blob.damaged"),
// never other bytes. Thread-safe.
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

// Belongs to one coroutine at a time.
class ByteReader {
 public:
  virtual ~ByteReader() = default;
  // The next piece, not empty; nullopt at the end.
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};

struct BlobInfo {
  std::string id;
  std::uint64_t size = 0;
};

class Blobs {
 public:
  virtual ~Blobs() = default;
  // Replaces what is there; readers of the old bytes go on reading those. Answers with the size.
  virtual Task<Result<std::uint64_t>> put(std::string id, std::shared_ptr<ByteReader> bytes) = 0;
  // Code::not_found where there is none.
  virtual Task<Result<std::shared_ptr<ByteReader>>> get(std::string id) = 0;
  virtual Task<Result<std::uint64_t>> size(std::string id) = 0;
  // False: there was none.
  virtual Task<Result<bool>> remove(std::string id) = 0;
  // In the order of ids (as bytes), those after `after`.
  virtual Task<Result<std::vector<BlobInfo>>> list(std::optional<std::string> after,
                                                   std::size_t limit) = 0;
  // Reads everything; what is wrong, in words.
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  // A copy of every blob, in the store's own form. For `backup`.
  virtual Task<Result<void>> copy_to(std::string folder) = 0;
};

Result<void> check_blob_id(std::string_view id);
// Bytes that are already in memory.
std::shared_ptr<ByteReader> reader_of(std::string bytes);
// Everything of a reader.
Task<Result<std::string>> read_whole(std::shared_ptr<ByteReader> reader);

}  // namespace tg::store
