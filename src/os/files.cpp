#include "os/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.hpp"
#include "os/descriptor.hpp"

namespace batchctl::os {

namespace {

constexpr mode_t kOwnerOnlyDirectory = 0700;
constexpr mode_t kOwnerOnlyFile = 0600;

Fatal disk_error(std::string_view verb, const std::string& path, int number) {
  const std::string message = fmt::format("cannot {} {}: {}", verb, path, std::generic_category().message(number));
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return {ExitCode::failed, "disk_full", message, "make room on this disk, then run the command again"};
    case EACCES:
    case EPERM:
    case EROFS:
      return {ExitCode::failed, "not_writable", message, "make the place writable for you, or choose another one"};
    default:
      return {ExitCode::failed, "disk", message, "see to the disk or the path, then run the command again"};
  }
}

/// The directory that holds `path`, as text that open() takes.
std::string parent_of(const std::string& path) {
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const std::size_t slash = path.find_last_of('/', end);
  if (slash == std::string::npos) return ".";
  const std::size_t last = path.find_last_not_of('/', slash);
  return last == std::string::npos ? "/" : path.substr(0, last + 1);
}

/// Makes the names in a directory durable. A directory that we may write but not read, and a file system that cannot
/// sync directories, give no such promise; the rename stands all the same.
void sync_directory(const std::string& path) {
  const Descriptor directory(uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory.is_open()) {
    if (errno == EACCES) return;
    throw disk_error("sync", path, errno);
  }
  if (uninterrupted([&] { return ::fsync(directory.number()); }) != 0 && errno != EINVAL) {
    throw disk_error("sync", path, errno);
  }
}

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/// flock belongs to the open file: closing it, in whatever way, gives the lock back.
class HeldLock final : public FileLock {
 public:
  explicit HeldLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;
};

/// For people who look into the file. The lock does not depend on it, so a full disk is no error here.
void write_process_id(const Descriptor& file) {
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.number(), 0) != 0) return;
  [[maybe_unused]] const ssize_t written = ::pwrite(file.number(), text.data(), text.size(), 0);
}

}  // namespace

void DiskFiles::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), kOwnerOnlyDirectory) == 0) {
    sync_directory(parent_of(path));
    return;
  }
  const int problem = errno;
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) {  // asked of the disk: mkdir names a read-only disk before an existing path
    if (S_ISDIR(facts.st_mode)) return;
    throw disk_error("make directory", path, ENOTDIR);
  }
  const std::string parent = parent_of(path);
  if (problem != ENOENT || parent == path) throw disk_error("make directory", path, problem);
  make_directory(parent);
  if (::mkdir(path.c_str(), kOwnerOnlyDirectory) != 0 && errno != EEXIST) {
    throw disk_error("make directory", path, errno);
  }
  sync_directory(parent);
}

void DiskFiles::publish(const std::string& from, const std::string& to) {
  const Descriptor file(uninterrupted([&] { return ::open(from.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!file.is_open()) throw disk_error("read", from, errno);
  if (uninterrupted([&] { return ::fsync(file.number()); }) != 0) throw disk_error("write", from, errno);
  if (::rename(from.c_str(), to.c_str()) != 0) throw disk_error("write", to, errno);
  sync_directory(parent_of(to));
}

bool DiskFiles::exists(const std::string& path) const {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw disk_error("look at", path, errno);
}

std::uint64_t DiskFiles::size(const std::string& path) const {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) throw disk_error("look at", path, errno);
  return static_cast<std::uint64_t>(facts.st_size);
}

void DiskFiles::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR) throw disk_error("remove", path, errno);
}

void DiskFiles::remove_tree(const std::string& path) {
  std::error_code problem;
  std::filesystem::remove_all(path, problem);
  if (problem) throw disk_error("remove", path, problem.value());
}

std::uint64_t DiskFiles::free_bytes(const std::string& path) const {
  struct statvfs facts {};
  std::string place = path;
  while (uninterrupted([&] { return ::statvfs(place.c_str(), &facts); }) != 0) {
    const std::string parent = parent_of(place);
    if ((errno != ENOENT && errno != ENOTDIR) || parent == place) throw disk_error("look at", path, errno);
    place = parent;
  }
  return std::uint64_t{facts.f_bavail} * facts.f_frsize;
}

std::unique_ptr<FileLock> DiskFiles::try_lock(const std::string& path) {
  for (;;) {
    Descriptor file(uninterrupted([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kOwnerOnlyFile); }));
    if (!file.is_open()) throw disk_error("write", path, errno);
    if (uninterrupted([&] { return ::flock(file.number(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return nullptr;
      throw disk_error("lock", path, errno);
    }
    // Between open and flock somebody may have removed the file: a lock on a file without a name excludes nobody.
    struct stat held {};
    struct stat named {};
    if (::fstat(file.number(), &held) != 0) throw disk_error("lock", path, errno);
    if (::stat(path.c_str(), &named) != 0 || !same_file(held, named)) continue;
    write_process_id(file);
    return std::make_unique<HeldLock>(std::move(file));
  }
}

std::string DiskFiles::absolute(const std::string& path) const {
  std::string from = path;
  if (path.empty() || path.front() != '/') {
    std::error_code problem;
    const std::filesystem::path here = std::filesystem::current_path(problem);
    if (problem) throw disk_error("find", "the working directory", problem.value());
    from = here.string() + "/" + path;
  }
  std::string whole;
  std::string_view rest = from;
  while (!rest.empty()) {
    const std::size_t slash = rest.find('/');
    const std::string_view name = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    whole += '/';
    whole += name;
  }
  return whole.empty() ? "/" : whole;
}

}  // namespace batchctl::os
