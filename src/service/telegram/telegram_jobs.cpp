// The parts of the telegram service that show jobs and saved files.
#include <fstream>

#include <fmt/core.h>

#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;
using sql::Connection;

class FileSource final : public api::ByteSource {
 public:
  FileSource(fs::path path, ComputePool& pool) : file_(path, std::ios::binary), pool_(pool) {}
  Task<Result<std::optional<std::string>>> read() override {
    co_return co_await pool_.run([this]() -> Result<std::optional<std::string>> {
      std::string piece(64 << 10, '\0');
      file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      piece.resize(static_cast<std::size_t>(file_.gcount()));
      if (piece.empty()) return std::optional<std::string>();
      return std::optional(std::move(piece));
    });
  }

 private:
  std::ifstream file_;
  ComputePool& pool_;
};

// A name, not a path: nothing can leave the folder.
bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.front() != '.' &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

}  // namespace

class TelegramService::JobEvents final : public api::StreamSource<api::Job> {
 public:
  JobEvents(TelegramService& service, std::string id) : service_(service), id_(std::move(id)) {}

  Task<Result<std::optional<api::Job>>> next() override {
    if (ended_) co_return std::optional<api::Job>();
    while (true) {
      const std::uint64_t seen = service_.jobs_changed_.version();
      const auto id = id_;
      TG_CO_TRY(const JobRow row,
                co_await sql::read<JobRow>(service_.database_,
                                           [id](Connection& c) { return load_job(c, id); }));
      if (!sent_ || row.job.updated_at != last_ || is_finished(row.job.state)) {
        sent_ = true;
        last_ = row.job.updated_at;
        ended_ = is_finished(row.job.state);
        co_return std::optional(row.job);
      }
      if (service_.stopping_) co_return unavailable("telegram", "stopping");
      co_await service_.jobs_changed_.wait_after(seen, std::chrono::seconds(15));
    }
  }

 private:
  TelegramService& service_;
  std::string id_;
  bool sent_ = false;
  bool ended_ = false;
  UnixMillis last_;
};

Task<Result<JobRow>> TelegramService::load(api::Call call, std::string id) {
  TG_CO_TRY(JobRow row,
            co_await sql::read<JobRow>(database_, [id](Connection& c) { return load_job(c, id); }));
  if (!may_see(row, call.principal)) co_return not_found("job");
  co_return row;
}

Task<Result<std::vector<api::Job>>> TelegramService::jobs(api::Call call, api::JobsQuery query) {
  TG_CO_TRY(const auto rows, co_await sql::read<std::vector<JobRow>>(
                                 database_, [p = call.principal, query](Connection& c) {
                                   return list_jobs(c, p, query.state, query.limit);
                                 }));
  std::vector<api::Job> jobs;
  for (const JobRow& row : rows) jobs.push_back(row.job);
  co_return jobs;
}

Task<Result<api::Job>> TelegramService::job(api::Call call, api::JobId id) {
  TG_CO_TRY(const JobRow row, co_await load(std::move(call), id.id));
  co_return row.job;
}

Task<Result<api::Stream<api::Job>>> TelegramService::job_events(api::Call call, api::JobId id) {
  TG_CO_CHECK(co_await load(std::move(call), id.id));
  co_return std::make_shared<JobEvents>(*this, id.id);
}

Task<Result<api::Job>> TelegramService::cancel_job(api::Call call, api::JobId id) {
  TG_CO_TRY(const JobRow row, co_await load(call, id.id));
  if (is_finished(row.job.state)) {
    co_return fail(Code::conflict, "job.finished",
                   fmt::format("the job is {} already", json::enum_word(row.job.state)));
  }
  {
    const std::scoped_lock lock(mutex_);
    cancelled_.insert(id.id);
  }
  acknowledged_.notify();
  while (true) {
    const std::uint64_t seen = jobs_changed_.version();
    TG_CO_TRY(const JobRow now, co_await load(call, id.id));
    if (is_finished(now.job.state) || stopping_) co_return now.job;
    co_await jobs_changed_.wait_after(seen, std::chrono::seconds(1));
  }
}

Task<Result<api::Enveloped<api::SavedFileList>>> TelegramService::files(api::Call, api::Nothing) {
  const fs::path folder = settings_.folder / "files";
  api::Enveloped<api::SavedFileList> reply;
  TG_CO_TRY(reply.data.files, co_await pool_.run([folder]() -> Result<std::vector<api::SavedFile>> {
    std::vector<api::SavedFile> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (!entry.is_regular_file() || entry.path().extension() == ".tmp") continue;
      const auto written = std::chrono::file_clock::to_sys(entry.last_write_time());
      files.push_back({entry.path().filename().string(),
                       static_cast<std::int64_t>(entry.file_size()),
                       std::chrono::floor<std::chrono::milliseconds>(written)});
    }
    std::ranges::sort(files, {}, &api::SavedFile::filename);
    return files;
  }));
  reply.message = fmt::format("{} files", reply.data.files.size());
  co_return reply;
}

Task<Result<api::FileReply>> TelegramService::file(api::Call, api::FileName name) {
  const fs::path path = settings_.folder / "files" / name.filename;
  std::error_code error;
  if (!is_file_name(name.filename) || fs::is_symlink(path, error) ||
      !fs::is_regular_file(path, error)) {
    co_return not_found("file");
  }
  co_return api::FileReply{.filename = name.filename,
                           .content_type = name.filename.ends_with(".json")
                                               ? "application/json"
                                               : "text/plain; charset=utf-8",
                           .size = fs::file_size(path, error),
                           .bytes = std::make_shared<FileSource>(path, pool_)};
}

Task<Result<api::Enveloped<api::JoinedChannel>>> TelegramService::join(api::Call,
                                                                       api::ChannelName) {
  co_return not_implemented("join");
}

Task<Result<api::Enveloped<api::JoinedChannel>>> TelegramService::leave(api::Call,
                                                                        api::ChannelName) {
  co_return not_implemented("leave");
}

Task<Result<api::Enveloped<api::ParsedChannel>>> TelegramService::parse(api::Call,
                                                                        api::ParseRequest) {
  co_return not_implemented("web_preview");
}

Task<Result<api::JobAccepted>> TelegramService::add(api::Call, api::AddChannelRequest) {
  co_return not_implemented("web_preview");
}

Task<Result<api::Enveloped<api::JobAccepted>>> TelegramService::sync(api::Call, api::SyncRequest) {
  co_return not_implemented("web_preview");
}

}  // namespace tg::telegram
