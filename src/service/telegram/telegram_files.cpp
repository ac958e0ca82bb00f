// The part of the telegram service that saves posts as files and serves these. Names are looked up
// in the database, never used as paths.
#include <algorithm>

#include <fmt/core.h>

#include "api/file_source.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "service/telegram/posts_files.hpp"
#include "service/telegram/saved_file_store.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

namespace fs = std::filesystem;
using sql::Connection;

Task<Result<void>> TelegramService::save_files(api::ParsedChannel* parsed, std::string name,
                                               api::SaveFormat format) {
  // Posts of a channel with a public name were read from t.me just now, others from the tables.
  const bool is_shared = parsed->channel.username.has_value();
  PostsFile file{.parsed_at = clock_.wall(), .channel = std::move(name), .posts = parsed->posts};
  TG_CO_TRY(file.peer, co_await sql::read<std::optional<Channel>>(
                           database_, [id = parsed->channel.id](Connection& c) {
                             return account_chat(c, id);
                           }));
  const fs::path folder = parts_.folder / "files";
  std::vector<PendingFiles::Draft> drafts = name_files(file, format);
  for (const PendingFiles::Draft& draft : drafts) {
    const bool is_json = draft.path().extension() == ".json";
    (is_json ? parsed->files.json : parsed->files.txt) = draft.path().filename().string();
  }
  const std::int64_t channel = parsed->channel.id;
  // Files before rows, so that a row always names a file that exists. Until the rows are committed
  // the drafts remove the files: on an error, or when the caller is cancelled.
  TG_CO_TRY_VOID(co_await pool_.run([&file, &folder, files = parsed->files]() -> Result<void> {
    if (files.json)
      TG_TRY_VOID(write_atomically(disk_files(), folder / *files.json, to_json_file(file)));
    if (files.txt)
      TG_TRY_VOID(write_atomically(disk_files(), folder / *files.txt, to_txt_file(file)));
    return disk_files().sync_folder(folder);
  }));
  TG_FAULT("files.before_rows");
  TG_CO_TRY_VOID(co_await sql::write<void>(database_,
                                           [files = parsed->files, channel, is_shared,
                                            at = file.parsed_at](Connection& c) -> Result<void> {
                                             for (const auto& name : {files.json, files.txt}) {
                                               if (name)
                                                 TG_TRY_VOID(insert_saved_file(c, *name, channel,
                                                                               is_shared, at));
                                             }
                                             return {};
                                           }));
  for (PendingFiles::Draft& draft : drafts) draft.keep();
  co_return Result<void>();
}

// Two saves within one second would share a name: the later one takes the next second.
std::vector<PendingFiles::Draft> TelegramService::name_files(PostsFile& file,
                                                             api::SaveFormat format) {
  std::vector<std::string> endings;
  if (format != api::SaveFormat::txt) endings.emplace_back(".json");
  if (format != api::SaveFormat::json) endings.emplace_back(".txt");
  while (true) {
    const fs::path path = parts_.folder / "files" / posts_file_stem(file.channel, file.parsed_at);
    std::error_code error;
    std::vector<PendingFiles::Draft> drafts;
    for (const std::string& ending : endings) {
      if (fs::exists(path.string() + ending, error)) break;
      auto draft = pending_.add(path.string() + ending);
      if (!draft) break;
      drafts.push_back(*std::move(draft));
    }
    if (drafts.size() == endings.size()) return drafts;
    file.parsed_at += std::chrono::seconds(1);
  }
}

Task<Result<void>> TelegramService::drop_files(std::vector<std::string> names) {
  const fs::path folder = parts_.folder / "files";
  co_return co_await pool_.run([&folder, &names]() -> Result<void> {
    for (const std::string& name : names) TG_TRY_VOID(disk_files().remove(folder / name));
    return names.empty() ? Result<void>() : disk_files().sync_folder(folder);
  });
}

// Removes files without a row, and half-written ones. The order matters: a file that is listed and
// no longer pending has its row by now, or is gone.
Task<Result<void>> TelegramService::sweep_files() {
  const fs::path folder = parts_.folder / "files";
  TG_CO_TRY(auto names, disk_files().list(folder));
  std::set<std::string> needed;
  for (const fs::path& path : pending_.paths()) {
    needed.insert(path.filename().string());
    needed.insert(path.filename().string() + ".tmp");  // as write_atomically() calls it
  }
  TG_CO_TRY(const auto known,
            co_await sql::read<std::vector<std::string>>(database_, all_saved_files));
  needed.insert(known.begin(), known.end());
  std::erase_if(names, [&needed](const std::string& name) { return needed.contains(name); });
  co_return co_await drop_files(std::move(names));
}

Task<Result<api::Enveloped<api::SavedFileList>>> TelegramService::files(api::Call call,
                                                                        api::Nothing) {
  TG_CO_TRY(const auto rows,
            co_await sql::read<std::vector<SavedFileRow>>(
                database_, [p = call.principal](Connection& c) { return list_saved_files(c, p); }));
  const fs::path folder = parts_.folder / "files";
  api::Enveloped<api::SavedFileList> reply;
  TG_CO_TRY(reply.data.files,
            co_await pool_.run([&folder, &rows]() -> Result<std::vector<api::SavedFile>> {
              std::vector<api::SavedFile> files;
              for (const SavedFileRow& row : rows) {
                std::error_code error;
                const auto size = fs::file_size(folder / row.filename, error);
                if (!error)
                  files.push_back({row.filename, static_cast<std::int64_t>(size), row.created});
              }
              return files;
            }));
  reply.message = fmt::format("{} files", reply.data.files.size());
  co_return reply;
}

Task<Result<api::FileReply>> TelegramService::file(api::Call call, api::FileName name) {
  TG_CO_TRY(const bool is_known,
            co_await sql::read<bool>(database_, [p = call.principal, name](Connection& c) {
              return may_see_file(c, p, name.filename);
            }));
  if (!is_known) co_return not_found("file");
  const fs::path path = parts_.folder / "files" / name.filename;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error || fs::is_symlink(path, error)) co_return not_found("file");
  auto bytes = api::file_source(path, &pool_);
  if (!bytes) co_return not_found("file");
  co_return api::FileReply{.filename = name.filename,
                           .content_type = name.filename.ends_with(".json")
                                               ? "application/json"
                                               : "text/plain; charset=utf-8",
                           .size = size,
                           .bytes = *std::move(bytes)};
}

}  // namespace tg::telegram
