#include "cli/whole_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <system_error>

namespace batchctl::cli {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

[[noreturn]] void cannot_write(const std::string& path) {
  throw Fatal(ExitCode::failed, errno == ENOSPC ? "disk_full" : "not_writable",
              fmt::format("cannot write {}: {}", path, std::strerror(errno)), "name another file");
}

void let_everyone_read(const std::string& path) {
  using std::filesystem::perms;
  std::error_code problem;
  std::filesystem::permissions(path, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read,
                               problem);
  errno = problem.value();
  if (problem) cannot_write(path);
}

}  // namespace

Result<std::string, Unread> read_whole(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  try {
    text.assign(std::istreambuf_iterator<char>(file), {});
  } catch (const std::ios_base::failure&) {
    file.setstate(std::ios::badbit);  // a directory
  }
  if (file.is_open() && !file.bad()) return text;
  return Unread{errno != 0 ? fmt::format(": {}", std::strerror(errno)) : ""};
}

void write_whole(LocalFiles& files, const std::string& path, std::string_view text, int pid, Readers readers) {
  const std::string part = fmt::format("{}.{}.part", path, pid);
  File file(std::fopen(part.c_str(), "wb"), &std::fclose);
  if (!file) cannot_write(path);
  try {
    if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) cannot_write(path);
    if (std::fclose(file.release()) != 0) cannot_write(path);
    if (readers == Readers::everyone) let_everyone_read(part);
    files.publish(part, path);
  } catch (...) {
    files.remove(part);
    throw;
  }
}

}  // namespace batchctl::cli
