// multipart/form-data, both ways: text fields and at most one file, in any order while the file is
// small enough to be held; the bytes of a larger one are pulled from the connection or the caller's
// source while they are needed, so that its fields have to come first.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "net/http.hpp"
#include "wire/fields.hpp"

namespace tg::wire {

inline constexpr std::size_t kHeldOfAnyFile = 4 << 20;

// Bounds the memory of all uploads that are held at one time. Thread-safe.
class UploadMemory {
 public:
  explicit UploadMemory(std::size_t limit_bytes) : limit_(limit_bytes) {}
  bool take(std::size_t bytes);  // false: there is not so much left
  void give_back(std::size_t bytes) { taken_ -= bytes; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> taken_ = 0;
};

// Reads the fields into `form`, and makes the file `upload`. One that has not ended after
// `held_limit` bytes is streamed: `body` must live until it is read, and fields behind it are
// refused. The file's field must be called `upload_field`. What is held is taken from `memory` (null:
// no bound) until the upload's bytes are destroyed; where none is left: Code::unavailable.
struct FormStart {
  Words form;
  std::optional<api::Upload> upload;
};
Task<Result<FormStart>> read_form(std::string boundary, net::BodyReader* body,
                                  std::string_view upload_field,
                                  std::size_t held_limit = kHeldOfAnyFile,
                                  std::shared_ptr<UploadMemory> memory = nullptr);

// The body that says the same.
class FormBody final : public net::BodyReader {
 public:
  FormBody(const Words& form, std::string_view upload_field, api::Upload upload);
  std::string content_type() const;
  Task<Result<std::optional<std::string>>> read() override;
  // What the file's source answered when it failed; it is no fault of the other side.
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
