// Reading and writing multipart/form-data: text fields and at most one file. A small file is held
// in memory, so that fields may follow it; a larger one is streamed from the connection as it is
// consumed, so that its fields must come first. Not thread-safe, except UploadMemory.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "net/http.hpp"
#include "wire/fields.hpp"

namespace tg::wire {

// Bytes of a file that are held in any case.
inline constexpr std::size_t kHeldOfAnyFile = 4 << 20;

// Limits the total memory of uploads held at the same time. Thread-safe.
class UploadMemory {
 public:
  explicit UploadMemory(std::size_t limit_bytes) : limit_(limit_bytes) {}
  bool take(std::size_t bytes);  // false: not so much is left
  void give_back(std::size_t bytes) { taken_ -= bytes; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> taken_ = 0;
};

// Reads the text fields into `form` and the file, whose field must be `upload_field`, into
// `upload`. A file of more than `held_limit` bytes is streamed: `body` must live until it is read,
// and fields after it are rejected. Held bytes are accounted to `memory` (null: unlimited) until
// the upload's source is destroyed. Errors: validation; payload_too_large; unavailable when
// `memory` is exhausted.
struct FormStart {
  Words form;
  std::optional<api::Upload> upload;
};
Task<Result<FormStart>> read_form(std::string boundary, net::BodyReader* body,
                                  std::string_view upload_field,
                                  std::size_t held_limit = kHeldOfAnyFile,
                                  std::shared_ptr<UploadMemory> memory = nullptr);

// The request body for a form and a file.
class FormBody final : public net::BodyReader {
 public:
  FormBody(const Words& form, std::string_view upload_field, api::Upload upload);
  std::string content_type() const;
  Task<Result<std::optional<std::string>>> read() override;
  // The error of the file's source, if it failed: not the other side's fault.
  const std::optional<Error>& source_failure() const { return source_failure_; }

 private:
  enum class Next { head, file, end, nothing };
  std::string boundary_;
  std::string head_;
  std::shared_ptr<api::ByteSource> bytes_;
  std::optional<Error> source_failure_;
  Next next_ = Next::head;
};

}  // namespace tg::wire
