// multipart/form-data, both ways: text fields and at most one file, in any order while the file is
// small enough to be held; the bytes of a larger one are pulled from the connection or the caller's
// source while they are needed, so that its fields have to come first.
#pragma once

#include <memory>
#include <string>

#include "net/http.hpp"
#include "wire/fields.hpp"

namespace tg::wire {

inline constexpr std::size_t kHeldOfAnyFile = 4 << 20;

// Reads the fields into `form`, and makes the file `upload`. One that has not ended after
// `held_limit` bytes is streamed: `body` must live until it is read, and fields behind it are
// refused. The file's field must be called `upload_field`.
struct FormStart {
  Words form;
  std::optional<api::Upload> upload;
};
Task<Result<FormStart>> read_form(std::string boundary, net::BodyReader* body,
                                  std::string_view upload_field,
                                  std::size_t held_limit = kHeldOfAnyFile);

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
