#include "service/telegram/import_job.hpp"

#include <fmt/core.h>

#include "runtime/fault.hpp"

namespace tg::telegram {
namespace {

constexpr std::size_t kBatch = 512;
constexpr std::size_t kReasonsKept = 20;

}  // namespace

Task<Result<void>> ImportJob::run(JobRow& row, std::filesystem::path file,
                                  std::function<bool(const JobRow&)> on_progress) {
  TG_CO_TRY(owner_, json::read_text<api::Principal>(row.owner));
  TG_CO_TRY(file_, ExportFile::open(file));
  reader_ = std::make_unique<ExportReader>(ExportEvents{
      .on_channel = [this](const Channel& channel) { read_.emplace_back(channel); },
      .on_post = [this](Post post) { read_.emplace_back(std::move(post)); },
      .on_service = [this] { read_.emplace_back(ServiceMessage{}); },
      .on_refused = [this](
                        std::string reason,
                        std::int64_t id) { read_.emplace_back(Refused{std::move(reason), id}); }});
  restore_counts(row);
  to_skip_ = row.records;
  while (true) {
    TG_CO_TRY(Batch batch, co_await pool_.run([this] { return read_batch(); }));
    skip_done(batch, row);
    JobRow next = row;  // a write may run twice: it starts from the same row and counts each time
    const auto counts = counts_;
    const auto reasons = reasons_;
    TG_CO_CHECK(
        co_await sql::write<void>(database_, [&](sql::Connection& connection) -> Result<void> {
          next = row;
          counts_ = counts;
          reasons_ = reasons;
          return store(connection, batch, next);
        }));
    TG_FAULT("import.after_batch_commit");
    row = std::move(next);
    if (!on_progress(row)) co_return fail(Code::conflict, "cancelled", "the job was cancelled");
    if (batch.at_end) co_return batch.end;
  }
}

Result<ImportJob::Batch> ImportJob::read_batch() {
  Batch batch;
  while (read_.size() < kBatch) {
    auto piece = file_->read();
    if (!piece || !*piece) {
      batch.at_end = true;
      batch.end = piece ? reader_->finish() : Result<void>(std::unexpected(piece.error()));
      break;
    }
    if (auto fed = reader_->feed(**piece); !fed) {
      batch.at_end = true;
      batch.end = fed;
      break;
    }
  }
  batch.records = std::exchange(read_, {});
  batch.source = reader_->source();
  batch.position = file_->position();
  batch.size = file_->size();
  return batch;
}

// What a former run has stored is passed over, but for the names of channels.
void ImportJob::skip_done(Batch& batch, JobRow&) {
  std::size_t from = 0;
  while (from < batch.records.size() && to_skip_ > 0) {
    if (const auto* channel = std::get_if<Channel>(&batch.records[from])) channel_ = *channel;
    ++from;
    --to_skip_;
  }
  batch.records.erase(batch.records.begin(),
                      batch.records.begin() + static_cast<std::ptrdiff_t>(from));
}

Result<void> ImportJob::store(sql::Connection& connection, const Batch& batch, JobRow& row) {
  const UnixMillis now = clock_.wall();
  for (const Record& record : batch.records) {
    ++row.records;
    if (const auto* channel = std::get_if<Channel>(&record)) {
      channel_ = *channel;
      const std::string grantee = channel->is_private ? api::user_access_key(owner_.user_id)
                                                      : api::space_access_key(owner_.space);
      TG_CHECK(store_channel(connection, *channel, grantee, now));
      counts_[channel_.id()].title = channel->title;
      continue;
    }
    ChannelCounts& counts = counts_[channel_.id()];
    if (const auto* post = std::get_if<Post>(&record)) {
      TG_TRY(const Change change, store_post(connection, channel_, *post, batch.source, now));
      ++(change == Change::added     ? counts.added
         : change == Change::changed ? counts.changed
                                     : counts.unchanged);
      if (post->text.empty()) ++counts.without_text;
      ++row.job.done;
    } else if (const auto* refused = std::get_if<Refused>(&record)) {
      ++counts.refused;
      if (reasons_.size() < kReasonsKept) reasons_.push_back(refused->reason);
    } else {
      ++counts.service;
    }
  }
  if (batch.position > 0) {
    row.job.total =
        std::max(row.job.done, static_cast<std::int64_t>(static_cast<double>(row.job.done) *
                                                         static_cast<double>(batch.size) /
                                                         static_cast<double>(batch.position)));
  }
  if (batch.at_end) row.job.total = row.job.done;
  TG_TRY(row.last_sequence, last_sequence(connection));
  row.job.updated_at = now;
  keep_counts(row);
  return update_job(connection, row);
}

void ImportJob::keep_counts(JobRow& row) const {
  json::Array channels;
  for (const auto& [id, counts] : counts_) {
    if (counts.title.empty()) continue;
    channels.push_back(json::Object{{"channel_id", id},
                                    {"title", counts.title},
                                    {"new", counts.added},
                                    {"changed", counts.changed},
                                    {"unchanged", counts.unchanged},
                                    {"service", counts.service},
                                    {"without_text", counts.without_text},
                                    {"refused", counts.refused}});
  }
  row.job.result["channels"] = channels;
  json::Array reasons;
  for (const std::string& reason : reasons_) reasons.emplace_back(boost::json::string(reason));
  row.job.result["refused"] = reasons;
}

void ImportJob::restore_counts(const JobRow& row) {
  const json::Value* channels = row.job.result.if_contains("channels");
  if (channels == nullptr || !channels->is_array()) return;
  for (const json::Value& value : channels->get_array()) {
    const json::Object& object = value.get_object();
    const auto number = [&object](const char* name) {
      return object.at(name).to_number<std::int64_t>();
    };
    counts_[number("channel_id")] = {.title = std::string(object.at("title").get_string()),
                                     .added = number("new"),
                                     .changed = number("changed"),
                                     .unchanged = number("unchanged"),
                                     .service = number("service"),
                                     .without_text = number("without_text"),
                                     .refused = number("refused")};
  }
}

}  // namespace tg::telegram
