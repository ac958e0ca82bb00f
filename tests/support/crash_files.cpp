#include "tests/support/crash_files.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace tg::testing {
namespace {

constexpr std::size_t kBlock = 512;

class BytesMapping final : public Mapping {
 public:
  explicit BytesMapping(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string bytes_;
};

std::unexpected<Error> absent(const std::filesystem::path& path) {
  return fail(Code::not_found, "file", "a file could not be used", path.string() + " is absent");
}

}  // namespace

class CrashFile final : public File {
 public:
  CrashFile(CrashFiles& files, CrashFiles::NodePtr node, std::string name)
      : files_(files), node_(std::move(node)), name_(std::move(name)) {}
  Result<void> append(std::string_view bytes) override { return files_.append(*node_, bytes); }
  Result<void> sync() override { return files_.sync(*node_, name_); }

 private:
  CrashFiles& files_;
  CrashFiles::NodePtr node_;
  std::string name_;
};

Result<void> CrashFiles::enter(const char* what) {
  const std::size_t call = ++calls_;
  const bool dead = failure_ == Failure::power && fail_call_ != 0 && call >= fail_call_;
  if (!dead && call != fail_call_) return {};
  switch (failure_) {
    case Failure::none:
      return {};
    case Failure::disk_full:
      return fail(Code::internal, "disk_full", "a file could not be used", what);
    case Failure::io_error:
    case Failure::short_write:
    case Failure::power:
      break;
  }
  return fail(Code::internal, "file", "a file could not be used", what);
}

CrashFiles::Folder* CrashFiles::folder_of(const Path& path) {
  const auto found = folders_.find(path);
  return found == folders_.end() ? nullptr : &found->second;
}

void CrashFiles::apply(std::map<std::string, NodePtr>& entries, const Change& change) {
  if (!change.also_removed.empty()) entries.erase(change.also_removed);
  if (change.node) {
    entries[change.name] = change.node;
  } else {
    entries.erase(change.name);
  }
}

Result<std::unique_ptr<File>> CrashFiles::create(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("create"));
  Folder* const folder = folder_of(path.parent_path());
  if (folder == nullptr) return absent(path);
  const std::string name = path.filename().string();
  const Change change{name, std::make_shared<Node>(), {}};
  apply(folder->now, change);
  folder->pending.push_back(change);
  return std::make_unique<CrashFile>(*this, change.node, name);
}

Result<void> CrashFiles::append(Node& node, std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  if (auto entered = enter("append"); !entered) {
    if (failure_ == Failure::short_write) node.bytes += bytes.substr(0, bytes.size() / 2);
    return entered;
  }
  node.bytes += bytes;
  return {};
}

Result<void> CrashFiles::sync(Node& node, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  if (auto entered = enter("sync"); !entered) {
    for (std::size_t at = node.durable / kBlock; at * kBlock < node.bytes.size(); ++at)
      node.unsafe.insert(at);
    return entered;
  }
  if (!lie_.empty() && name.find(lie_) != std::string::npos) return {};
  node.durable = node.bytes.size();
  return {};
}

Result<std::string> CrashFiles::read(const Path& path) {
  TG_TRY(const auto mapping, map(path));
  return std::string(mapping->bytes());
}

Result<std::shared_ptr<const Mapping>> CrashFiles::map(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("read"));
  Folder* const folder = folder_of(path.parent_path());
  if (folder == nullptr) return absent(path);
  const auto found = folder->now.find(path.filename().string());
  if (found == folder->now.end()) return absent(path);
  return std::make_shared<BytesMapping>(found->second->bytes);
}

Result<void> CrashFiles::rename(const Path& from, const Path& to) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("rename"));
  if (auto node = folders_.extract(from)) {
    node.key() = to;
    folders_.insert(std::move(node));
    return {};
  }
  Folder* const folder = folder_of(from.parent_path());
  if (folder == nullptr || from.parent_path() != to.parent_path()) return absent(from);
  const auto found = folder->now.find(from.filename().string());
  if (found == folder->now.end()) return absent(from);
  const Change change{to.filename().string(), found->second, from.filename().string()};
  apply(folder->now, change);
  folder->pending.push_back(change);
  return {};
}

Result<void> CrashFiles::remove(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("remove"));
  if (const auto empty = folders_.find(path); empty != folders_.end()) {
    if (!empty->second.now.empty()) return internal(path.string() + " is not empty");
    folders_.erase(empty);
    return {};
  }
  Folder* const folder = folder_of(path.parent_path());
  if (folder == nullptr) return {};
  const Change change{path.filename().string(), nullptr, {}};
  apply(folder->now, change);
  folder->pending.push_back(change);
  return {};
}

Result<void> CrashFiles::sync_folder(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("sync_folder"));
  Folder* const folder = folder_of(path);
  if (folder == nullptr) return absent(path);
  if (!lie_.empty() && path.string().find(lie_) != std::string::npos) return {};
  folder->durable = folder->now;
  folder->pending.clear();
  return {};
}

// Changes of folders themselves (made, renamed, removed) are taken as durable at once.
Result<void> CrashFiles::make_folders(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("make_folders"));
  for (Path folder = path; !folder.empty() && folder != folder.root_path();
       folder = folder.parent_path()) {
    folders_.try_emplace(folder);
  }
  return {};
}

Result<std::vector<std::string>> CrashFiles::list(const Path& path) {
  const std::scoped_lock lock(mutex_);
  TG_TRY_VOID(enter("list"));
  Folder* const folder = folder_of(path);
  if (folder == nullptr) return absent(path);
  std::vector<std::string> names;
  for (const auto& [name, node] : folder->now) names.push_back(name);
  for (const auto& [below, content] : folders_) {
    if (below.parent_path() == path) names.push_back(below.filename().string());
  }
  return names;
}

std::string CrashFiles::all_bytes(const Path& under) const {
  const std::scoped_lock lock(mutex_);
  std::string all;
  for (const auto& [path, folder] : folders_) {
    if (!path.string().starts_with(under.string())) continue;
    for (const auto& [name, node] : folder.now) all += node->bytes;
  }
  return all;
}

void CrashFiles::fail_at(std::size_t call, Failure failure) {
  const std::scoped_lock lock(mutex_);
  calls_ = 0;
  fail_call_ = call;
  failure_ = failure;
}

std::size_t CrashFiles::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

void CrashFiles::tear(Node& node, std::mt19937_64& random) {
  const std::size_t loose = node.bytes.size() - node.durable;
  // Often all or nothing; otherwise a random prefix.
  const std::size_t kept = random() % 3 == 0   ? 0
                           : random() % 3 == 0 ? loose
                                               : random() % (loose + 1);
  node.bytes.resize(node.durable + kept);
  const bool torn = random() % 2 == 0;
  for (std::size_t block = 0; block * kBlock < node.bytes.size(); ++block) {
    const std::size_t from = std::max(block * kBlock, node.durable);
    const std::size_t until = std::min((block + 1) * kBlock, node.bytes.size());
    const bool given_up = node.unsafe.contains(block);
    if ((from < until && torn && random() % 3 == 0) || (given_up && random() % 2 == 0)) {
      std::fill(node.bytes.begin() + static_cast<std::ptrdiff_t>(given_up ? block * kBlock : from),
                node.bytes.begin() + static_cast<std::ptrdiff_t>(until), '\0');
    }
  }
  node.durable = node.bytes.size();
  node.unsafe.clear();
}

void CrashFiles::restart(std::uint64_t seed) {
  const std::scoped_lock lock(mutex_);
  std::mt19937_64 random(seed);
  for (auto& [path, folder] : folders_) {
    const std::size_t kept = random() % (folder.pending.size() + 1);
    for (std::size_t i = 0; i < kept; ++i) apply(folder.durable, folder.pending[i]);
    folder.pending.clear();
    std::set<Node*> torn;
    for (auto& [name, node] : folder.durable) {
      // Files that the crashed process still has open keep their old node.
      node = std::make_shared<Node>(*node);
      if (torn.insert(node.get()).second) tear(*node, random);
    }
    folder.now = folder.durable;
  }
  calls_ = 0;
  fail_call_ = 0;
  failure_ = Failure::none;
}

}  // namespace tg::testing
