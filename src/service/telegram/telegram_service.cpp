#include "service/telegram/telegram_service.hpp"

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "base/text.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/run_in_gate.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/schema.hpp"

namespace tg::telegram {

using sql::Connection;

TelegramService::TelegramService(sql::Database& database, store::Bus& bus, ComputePool& pool,
                                 const Clock& clock, Executor executor, TelegramSettings settings,
                                 TelegramParts parts)
    : database_(database),
      feed_(bus, database),
      pool_(pool),
      clock_(clock),
      executor_(executor),
      settings_(std::move(settings)),
      parts_(std::move(parts)),
      disk_(parts_.folder, parts_.keep_free_bytes),
      source_(settings_.web_preview_url, settings_.telegram_proxy, pool, clock),
      pacer_(preview_pace(settings_)),
      runner_(database_, feed_, clock_, gate_, executor_, job_work()) {}

Task<Result<void>> TelegramService::start() {
  TG_CO_TRY_VOID(disk_files().make_folders(parts_.folder / "imports"));
  TG_CO_TRY_VOID(disk_files().make_folders(parts_.folder / "files"));
  TG_CO_TRY_VOID(co_await database_.migrate(kMigrations));
  TG_CO_TRY_VOID(co_await sweep_files());
  TG_CO_TRY_VOID(co_await sweep_uploads());
  TG_CO_TRY_VOID(co_await runner_.resume());
  gate_.spawn(executor_, measure_feed());
  if (parts_.watches) gate_.spawn(executor_, watch());
  co_return Result<void>();
}

Task<void> TelegramService::stop() {
  runner_.stop();
  gate_.close();
  feed_.close();
  gate_.cancel();
  co_await gate_.wait();
}

Task<Result<api::Enveloped<api::ChannelList>>> TelegramService::channels(api::Call call,
                                                                         api::Nothing) {
  api::Enveloped<api::ChannelList> reply;
  TG_CO_TRY(reply.data.channels,
            co_await sql::read<std::vector<api::ChannelView>>(
                database_, [p = call.principal](Connection& c) { return list_channels(c, p); }));
  reply.message = fmt::format("{} channels", reply.data.channels.size());
  co_return reply;
}

Task<Result<api::ChannelView>> TelegramService::channel_of(api::Call call, std::string name) {
  co_return co_await sql::read<api::ChannelView>(
      database_, [p = call.principal, name](Connection& c) { return find_channel(c, p, name); });
}

Task<Result<api::Enveloped<api::MessageList>>> TelegramService::messages(api::Call call,
                                                                         api::MessagesQuery query) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, query.id));
  api::Enveloped<api::MessageList> reply;
  TG_CO_TRY(reply.data.messages,
            co_await sql::read<std::vector<api::PostView>>(database_, [=](Connection& c) {
              return list_posts(c, call.principal, channel.id, query.limit, query.offset_id);
            }));
  reply.message = fmt::format("{} messages", reply.data.messages.size());
  co_return reply;
}

// A job that reads the channel would bring it back, so it has to end first.
Task<Result<void>> TelegramService::stop_readers(std::optional<std::string> username) {
  while (username) {
    const std::uint64_t seen = runner_.changed().version();
    TG_CO_TRY(const auto rows, co_await runner_.unfinished());
    bool reads = false;
    for (const JobRow& row : rows) {
      const auto name = json::text_in(row.request, "name");
      if (!name || !text::equals_ignoring_ascii_case(*name, *username)) continue;
      runner_.cancel(row.job.id);
      reads = true;
    }
    if (!reads) break;
    if (runner_.is_stopping()) co_return unavailable("telegram", "stopping");
    co_await runner_.changed().wait_after(seen, std::chrono::seconds(1));
  }
  co_return Result<void>();
}

Task<Result<ManagedChannel>> TelegramService::managed_channel(api::Call call, std::string name) {
  co_return co_await sql::read<ManagedChannel>(
      database_,
      [p = call.principal, name](Connection& c) { return find_managed_channel(c, p, name); });
}

Task<Result<api::Done>> TelegramService::delete_channel(api::Call call, api::ChannelId id) {
  TG_CO_TRY(const ManagedChannel channel, co_await managed_channel(call, id.id));
  if (call.principal.role != api::Role::admin && !channel.is_callers_alone) {
    co_return fail(Code::forbidden, "forbidden.role",
                   "only an admin may delete a channel that others see");
  }
  TG_CO_TRY_VOID(co_await stop_readers(channel.username));
  // Files follow their rows, whether or not the client waits for it.
  TG_CO_TRY(const std::int64_t sequence,
            co_await run_in_gate(&gate_, executor_, remove_channel(channel.id)));
  feed_.wake();
  TG_CO_TRY_VOID(co_await runner_.wait_until_searchable(sequence, {}));
  co_return api::Done{
      .message = fmt::format("{} was deleted with everything that came from it", channel.name)};
}

// Returns the newest event: once it is acknowledged, nothing of the channel is found any more.
Task<Result<std::int64_t>> TelegramService::remove_channel(std::int64_t channel_id) {
  std::vector<std::string> files;
  TG_CO_TRY(const std::int64_t sequence,
            co_await sql::write<std::int64_t>(
                database_, [&files, channel_id, this](Connection& c) -> Result<std::int64_t> {
                  TG_TRY(files, telegram::delete_channel(c, feed_, channel_id));
                  return feed_.newest(c);
                }));
  TG_FAULT("channel.after_delete_commit");
  TG_CO_TRY_VOID(co_await drop_files(std::move(files)));
  co_return sequence;
}

Task<Result<api::Done>> TelegramService::grant(api::Call call, api::GrantRequest request) {
  TG_CO_TRY(const ManagedChannel channel, co_await managed_channel(call, request.id));
  if (channel.is_account_chat || (channel.is_personal && !channel.is_visible)) {
    co_return fail(Code::forbidden, "channel.private",
                   "the chat is private: only its owner may see it");
  }
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [=](Connection& c) { return share_channel(c, channel.id, request.space); }));
  co_return api::Done{.message = "granted"};
}

Task<Result<api::Done>> TelegramService::revoke(api::Call call, api::GrantRequest request) {
  TG_CO_TRY(const ManagedChannel channel, co_await managed_channel(call, request.id));
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [=](Connection& c) { return unshare_channel(c, channel.id, request.space); }));
  co_return api::Done{.message = "revoked"};
}

Task<Result<api::VisibleAccess>> TelegramService::visible(api::Call call, api::Nothing) {
  api::VisibleAccess reply;
  TG_CO_TRY(reply.access_keys,
            co_await sql::read<std::vector<std::string>>(
                database_, [p = call.principal](Connection& c) { return visible_keys(c, p); }));
  co_return reply;
}

// Needs login to a Telegram account.
Task<Result<api::Enveloped<api::JoinedChannel>>> TelegramService::join(api::Call,
                                                                       api::ChannelName) {
  co_return not_implemented("join");
}

Task<Result<api::Enveloped<api::JoinedChannel>>> TelegramService::leave(api::Call,
                                                                        api::ChannelName) {
  co_return not_implemented("leave");
}

}  // namespace tg::telegram
