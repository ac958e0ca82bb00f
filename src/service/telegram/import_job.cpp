#include "service/telegram/import_job.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "runtime/fault.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/post_store.hpp"

namespace tg::telegram {
namespace {

constexpr std::size_t kBatch = 512;
constexpr std::string_view kChannelOfOthers =
    "the channel belongs to another space: ask an admin to share it, or, if it is public, read it "
    "from Telegram (telegnosis add)";
constexpr std::string_view kGuestsFile =
    "the channel belongs to another space: new posts are read from Telegram (telegnosis add) or "
    "imported by an admin";
constexpr std::string_view kUnknownPeer =
    "channel_id: must be of a chat of yours; a file of another chat needs a `peer` in each post";

ExportEvents events_into(auto& records) {
  using Records = std::remove_reference_t<decltype(records)>;
  using Record = typename Records::value_type;
  return {.on_channel = [&records](const Channel& channel) { records.emplace_back(channel); },
          .on_post = [&records](Post post) { records.emplace_back(std::move(post)); },
          .on_service = [&records] { records.push_back(Record(std::in_place_index<2>)); },
          .on_refused =
              [&records](std::string reason, std::int64_t) {
                records.push_back(Record(std::in_place_index<3>, std::move(reason)));
              }};
}

}  // namespace

Task<Result<void>> ImportJob::run(JobRow* row, std::filesystem::path file,
                                  std::function<bool(const JobRow&)> on_progress) {
  TG_CO_TRY(owner_, json::read_text<api::Principal>(row->owner));
  TG_CO_TRY(file_, co_await pool_.run([&file] { return ExportFile::open(file); }));
  reader_ = std::make_unique<ExportReader>(events_into(read_));
  report_ = ImportReport::of(row->job.result);
  to_skip_ = row->records;
  while (true) {
    TG_CO_TRY_VOID(check_disk());
    TG_CO_TRY(Batch batch, co_await pool_.run([this] { return read_batch(); }));
    skip_done(batch);
    JobRow next;
    const ImportReport report = report_;
    const Channel channel = channel_;
    // A write may run twice: it starts from the same state each time.
    TG_CO_TRY_VOID(
        co_await sql::write<void>(database_, [&](sql::Connection& connection) -> Result<void> {
          next = *row;
          report_ = report;
          channel_ = channel;
          return store(connection, batch, next);
        }));
    TG_FAULT("import.after_batch_commit");
    *row = std::move(next);
    if (!on_progress(*row)) co_return fail(Code::conflict, "cancelled", "the job was cancelled");
    if (batch.at_end) co_return batch.end;
  }
}

Result<void> ImportJob::check_disk() const {
  auto room = disk_.check();
  if (!room)
    room.error().message += "; what was read is stored: make room and import the file again";
  return room;
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

// Skips the records that a former run has stored; channel_ is kept up to date all the same.
void ImportJob::skip_done(Batch& batch) {
  std::size_t from = 0;
  while (from < batch.records.size() && to_skip_ > 0) {
    if (const auto* channel = std::get_if<Channel>(&batch.records[from])) channel_ = *channel;
    ++from;
    --to_skip_;
  }
  batch.records.erase(batch.records.begin(),
                      batch.records.begin() + static_cast<std::ptrdiff_t>(from));
}

// An admin's import is trusted: it may add to any channel, and guests see it.
bool ImportJob::is_admins() const {
  return owner_.role == api::Role::admin;
}

// Finds out which stored channel channel_ is and what its importer may do with it.
Result<void> ImportJob::look_up_channel(sql::Connection& connection) {
  refusal_ = {};
  if (channel_.kind == PeerKind::channel) {
    TG_TRY(standing_, standing_of(connection, owner_, channel_.id()));
    if (standing_ == Standing::closed) refusal_ = kChannelOfOthers;
    return {};
  }
  standing_ = Standing::own;
  if (channel_.stored_id && channel_.bare_id != 0) return {};
  channel_.account = owner_.user_id;
  TG_TRY(const bool is_known, identify_chat(connection, channel_));
  if (is_known) {
    channel_.stored_id = channel_.id();
  } else {
    refusal_ = kUnknownPeer;
  }
  return {};
}

// A posts file does not say who may see a channel: if the importer sees it already, its grants stay
// as they are.
Result<void> ImportJob::store_channel_record(sql::Connection& connection, Source source,
                                             UnixMillis now) {
  TG_TRY_VOID(look_up_channel(connection));
  report_.name(channel_.id(), channel_.title);
  if (!refusal_.empty() || (standing_ != Standing::own && !is_admins())) return {};
  const std::string grantee = channel_.is_private ? api::user_access_key(owner_.user_id)
                                                  : api::space_access_key(owner_.space);
  TG_TRY(const bool sees, sees_channel(connection, owner_, channel_.id()));
  TG_TRY_VOID(store_channel(connection, channel_, now));
  if (source == Source::posts_file && sees) return {};
  return grant_channel(connection, channel_.id(), grantee, standing_);
}

Result<void> ImportJob::store_post_record(sql::Connection& connection, Post post, Source source,
                                          UnixMillis now, JobRow& row) {
  // A forged time after the file's arrival must not win over all later edits.
  if (post.edited) post.edited = std::min(*post.edited, row.job.created_at);
  if (post.seen_at) post.seen_at = std::min(*post.seen_at, row.job.created_at);
  post.is_shared = is_admins() || channel_.kind != PeerKind::channel;
  auto change = Change::unchanged;
  if (standing_ == Standing::own || is_admins()) {
    TG_TRY(change, store_post(connection, feed_, channel_, post, source, now));
  } else {
    TG_TRY(const bool is_there, has_shared_post(connection, channel_.id(), post));
    if (!is_there) {
      report_.count_refused(channel_.id(), std::string(kGuestsFile));
      return {};
    }
  }
  report_.count(channel_.id(), post, change);
  ++row.job.done;
  return {};
}

Result<void> ImportJob::store(sql::Connection& connection, const Batch& batch, JobRow& row) {
  const UnixMillis now = clock_.wall();
  // If the channel has been deleted between two batches, the rest of it is not wanted.
  bool is_wanted = true;
  if (channel_.id() != 0) {
    TG_TRY_VOID(look_up_channel(connection));
    if (refusal_.empty()) {
      TG_TRY(is_wanted, has_channel(connection, channel_.id()));
    }
    if (!is_wanted) report_.forget(channel_.id());
  }
  for (const Record& record : batch.records) {
    ++row.records;
    if (const auto* channel = std::get_if<Channel>(&record)) {
      channel_ = *channel;
      is_wanted = true;
      TG_TRY_VOID(store_channel_record(connection, batch.source, now));
    } else if (!is_wanted) {
      continue;
    } else if (!refusal_.empty()) {
      report_.count_refused(channel_.id(), std::string(refusal_));
    } else if (const auto* post = std::get_if<Post>(&record)) {
      TG_TRY_VOID(store_post_record(connection, *post, batch.source, now, row));
    } else if (const auto* refused = std::get_if<Refused>(&record)) {
      report_.count_refused(channel_.id(), refused->reason);
    } else {
      report_.count_service(channel_.id());
    }
  }
  row.job.total = estimate(batch, row.job.done);
  TG_TRY(row.last_sequence, feed_.newest(connection));
  row.job.updated_at = now;
  report_.write(row.job.result);
  return update_job(connection, row);
}

// From the share of the file that has been read.
std::int64_t ImportJob::estimate(const Batch& batch, std::int64_t done) {
  if (batch.at_end || batch.position == 0) return done;
  const double share = static_cast<double>(batch.position) / static_cast<double>(batch.size);
  return std::max(done, static_cast<std::int64_t>(static_cast<double>(done) / share));
}

}  // namespace tg::telegram
