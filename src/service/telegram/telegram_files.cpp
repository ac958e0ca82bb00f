// The part of the telegram service that saves posts as files and hands them out. Names are looked
// up among those that were written, never followed as paths.
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
  PostsFile file{.parsed_at = clock_.wall(), .channel = std::move(name), .posts = parsed->posts};
  const fs::path folder = parts_.folder / "files";
  // Two in one second would share a name: the later one takes the next second.
  std::error_code error;
  std::string stem = posts_file_stem(file.channel, file.parsed_at);
  while (fs::exists(folder / (stem + ".json"), error) ||
         fs::exists(folder / (stem + ".txt"), error)) {
    file.parsed_at += std::chrono::seconds(1);
    stem = posts_file_stem(file.channel, file.parsed_at);
  }
  if (format != api::SaveFormat::txt) parsed->files.json = stem + ".json";
  if (format != api::SaveFormat::json) parsed->files.txt = stem + ".txt";
  const std::int64_t channel = parsed->channel.id;
  // Files before rows: a row always names a file that is there. What has no row is swept.
  TG_CO_TRY_VOID(co_await pool_.run([&file, &folder, files = parsed->files]() -> Result<void> {
    if (files.json)
      TG_TRY_VOID(write_atomically(disk_files(), folder / *files.json, to_json_file(file)));
    if (files.txt)
      TG_TRY_VOID(write_atomically(disk_files(), folder / *files.txt, to_txt_file(file)));
    return disk_files().sync_folder(folder);
  }));
  TG_FAULT("files.before_rows");
  const auto noted = co_await sql::write<void>(
      database_,
      [files = parsed->files, channel, at = file.parsed_at](Connection& c) -> Result<void> {
        if (files.json) TG_TRY_VOID(insert_saved_file(c, *files.json, channel, at));
        if (files.txt) TG_TRY_VOID(insert_saved_file(c, *files.txt, channel, at));
        return {};
      });
  if (noted) co_return Result<void>();
  // The channel went meanwhile.
  std::vector<std::string> names;
  for (const auto& written : {parsed->files.json, parsed->files.txt}) {
    if (written) names.push_back(*written);
  }
  TG_CO_TRY_VOID(co_await drop_files(std::move(names)));
  co_return noted;
}

Task<Result<void>> TelegramService::drop_files(std::vector<std::string> names) {
  const fs::path folder = parts_.folder / "files";
  co_return co_await pool_.run([&folder, &names]() -> Result<void> {
    for (const std::string& name : names) TG_TRY_VOID(disk_files().remove(folder / name));
    return names.empty() ? Result<void>() : disk_files().sync_folder(folder);
  });
}

// What a crash has left behind: files whose channel was deleted, and half-written ones.
Task<Result<void>> TelegramService::sweep_files() {
  TG_CO_TRY(const auto known,
            co_await sql::read<std::vector<std::string>>(database_, all_saved_files));
  TG_CO_TRY(auto names, disk_files().list(parts_.folder / "files"));
  std::erase_if(names, [&known](const std::string& name) {
    return std::ranges::find(known, name) != known.end();
  });
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
