// Streamed inputs and outputs of contracts: event streams, uploads, files. All are pulled by the
// reader (back-pressure) and behave the same for local and remote services. Not thread-safe: one
// coroutine at a time uses a source. Destroying a source cancels its producer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::api {

template <typename T>
class StreamSource {
 public:
  virtual ~StreamSource() = default;
  // The next event; nullopt at the end. A failure midway is an error, never a truncated stream.
  virtual Task<Result<std::optional<T>>> next() = 0;
};

template <typename T>
using Stream = std::shared_ptr<StreamSource<T>>;

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next non-empty piece; nullopt at the end.
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};

// An incoming file, read while it arrives. Code that needs the whole content (a document's text)
// uses read_all() with a limit; imports process it piece by piece.
struct Upload {
  std::string filename;
  std::string content_type;
  std::shared_ptr<ByteSource> bytes;
};

// An outgoing file, sent as an attachment.
struct FileReply {
  std::string filename;
  std::string content_type = "application/octet-stream";
  std::optional<std::uint64_t> size;
  std::shared_ptr<ByteSource> bytes;
};

// Bytes that are already in memory, as a source.
std::shared_ptr<ByteSource> bytes_source(std::string bytes);
// The whole content; Code::payload_too_large if it has more than `limit` bytes.
Task<Result<std::string>> read_all(std::shared_ptr<ByteSource> source, std::size_t limit);

}  // namespace tg::api
