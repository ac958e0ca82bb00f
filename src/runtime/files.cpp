#include "runtime/files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tg {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> os_error(std::string_view what, const fs::path& path) {
  const int error = errno;
  const Code code = error == ENOENT ? Code::not_found : Code::internal;
  return fail(code, error == ENOSPC ? "disk_full" : "file", "a file could not be used",
              fmt::format("{} {}: {}", what, path.string(), std::strerror(error)));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

class DiskFile final : public File {
 public:
  DiskFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}

  Result<void> append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return os_error("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
  }

  Result<void> sync() override {
    if (::fsync(fd_.get()) != 0) return os_error("fsync", path_);
    return {};
  }

 private:
  Descriptor fd_;
  fs::path path_;
};

class DiskMapping final : public Mapping {
 public:
  explicit DiskMapping(std::string_view bytes) : bytes_(bytes) {}
  ~DiskMapping() override {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  DiskMapping(const DiskMapping&) = delete;
  DiskMapping& operator=(const DiskMapping&) = delete;
  std::string_view bytes() const override { return bytes_; }

 private:
  std::string_view bytes_;
};

class DiskFiles final : public Files {
 public:
  Result<std::unique_ptr<File>> create(const fs::path& path) override {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return os_error("create", path);
    return std::make_unique<DiskFile>(fd, path);
  }

  Result<std::string> read(const fs::path& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("open", path);
    struct stat info{};
    if (::fstat(fd.get(), &info) != 0) return os_error("stat", path);
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = ::read(fd.get(), bytes.data() + done, bytes.size() - done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return os_error("read", path);
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  Result<std::shared_ptr<const Mapping>> map(const fs::path& path) override {
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return os_error("open", path);
    struct stat info{};
    if (::fstat(fd.get(), &info) != 0) return os_error("stat", path);
    const auto size = static_cast<std::size_t>(info.st_size);
    if (size == 0) return std::make_shared<DiskMapping>(std::string_view());
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (bytes == MAP_FAILED) return os_error("mmap", path);
    return std::make_shared<DiskMapping>(std::string_view(static_cast<const char*>(bytes), size));
  }

  Result<void> rename(const fs::path& from, const fs::path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename", from);
    return {};
  }

  Result<void> remove(const fs::path& path) override {
    if (::remove(path.c_str()) != 0 && errno != ENOENT) return os_error("remove", path);
    return {};
  }

  Result<void> sync_folder(const fs::path& folder) override {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) return os_error("fsync", folder);
    return {};
  }

  Result<void> make_folders(const fs::path& folder) override {
    if (folder.empty() || fs::is_directory(folder)) return {};
    TG_TRY_VOID(make_folders(folder.parent_path()));
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return os_error("mkdir", folder);
    return {};
  }

  Result<std::vector<std::string>> list(const fs::path& folder) override {
    std::error_code error;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      names.push_back(entry.path().filename().string());
    }
    if (error)
      return fail(Code::internal, "file", "a folder could not be read",
                  folder.string() + ": " + error.message());
    return names;
  }
};

}  // namespace

Files& disk_files() {
  static DiskFiles files;
  return files;
}

Result<void> write_atomically(Files& files, const fs::path& path, std::string_view bytes) {
  const fs::path temporary = path.string() + ".tmp";
  TG_TRY(auto file, files.create(temporary));
  TG_TRY_VOID(file->append(bytes));
  TG_TRY_VOID(file->sync());
  file.reset();
  TG_TRY_VOID(files.rename(temporary, path));
  return files.sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

}  // namespace tg
