#include "cli/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/error.hpp"

namespace batchctl::cli {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void cannot_write(const std::string& path) {
  throw Fatal(ExitCode::failed, errno == ENOSPC ? "disk_full" : "not_writable",
              fmt::format("cannot write {}: {}", path, std::strerror(errno)), "name another file");
}

}  // namespace

void write_whole(LocalFiles& files, const std::string& path, std::string_view text, int pid) {
  const std::string part = fmt::format("{}.{}.part", path, pid);
  File file(std::fopen(part.c_str(), "wb"), &std::fclose);
  if (!file) cannot_write(path);
  try {
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) cannot_write(path);
    if (std::fclose(file.release()) != 0) cannot_write(path);
    files.publish(part, path);
  } catch (...) {
    files.remove(part);
    throw;
  }
}

}  // namespace batchctl::cli
