// The import of one file: reads it and stores it in batches, each with the job's checkpoint in one
// transaction, so that it resumes after a crash. Not thread-safe: use from one coroutine.
#pragma once

#include <filesystem>
#include <functional>
#include <variant>
#include <vector>

#include "runtime/compute_pool.hpp"
#include "runtime/disk_guard.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/export_file.hpp"
#include "service/telegram/export_reader.hpp"
#include "service/telegram/import_report.hpp"
#include "service/telegram/job_store.hpp"
#include "service/telegram/post_store.hpp"

namespace tg::telegram {

class ImportJob {
 public:
  // Stops with "disk.low" when `disk` has no room.
  ImportJob(sql::Database& database, Feed& feed, ComputePool& pool, const Clock& clock,
            const DiskGuard& disk)
      : database_(database), feed_(feed), pool_(pool), clock_(clock), disk_(disk) {}

  // Stores the rest of the file. `on_progress` is called after each stored batch; false cancels.
  // The row carries the state between runs: records done, counts, last sequence.
  Task<Result<void>> run(JobRow* row, std::filesystem::path file,
                         std::function<bool(const JobRow&)> on_progress);

 private:
  struct ServiceMessage {};
  struct Refused {
    std::string reason;
  };
  using Record = std::variant<Channel, Post, ServiceMessage, Refused>;

  struct Batch {
    std::vector<Record> records;
    Source source = Source::export_file;
    bool at_end = false;
    std::uint64_t position = 0;
    std::uint64_t size = 0;
    Result<void> end;  // how the file ended, at the end
  };

  Result<Batch> read_batch();
  Result<void> store(sql::Connection& connection, const Batch& batch, JobRow& row);
  Result<void> store_channel_record(sql::Connection& connection, Source source, UnixMillis now);
  Result<void> store_post_record(sql::Connection& connection, Post post, Source source,
                                 UnixMillis now, JobRow& row);
  bool is_admins() const;
  Result<void> look_up_channel(sql::Connection& connection);
  static std::int64_t estimate(const Batch& batch, std::int64_t done);
  Result<void> check_disk() const;
  void skip_done(Batch& batch);

  sql::Database& database_;
  Feed& feed_;
  ComputePool& pool_;
  const Clock& clock_;
  const DiskGuard& disk_;
  std::unique_ptr<ExportFile> file_;
  std::unique_ptr<ExportReader> reader_;
  std::vector<Record> read_;
  std::int64_t to_skip_ = 0;
  Channel channel_;                    // of the records being stored
  Standing standing_ = Standing::own;  // of the importer to channel_
  std::string_view refusal_;           // why posts of channel_ are refused; empty: they are not
  api::Principal owner_;
  ImportReport report_;
};

}  // namespace tg::telegram
