#include "sandbox/open_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace batchctl::sandbox {
namespace {

[[noreturn]] void fail(const char* what, const std::string& path) {
  throw Fatal(ExitCode::failed, "sandbox_disk",
              fmt::format("sandbox: cannot {} {}: {}", what, path, std::strerror(errno)));
}

int flags_of(OpenFile::Mode mode) {
  switch (mode) {
    case OpenFile::Mode::read:
      return O_RDONLY | O_CLOEXEC;
    case OpenFile::Mode::append:
      return O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
    case OpenFile::Mode::read_write:
      return O_RDWR | O_CREAT | O_CLOEXEC;
  }
  throw Bug("file mode");
}

}  // namespace

OpenFile::OpenFile(const std::string& path, Mode mode)
    : path_(path), descriptor_(::open(path.c_str(), flags_of(mode), 0600)) {
  if (descriptor_ < 0) fail("open", path);
}

OpenFile::~OpenFile() { ::close(descriptor_); }

std::uint64_t OpenFile::size_bytes() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("look at", path_);
  return static_cast<std::uint64_t>(status.st_size);
}

std::size_t OpenFile::read_at(std::uint64_t offset, char* buffer, std::size_t length) const {
  for (;;) {
    const ssize_t got = ::pread(descriptor_, buffer, length, static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) fail("read", path_);
  }
}

void OpenFile::write_at(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0) {
      if (errno == EINTR) continue;
      fail("write", path_);
    }
    offset += static_cast<std::uint64_t>(put);
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void OpenFile::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      fail("write", path_);
    }
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void OpenFile::truncate(std::uint64_t size_bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) != 0) fail("truncate", path_);
}

bool OpenFile::lock() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

std::string sha256_of_file(const std::string& path) {
  const OpenFile file(path, OpenFile::Mode::read);
  std::vector<char> buffer(std::size_t{1} << 20U);
  Sha256 hash;
  std::uint64_t offset = 0;
  while (const std::size_t got = file.read_at(offset, buffer.data(), buffer.size())) {
    hash.update({buffer.data(), got});
    offset += got;
  }
  return hash.hex();
}

}  // namespace batchctl::sandbox
