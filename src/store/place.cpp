#include "store/place.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace batchctl::store {

namespace {

constexpr const char* kNext = "Check the path and who owns it, or name another file with --state";

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

void make_directories(const std::string& path) {
  if (path.empty() || is_there(path)) return;
  make_directories(parent_of(path));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw Fatal(ExitCode::failed, "database_cannot_open",
                fmt::format("cannot make the directory {} for the state file: {}", path, std::strerror(errno)), kNext);
}

}  // namespace

bool is_there(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0;
}

void make_private_file(const std::string& path) {
  if (is_there(path)) return;
  make_directories(parent_of(path));
  // O_EXCL, so that a database that is there is never opened beside SQLite: closing any descriptor of a file drops all
  // of the process's POSIX locks on it (sqlite.org, "How To Corrupt An SQLite Database File", section 2.2).
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
  } else if (errno != EEXIST) {
    throw Fatal(ExitCode::failed, "database_cannot_open",
                fmt::format("cannot make the state file {}: {}", path, std::strerror(errno)), kNext);
  }
}

std::optional<std::string_view> network_file_system(unsigned long magic) {
  struct Kind {
    unsigned long magic;
    std::string_view name;
  };
  // Numbers from statfs(2) and linux/magic.h. A FUSE file system does not say what is behind it.
  static constexpr std::array kKinds = {
      Kind{0x6969, "NFS"},      Kind{0x517b, "SMB"},        Kind{0xff534d42, "CIFS"}, Kind{0xfe534d42, "SMB2"},
      Kind{0x01021997, "9P"},   Kind{0x5346414f, "AFS"},    Kind{0x6b414653, "AFS"},  Kind{0x73757245, "Coda"},
      Kind{0x00c36400, "Ceph"}, Kind{0x0bd00bd0, "Lustre"}, Kind{0x47504653, "GPFS"}, Kind{0x7461636f, "OCFS2"},
  };
  for (const Kind& kind : kKinds)
    if (kind.magic == magic) return kind.name;
  return std::nullopt;
}

void must_be_local(const std::string& path) {
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return;  // opening it will say what is wrong
  // The kernel's 32 bits, whatever the width and sign of the field.
  const auto kind = network_file_system(static_cast<unsigned long>(facts.f_type) & 0xffffffffUL);
  if (kind)
    throw Fatal(
        ExitCode::failed, "network_file_system",
        fmt::format("the state file {} lies on a network file system ({}), where SQLite's write-ahead log cannot"
                    " work: it needs memory shared by all processes that use it",
                    path, *kind),
        "Name a file on a local disk with --state");
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "";
  return name.data();
}

std::string inode_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return "";
  return fmt::format("{}", facts.st_ino);
}

}  // namespace batchctl::store
