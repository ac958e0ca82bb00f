#include "tests/support/crash_vfs.hpp"

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>

#include <sqlite3.h>

#include "base/ids.hpp"

namespace tg::testing {
namespace {

constexpr std::size_t kBlock = 512;

sqlite3_vfs* real_vfs() {
  return sqlite3_vfs_find(nullptr);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

// The functions that SQLite calls. In memory, a File is followed by the file of the real VFS.
struct CrashVfsCalls {
  struct File {
    sqlite3_file base;
    CrashVfs* disk;
    CrashVfs::NodePtr node;  // null: a temporary file
    std::string path;
    bool syncs_folder;  // with its first sync
  };

  static File& ours(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
  }
  static CrashVfs& disk(sqlite3_vfs* vfs) { return *static_cast<CrashVfs*>(vfs->pAppData); }

  // --- one file ---

  static int close(sqlite3_file* file) {
    const int code = real(file)->pMethods->xClose(real(file));
    {
      const std::scoped_lock lock(ours(file).disk->mutex_);
      --ours(file).disk->open_files_;
    }
    ours(file).~File();
    return code;
  }

  static int read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
    return real(file)->pMethods->xRead(real(file), out, size, offset);
  }

  static int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    File& own = ours(file);
    if (!own.node) return real(file)->pMethods->xWrite(real(file), data, size, offset);
    const std::scoped_lock lock(own.disk->mutex_);
    const CrashVfs::Failure failure = own.disk->enter();
    const int done = failure == CrashVfs::Failure::none ? size : size / 2;
    own.disk->change(*own.node, {.offset = offset,
                                 .bytes = std::string(static_cast<const char*>(data),
                                                      static_cast<std::size_t>(done))});
    if (const int code = real(file)->pMethods->xWrite(real(file), data, done, offset)) return code;
    if (failure == CrashVfs::Failure::none) return SQLITE_OK;
    return failure == CrashVfs::Failure::disk_full ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }

  static int truncate(sqlite3_file* file, sqlite3_int64 size) {
    File& own = ours(file);
    if (!own.node) return real(file)->pMethods->xTruncate(real(file), size);
    const std::scoped_lock lock(own.disk->mutex_);
    if (own.disk->enter() != CrashVfs::Failure::none) return SQLITE_IOERR_TRUNCATE;
    own.disk->change(*own.node, {.offset = size, .bytes = {}, .is_truncation = true});
    return real(file)->pMethods->xTruncate(real(file), size);
  }

  static int sync(sqlite3_file* file, int) {
    File& own = ours(file);
    if (!own.node) return SQLITE_OK;
    const std::scoped_lock lock(own.disk->mutex_);
    const bool fails = own.disk->enter() != CrashVfs::Failure::none;
    if (!fails && !own.disk->lie_.empty() && own.path.ends_with(own.disk->lie_)) return SQLITE_OK;
    own.disk->sync(*own.node, !fails);
    if (fails) return SQLITE_IOERR_FSYNC;
    if (std::exchange(own.syncs_folder, false)) own.disk->sync_names();
    return SQLITE_OK;
  }

  static int size(sqlite3_file* file, sqlite3_int64* out) {
    return real(file)->pMethods->xFileSize(real(file), out);
  }
  static int lock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xLock(real(file), level);
  }
  static int unlock(sqlite3_file* file, int level) {
    return real(file)->pMethods->xUnlock(real(file), level);
  }
  static int is_reserved(sqlite3_file* file, int* out) {
    return real(file)->pMethods->xCheckReservedLock(real(file), out);
  }
  static int control(sqlite3_file* file, int what, void* value) {
    if (what == SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
    return real(file)->pMethods->xFileControl(real(file), what, value);
  }
  static int sector_size(sqlite3_file*) { return kBlock; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  // The shared memory of the log is rebuilt after a crash, so it is not part of the disk.
  static int shared_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** out) {
    return real(file)->pMethods->xShmMap(real(file), page, bytes, extend, out);
  }
  static int shared_lock(sqlite3_file* file, int offset, int n, int flags) {
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
  }
  static void shared_barrier(sqlite3_file* file) { real(file)->pMethods->xShmBarrier(real(file)); }
  static int shared_unmap(sqlite3_file* file, int remove) {
    return real(file)->pMethods->xShmUnmap(real(file), remove);
  }

  static const sqlite3_io_methods* methods() {
    static const sqlite3_io_methods all = [] {
      sqlite3_io_methods made{};
      made.iVersion = 2;
      made.xClose = close;
      made.xRead = read;
      made.xWrite = write;
      made.xTruncate = truncate;
      made.xSync = sync;
      made.xFileSize = size;
      made.xLock = lock;
      made.xUnlock = unlock;
      made.xCheckReservedLock = is_reserved;
      made.xFileControl = control;
      made.xSectorSize = sector_size;
      made.xDeviceCharacteristics = characteristics;
      made.xShmMap = shared_map;
      made.xShmLock = shared_lock;
      made.xShmBarrier = shared_barrier;
      made.xShmUnmap = shared_unmap;
      return made;
    }();
    return &all;
  }

  // --- the folder ---

  static int open(sqlite3_vfs* vfs, sqlite3_filename path, sqlite3_file* file, int flags,
                  int* out_flags) {
    CrashVfs& disk = CrashVfsCalls::disk(vfs);
    const std::scoped_lock lock(disk.mutex_);
    file->pMethods = nullptr;
    const bool was_there = path != nullptr && std::filesystem::exists(path);
    const int code = real_vfs()->xOpen(real_vfs(), path, real(file), flags, out_flags);
    if (code != SQLITE_OK) return code;
    File& own = *new (file) File{.base = {.pMethods = methods()},
                                 .disk = &disk,
                                 .node = nullptr,
                                 .path = path == nullptr ? "" : path,
                                 .syncs_folder = false};
    ++disk.open_files_;
    if (path == nullptr || (flags & SQLITE_OPEN_DELETEONCLOSE) != 0) return SQLITE_OK;
    own.syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 &&
                       (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    CrashVfs::NodePtr& node = disk.now_[own.path];
    if (!node) {
      node = std::make_shared<CrashVfs::Node>();
      if (was_there) {
        node->bytes = read_file(own.path);
        disk.durable_[own.path] = node;
      } else {
        disk.name_changed(own.path, node);
      }
    }
    own.node = node;
    return SQLITE_OK;
  }

  static int remove(sqlite3_vfs* vfs, const char* path, int syncs_folder) {
    CrashVfs& disk = CrashVfsCalls::disk(vfs);
    const std::scoped_lock lock(disk.mutex_);
    if (disk.now_.contains(path)) {
      if (disk.enter() != CrashVfs::Failure::none) return SQLITE_IOERR_DELETE;
      disk.now_.erase(path);
      disk.name_changed(path, nullptr);
      if (syncs_folder != 0) disk.sync_names();
    }
    return real_vfs()->xDelete(real_vfs(), path, 0);
  }

  static int access(sqlite3_vfs*, const char* path, int flags, int* out) {
    return real_vfs()->xAccess(real_vfs(), path, flags, out);
  }
  static int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
    return real_vfs()->xFullPathname(real_vfs(), path, size, out);
  }
  static int randomness(sqlite3_vfs*, int size, char* out) {
    return real_vfs()->xRandomness(real_vfs(), size, out);
  }
  static int sleep(sqlite3_vfs*, int microseconds) {
    return real_vfs()->xSleep(real_vfs(), microseconds);
  }
  static int current_time(sqlite3_vfs*, double* out) {
    return real_vfs()->xCurrentTime(real_vfs(), out);
  }
  static int last_error(sqlite3_vfs*, int size, char* out) {
    return real_vfs()->xGetLastError(real_vfs(), size, out);
  }
  static int current_millis(sqlite3_vfs*, sqlite3_int64* out) {
    return real_vfs()->xCurrentTimeInt64(real_vfs(), out);
  }
};

CrashVfs::CrashVfs() : name_("crash_" + random_hex(6)), vfs_(std::make_unique<sqlite3_vfs>()) {
  *vfs_ = {};
  vfs_->iVersion = 2;
  vfs_->szOsFile = static_cast<int>(sizeof(CrashVfsCalls::File)) + real_vfs()->szOsFile;
  vfs_->mxPathname = real_vfs()->mxPathname;
  vfs_->zName = name_.c_str();
  vfs_->pAppData = this;
  vfs_->xOpen = CrashVfsCalls::open;
  vfs_->xDelete = CrashVfsCalls::remove;
  vfs_->xAccess = CrashVfsCalls::access;
  vfs_->xFullPathname = CrashVfsCalls::full_path;
  vfs_->xRandomness = CrashVfsCalls::randomness;
  vfs_->xSleep = CrashVfsCalls::sleep;
  vfs_->xCurrentTime = CrashVfsCalls::current_time;
  vfs_->xGetLastError = CrashVfsCalls::last_error;
  vfs_->xCurrentTimeInt64 = CrashVfsCalls::current_millis;
  sqlite3_vfs_register(vfs_.get(), 0);
}

CrashVfs::~CrashVfs() {
  assert(open_files_ == 0);
  sqlite3_vfs_unregister(vfs_.get());
}

void CrashVfs::fail_at(std::size_t call, Failure failure) {
  const std::scoped_lock lock(mutex_);
  calls_ = 0;
  fail_call_ = call;
  failure_ = failure;
}

std::size_t CrashVfs::calls() const {
  const std::scoped_lock lock(mutex_);
  return calls_;
}

void CrashVfs::lie_about_sync(std::string ending) {
  const std::scoped_lock lock(mutex_);
  lie_ = std::move(ending);
}

CrashVfs::Failure CrashVfs::enter() {
  const std::size_t call = ++calls_;
  const bool is_dead = failure_ == Failure::power && fail_call_ != 0 && call >= fail_call_;
  return is_dead || call == fail_call_ ? failure_ : Failure::none;
}

void CrashVfs::change(Node& node, Change change) {
  node.changes.push_back(std::move(change));
}

void CrashVfs::sync(Node& node, bool is_done) {
  for (Change& change : node.changes) {
    if (change.state == Change::State::loose)
      change.state = is_done ? Change::State::synced : Change::State::given_up;
  }
  auto change = node.changes.begin();
  for (; change != node.changes.end() && change->state == Change::State::synced; ++change)
    apply(node.bytes, *change);
  node.changes.erase(node.changes.begin(), change);
}

void CrashVfs::name_changed(const std::string& path, NodePtr node) {
  loose_names_.emplace_back(path, std::move(node));
}

void CrashVfs::sync_names() {
  durable_ = now_;
  loose_names_.clear();
}

void CrashVfs::apply(std::string& bytes, const Change& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.is_truncation) return bytes.resize(offset);
  if (bytes.size() < offset + change.bytes.size()) bytes.resize(offset + change.bytes.size());
  bytes.replace(offset, change.bytes.size(), change.bytes);
}

std::string CrashVfs::after_a_cut(const Node& node, std::mt19937_64& random) {
  std::string bytes = node.bytes;
  // Often all or nothing of the unsynced changes; otherwise a random part.
  const auto fate = random() % 4;
  for (const Change& change : node.changes) {
    if (change.state == Change::State::synced || fate == 0) {
      apply(bytes, change);
    } else if (fate == 1) {
      continue;
    } else if (change.is_truncation) {
      if (random() % 2 == 0) apply(bytes, change);
    } else {
      for (std::size_t at = 0; at < change.bytes.size(); at += kBlock) {
        if (random() % 3 == 0) continue;
        apply(bytes, {.offset = change.offset + static_cast<std::int64_t>(at),
                      .bytes = change.bytes.substr(at, kBlock)});
      }
    }
  }
  return bytes;
}

void CrashVfs::restart(std::uint64_t seed) {
  const std::scoped_lock lock(mutex_);
  assert(open_files_ == 0);
  std::mt19937_64 random(seed);
  const std::size_t kept = random() % (loose_names_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) durable_[loose_names_[i].first] = loose_names_[i].second;
  for (const auto& [path, node] : now_) {
    std::filesystem::remove(path);
    std::filesystem::remove(path + "-shm");
  }
  now_.clear();
  for (const auto& [path, node] : durable_) {
    if (!node) continue;
    const auto fresh = now_[path] = std::make_shared<Node>();
    fresh->bytes = after_a_cut(*node, random);
    std::ofstream(path, std::ios::binary) << fresh->bytes;
  }
  durable_ = now_;
  loose_names_.clear();
  calls_ = 0;
  fail_call_ = 0;
  failure_ = Failure::none;
}

}  // namespace tg::testing
