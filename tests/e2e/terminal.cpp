#include "e2e/terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>

namespace batchctl::e2e {

namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

winsize size_of(int columns, int rows) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  return size;
}

}  // namespace

Terminal::Terminal(const Start& start, int columns, int rows) : picture_(columns, rows) {
  std::vector<std::string> words = start.words;
  for (const std::string& word : words) words_ += (words_.empty() ? "" : " ") + word;
  words.insert(words.begin(), start.program);
  std::vector<std::string> settings;
  for (const auto& [name, value] : start.environment) settings.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers(words), envp = pointers(settings);
  const winsize size = size_of(columns, rows);
  pid_ = ::forkpty(&screen_, nullptr, nullptr, &size);
  if (pid_ == 0) {  // only what is safe after fork
    if (start.directory.empty() || ::chdir(start.directory.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("forkpty failed");
}

Terminal::~Terminal() {
  if (!reaped_ && pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (screen_ >= 0) ::close(screen_);
}

/// False once nobody holds the other end.
bool Terminal::read_some() {
  std::array<char, 4096> buffer{};
  pollfd ready{screen_, POLLIN, 0};
  const auto bound = std::chrono::duration_cast<std::chrono::milliseconds>(kHangBound);
  if (::poll(&ready, 1, static_cast<int>(bound.count())) <= 0) return false;
  const ssize_t got = ::read(screen_, buffer.data(), buffer.size());
  if (got <= 0) return false;
  shown_.append(buffer.data(), static_cast<std::size_t>(got));
  picture_.write(std::string(buffer.data(), static_cast<std::size_t>(got)));
  return true;
}

bool Terminal::shows(const std::string& text) {
  while (shown_.find(text) == std::string::npos)
    if (!read_some()) return false;
  return true;
}

void Terminal::resize(int columns, int rows) {
  picture_.resize(columns, rows);
  const winsize size = size_of(columns, rows);
  if (::ioctl(screen_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("cannot resize the terminal");
}

void Terminal::type(const std::string& text) const {
  if (::write(screen_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("cannot type into the terminal");
}

Outcome Terminal::wait() {
  while (read_some()) {
  }
  Outcome outcome;
  int status = 0;
  // Its streams are closed, or the hang bound passed in silence.
  if (::waitpid(pid_, &status, WNOHANG) == 0) {
    outcome.hung = ::poll(nullptr, 0, 2000) == 0 && ::waitpid(pid_, &status, WNOHANG) == 0;
    if (outcome.hung) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, &status, 0);
    }
  }
  reaped_ = true;
  if (WIFEXITED(status)) outcome.exit = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.words = words_;
  outcome.out = shown_;
  return outcome;
}

}  // namespace batchctl::e2e
