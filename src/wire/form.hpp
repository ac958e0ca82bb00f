// multipart/form-data, streamed, both ways: text fields first, then at most one file, whose bytes
// are pulled from the connection or the caller's source while they are needed.
#pragma once

#include <memory>
#include <string>

#include "net/http.hpp"
#include "wire/fields.hpp"

namespace tg::wire {

// Reads the fields before the file into `form`, and makes the file `upload`, whose bytes come from
// `body`: it must live until they are read. The file's field must be called `upload_field`.
struct FormStart {
  Words form;
  std::optional<api::Upload> upload;
};
Task<Result<FormStart>> read_form(std::string boundary, net::BodyReader& body,
                                  std::string_view upload_field);

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
