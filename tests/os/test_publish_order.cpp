// A name that survives a power cut while its bytes do not would be a result that nobody can tell from a good one. What
// the disk is asked for is watched at the door to the kernel: these definitions stand before the C library's.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "os/files.hpp"
#include "temporary_directory.hpp"

namespace {

std::vector<std::string>* watched = nullptr;

}  // namespace

extern "C" int fsync(int descriptor) {
  if (watched != nullptr) {
    struct stat facts {};
    const bool is_directory = ::fstat(descriptor, &facts) == 0 && S_ISDIR(facts.st_mode);
    watched->emplace_back(is_directory ? "sync the directory" : "sync the file");
  }
  return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

extern "C" int rename(const char* from, const char* to) noexcept {
  if (watched != nullptr) watched->emplace_back("rename");
  return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0U));
}

using batchctl::os::DiskFiles;

TEST_CASE("a file is synced before it takes its name, and its directory afterwards") {
  const TemporaryDirectory here;
  const std::string from = here.write("new.part", "new");
  std::vector<std::string> asked;
  watched = &asked;
  DiskFiles().publish(from, here / "result");
  watched = nullptr;
  CHECK(asked == std::vector<std::string>{"sync the file", "rename", "sync the directory"});
  CHECK(DiskFiles().exists(here / "result"));
}
