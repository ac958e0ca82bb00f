// The import of one file: read, stored in batches with its checkpoint, resumed after a crash, done
// when everything it brought is searchable.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <variant>
#include <vector>

#include "runtime/compute_pool.hpp"
#include "service/telegram/export_file.hpp"
#include "service/telegram/export_reader.hpp"
#include "service/telegram/job_store.hpp"
#include "service/telegram/post_store.hpp"

namespace tg::telegram {

struct ChannelCounts {
  std::string title;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t unchanged = 0;
  std::int64_t service = 0;
  std::int64_t without_text = 0;
  std::int64_t refused = 0;
};

class ImportJob {
 public:
  ImportJob(sql::Database& database, ComputePool& pool, const Clock& clock)
      : database_(database), pool_(pool), clock_(clock) {}

  // Stores the rest of the file. `on_progress` is told of each stored batch and answers false to
  // stop. The row carries state over: records done, counts, last sequence.
  Task<Result<void>> run(JobRow& row, std::filesystem::path file,
                         std::function<bool(const JobRow&)> on_progress);

 private:
  struct ServiceMessage {};
  struct Refused {
    std::string reason;
    std::int64_t message_id = 0;
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
  void keep_counts(JobRow& row) const;
  void restore_counts(const JobRow& row);
  void skip_done(Batch& batch, JobRow& row);

  sql::Database& database_;
  ComputePool& pool_;
  const Clock& clock_;
  std::unique_ptr<ExportFile> file_;
  std::unique_ptr<ExportReader> reader_;
  std::vector<Record> read_;
  std::int64_t to_skip_ = 0;
  Channel channel_;
  api::Principal owner_;
  std::map<std::int64_t, ChannelCounts> counts_;
  std::vector<std::string> reasons_;
};

}  // namespace tg::telegram
