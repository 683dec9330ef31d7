#include "os/command.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "os/descriptor.hpp"

namespace batchctl::os {

namespace {

void must(int problem, const char* what) {
  if (problem != 0) throw std::system_error(problem, std::generic_category(), what);
}

/// What the child gets in place of our own descriptors.
class FileActions {
 public:
  FileActions() { must(::posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init"); }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  void open(int as, const char* path) {
    must(::posix_spawn_file_actions_addopen(&actions_, as, path, O_RDONLY, 0), "posix_spawn_file_actions_addopen");
  }
  void put(int from, int as) {
    must(::posix_spawn_file_actions_adddup2(&actions_, from, as), "posix_spawn_file_actions_adddup2");
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

/// The child starts with SIGPIPE as usual: we ignore it, and that would be inherited.
class Attributes {
 public:
  Attributes() {
    must(::posix_spawnattr_init(&attributes_), "posix_spawnattr_init");
    sigset_t usual;
    ::sigemptyset(&usual);
    ::sigaddset(&usual, SIGPIPE);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

std::string read_all(const Descriptor& source, std::size_t limit_bytes) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const ssize_t got = uninterrupted([&] { return ::read(source.number(), piece.data(), piece.size()); });
    if (got <= 0) return text;
    text.append(piece.data(), std::min(static_cast<std::size_t>(got), limit_bytes - text.size()));
  }
}

}  // namespace

CommandOutcome run_command(const std::string& command, std::size_t limit_bytes) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) must(errno, "pipe2");
  const Descriptor reading(ends[0]);
  Descriptor writing(ends[1]);

  FileActions files;
  files.put(writing.number(), STDOUT_FILENO);
  files.open(STDIN_FILENO, "/dev/null");  // our own input may be the records
  const Attributes attributes;
  std::string shell = "sh";
  std::string option = "-c";
  std::string script = command;
  const std::array<char*, 4> arguments = {shell.data(), option.data(), script.data(), nullptr};
  pid_t child = 0;
  must(::posix_spawn(&child, "/bin/sh", files.get(), attributes.get(), arguments.data(), environ), "/bin/sh");
  writing.close();

  CommandOutcome outcome;
  outcome.output = read_all(reading, limit_bytes);
  int status = 0;
  if (uninterrupted([&] { return ::waitpid(child, &status, 0); }) < 0) must(errno, "waitpid");
  if (WIFSIGNALED(status)) outcome.killed_by = WTERMSIG(status);
  if (WIFEXITED(status)) outcome.exit_status = WEXITSTATUS(status);
  return outcome;
}

}  // namespace batchctl::os
