// What flows through contracts in pieces: event streams, uploads, files. All are pulled, so the
// reader sets the pace; all are the same whether the other side is in this process or another one.
// A source belongs to one coroutine at a time; destroying it cancels what is behind it.
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
  // The next event; nullopt at the end. A failure in the middle is an error, never a short stream.
  virtual Task<Result<std::optional<T>>> next() = 0;
};

template <typename T>
using Stream = std::shared_ptr<StreamSource<T>>;

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next piece, not empty; nullopt at the end.
  virtual Task<Result<std::optional<std::string>>> read() = 0;
};

// A file that comes in, in pieces as they arrive. Who has to see all of it at once (a document's
// text) reads it with read_all() and a limit; an import works piece by piece.
struct Upload {
  std::string filename;
  std::string content_type;
  std::shared_ptr<ByteSource> bytes;
};

// A file that goes out as an attachment.
struct FileReply {
  std::string filename;
  std::string content_type = "application/octet-stream";
  std::optional<std::uint64_t> size;
  std::shared_ptr<ByteSource> bytes;
};

// Bytes that are already in memory, as a source.
std::shared_ptr<ByteSource> bytes_source(std::string bytes);
// Everything of a source, refused with Code::payload_too_large beyond `limit`.
Task<Result<std::string>> read_all(std::shared_ptr<ByteSource> source, std::size_t limit);

}  // namespace tg::api
