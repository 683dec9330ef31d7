#include "os/background_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include "os/descriptor.hpp"

namespace batchctl::os {

namespace {

constexpr std::size_t kMostInput = 60'000;  // a pipe takes it whole, so writing never waits for the command
constexpr std::size_t kShown = 2000;

void must_succeed(int problem, const char* what) {
  if (problem != 0) throw std::system_error(problem, std::generic_category(), what);
}

bool is_key(std::string_view variable) {
  for (const std::string_view name : {"GEMINI_API_KEY=", "GOOGLE_API_KEY="})
    if (variable.substr(0, name.size()) == name) return true;
  return false;
}

std::vector<char*> environment_without_keys() {
  std::vector<char*> kept;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!is_key(*variable)) kept.push_back(*variable);
  kept.push_back(nullptr);
  return kept;
}

struct Preparation {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  Preparation(int input, int output) {
    must_succeed(::posix_spawn_file_actions_init(&files), "posix_spawn_file_actions_init");
    must_succeed(::posix_spawnattr_init(&attributes), "posix_spawnattr_init");
    must_succeed(::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO), "posix_spawn_file_actions_adddup2");
    must_succeed(::posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO), "posix_spawn_file_actions_adddup2");
    must_succeed(::posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO), "posix_spawn_file_actions_adddup2");
    sigset_t usual;
    ::sigemptyset(&usual);
    ::sigaddset(&usual, SIGPIPE);  // we ignore it, and that would be inherited
    ::posix_spawnattr_setsigdefault(&attributes, &usual);
    ::posix_spawnattr_setpgroup(&attributes, 0);  // a Ctrl-C at our terminal is not for it, and it can be ended whole
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Preparation() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;
};

}  // namespace

BackgroundCommand::BackgroundCommand(const std::string& command, const std::string& input,
                                     std::chrono::milliseconds at_most)
    : until_(std::chrono::steady_clock::now() + at_most) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) must_succeed(errno, "pipe2");
  const Descriptor reading(ends[0]), writing(ends[1]);
  const std::size_t size = std::min(input.size(), kMostInput);
  if (uninterrupted([&] { return ::write(writing.number(), input.data(), size); }) != static_cast<ssize_t>(size))
    must_succeed(errno, "write");
  Descriptor kept(::memfd_create("batchctl-event", MFD_CLOEXEC));
  if (!kept.is_open()) must_succeed(errno, "memfd_create");

  const Preparation preparation(reading.number(), kept.number());
  std::string shell = "sh", option = "-c", script = command;
  const std::array<char*, 4> arguments = {shell.data(), option.data(), script.data(), nullptr};
  const std::vector<char*> environment = environment_without_keys();
  pid_t child = 0;
  must_succeed(::posix_spawn(&child, "/bin/sh", &preparation.files, &preparation.attributes, arguments.data(),
                             environment.data()),
               "/bin/sh");
  pid_ = child;
  kept_ = ::fcntl(kept.number(), F_DUPFD_CLOEXEC, 3);
}

BackgroundCommand::~BackgroundCommand() {
  if (!over_) {
    ::kill(-pid_, SIGKILL);
    uninterrupted([&] { return ::waitpid(pid_, nullptr, 0); });
  }
  if (kept_ >= 0) ::close(kept_);
}

bool BackgroundCommand::is_over() {
  if (over_) return true;
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == pid_) {
    end(status);
  } else if (std::chrono::steady_clock::now() >= until_) {
    timed_out_ = true;
    ::kill(-pid_, SIGKILL);
    uninterrupted([&] { return ::waitpid(pid_, &status, 0); });
    end(status);
  }
  return over_;
}

void BackgroundCommand::end(int status) {
  over_ = true;
  if (timed_out_)
    problem_ = "it took too long and was ended";
  else if (WIFSIGNALED(status))
    problem_ = fmt::format("it was ended by signal {}", WTERMSIG(status));
  else if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
    problem_ = fmt::format("it ended with exit status {}", WEXITSTATUS(status));
}

std::string BackgroundCommand::output() const {
  std::string text(kShown, '\0');
  const ssize_t got = ::pread(kept_, text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace batchctl::os
