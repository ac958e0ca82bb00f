#include "wire/form.hpp"

#include <deque>

#include <fmt/core.h>

#include "base/ids.hpp"
#include "net/multipart.hpp"

namespace tg::wire {
namespace {

constexpr std::size_t kFieldsLimit = 1 << 20;  // total size of the text fields

// Parser events from a body that is still being received.
class PartReader {
 public:
  PartReader(std::string_view boundary, net::BodyReader& body) : parser_(boundary), body_(body) {}

  Task<Result<net::MultipartEvent>> next() {
    while (true) {
      TG_CO_TRY(auto event, parser_.next());
      if (event) co_return *std::move(event);
      TG_CO_TRY(const auto piece, co_await body_.read());
      if (!piece) co_return fail(Code::validation, "multipart", "the multipart body is truncated");
      parser_.append(*piece);
    }
  }

  // Skips the epilogue: the connection detects a client that left only after the body was read to
  // its end.
  Task<Result<void>> finish() {
    while (true) {
      TG_CO_TRY(const auto piece, co_await body_.read());
      if (!piece) co_return Result<void>();
    }
  }

 private:
  net::MultipartParser parser_;
  net::BodyReader& body_;
};

using Pieces = std::deque<std::string>;

// The memory accounted to one upload, released when destroyed.
class TakenMemory {
 public:
  explicit TakenMemory(std::shared_ptr<UploadMemory> from) : from_(std::move(from)) {}
  TakenMemory(TakenMemory&& other) noexcept
      : from_(std::move(other.from_)), bytes_(std::exchange(other.bytes_, 0)) {}
  TakenMemory& operator=(TakenMemory&&) = delete;
  ~TakenMemory() {
    if (from_ != nullptr) from_->give_back(bytes_);
  }
  bool take(std::size_t bytes) {
    if (from_ == nullptr) return true;
    if (!from_->take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }

 private:
  std::shared_ptr<UploadMemory> from_;
  std::size_t bytes_ = 0;
};

// The first pieces of a file; `is_whole`: all of them, fields may follow.
struct HeldFile {
  Pieces pieces;
  TakenMemory memory;
  bool is_whole = false;
};

// The held pieces, then (unless the file was held completely) the rest from the connection.
class FormFile final : public api::ByteSource {
 public:
  FormFile(HeldFile file, std::shared_ptr<PartReader> parts)
      : held_(std::move(file.pieces)),
        memory_(std::move(file.memory)),
        parts_(std::move(parts)),
        is_over_(file.is_whole) {}
  Task<Result<std::optional<std::string>>> read() override {
    if (!held_.empty()) {
      std::string piece = std::move(held_.front());
      held_.pop_front();
      co_return piece;
    }
    if (is_over_) co_return std::optional<std::string>();
    TG_CO_TRY(auto event, co_await parts_->next());
    if (auto* data = std::get_if<net::PartData>(&event)) co_return std::move(data->bytes);
    is_over_ = true;
    TG_CO_TRY(const auto after, co_await parts_->next());
    if (const auto* head = std::get_if<net::PartHead>(&after)) {
      co_return invalid(head->name,
                        fmt::format("must come before the file, if that is larger than {} bytes",
                                    kHeldOfAnyFile));
    }
    TG_CO_TRY_VOID(co_await parts_->finish());
    co_return std::optional<std::string>();
  }

 private:
  Pieces held_;
  const TakenMemory memory_;
  const std::shared_ptr<PartReader> parts_;
  bool is_over_;
};

Task<Result<HeldFile>> hold_file(std::shared_ptr<PartReader> parts, std::size_t limit,
                                 std::shared_ptr<UploadMemory> memory) {
  HeldFile file{.pieces = {}, .memory = TakenMemory(std::move(memory))};
  for (std::size_t size = 0; size <= limit;) {
    TG_CO_TRY(auto event, co_await parts->next());
    auto* data = std::get_if<net::PartData>(&event);
    if (data == nullptr) {
      file.is_whole = true;
      break;
    }
    if (!file.memory.take(data->bytes.size())) {
      co_return std::unexpected(Error{.code = Code::unavailable,
                                      .reason = "unavailable.uploads",
                                      .message = "too many uploads are in progress",
                                      .retry_after = std::chrono::seconds(5)});
    }
    size += data->bytes.size();
    file.pieces.push_back(std::move(data->bytes));
  }
  co_return file;
}

Task<Result<std::string>> read_text(std::shared_ptr<PartReader> parts, std::size_t limit) {
  std::string text;
  while (true) {
    TG_CO_TRY(const auto event, co_await parts->next());
    const auto* data = std::get_if<net::PartData>(&event);
    if (data == nullptr) co_return text;
    text += data->bytes;
    if (text.size() > limit) {
      co_return fail(Code::payload_too_large, "too_large.form",
                     "the text fields of the form are too large");
    }
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"') {
      out += "%22";
    } else if (c != '\r' && c != '\n' && c != '\0') {
      out += c;
    }
  }
  return out;
}

}  // namespace

bool UploadMemory::take(std::size_t bytes) {
  if (taken_.fetch_add(bytes) + bytes <= limit_) return true;
  taken_ -= bytes;
  return false;
}

Task<Result<FormStart>> read_form(std::string boundary, net::BodyReader* body,
                                  std::string_view upload_field, std::size_t held_limit,
                                  std::shared_ptr<UploadMemory> memory) {
  auto parts = std::make_shared<PartReader>(boundary, *body);
  FormStart start;
  std::size_t left = kFieldsLimit;
  while (true) {
    TG_CO_TRY(auto event, co_await parts->next());
    if (std::holds_alternative<net::MultipartEnd>(event)) {
      TG_CO_TRY_VOID(co_await parts->finish());
      co_return start;
    }
    auto& head = std::get<net::PartHead>(event);
    if (head.filename && head.name != upload_field)
      co_return invalid(head.name,
                        fmt::format("must not be a file: the file belongs in {}", upload_field));
    if (head.name == upload_field) {
      if (start.upload) co_return invalid(head.name, "must contain only one file");
      TG_CO_TRY(HeldFile held, co_await hold_file(parts, held_limit, memory));
      const bool is_whole = held.is_whole;
      start.upload = api::Upload{.filename = head.filename.value_or(""),
                                 .content_type = std::move(head.content_type),
                                 .bytes = std::make_shared<FormFile>(std::move(held), parts)};
      if (!is_whole) co_return start;
      continue;
    }
    TG_CO_TRY(auto text, co_await read_text(parts, left));
    left -= text.size();
    start.form.emplace_back(std::move(head.name), std::move(text));
  }
}

FormBody::FormBody(const Words& form, std::string_view upload_field, api::Upload upload)
    : boundary_("form-" + random_hex(16)), bytes_(std::move(upload.bytes)) {
  for (const auto& [name, text] : form) {
    head_ += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
                         boundary_, escaped(name), text);
  }
  head_ += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n",
                       boundary_, escaped(upload_field), escaped(upload.filename));
  if (!upload.content_type.empty())
    head_ += fmt::format("Content-Type: {}\r\n", escaped(upload.content_type));
  head_ += "\r\n";
}

std::string FormBody::content_type() const {
  return "multipart/form-data; boundary=" + boundary_;
}

Task<Result<std::optional<std::string>>> FormBody::read() {
  if (next_ == Next::head) {
    next_ = bytes_ == nullptr ? Next::end : Next::file;
    co_return std::move(head_);
  }
  if (next_ == Next::file) {
    auto piece = co_await bytes_->read();
    if (!piece) source_failure_ = piece.error();
    if (!piece || *piece) co_return piece;
    next_ = Next::end;
  }
  if (next_ == Next::nothing) co_return std::optional<std::string>();
  next_ = Next::nothing;
  co_return fmt::format("\r\n--{}--\r\n", boundary_);
}

}  // namespace tg::wire
