#include "os/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string_view>

namespace batchctl::os {

namespace {

constexpr std::array<int, 3> kStops = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> first_stop{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may only touch what takes no lock");

/// Only async-signal-safe calls here.
extern "C" void note_stop(int number) {
  const int kept_errno = errno;
  int none = 0;
  if (!first_stop.compare_exchange_strong(none, number)) {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(number, &usual, nullptr);
    ::raise(number);  // blocked now, delivered when this handler returns
  }
  errno = kept_errno;
}

extern "C" void tell_lost_mapping(int) {
  constexpr std::string_view kWords =
      "batchctl: the state file cannot be read any more: the disk failed, or another program cut the file\n"
      "Next: batchctl doctor\n";
  const ssize_t ignored = ::write(STDERR_FILENO, kWords.data(), kWords.size());
  static_cast<void>(ignored);
  ::_exit(1);
}

bool is_ignored(int number) {
  struct sigaction now {};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

void StopSignal::install() {
  struct sigaction note {};
  note.sa_handler = note_stop;
  note.sa_flags = 0;  // no SA_RESTART: a wait must end
  ::sigemptyset(&note.sa_mask);
  for (const int number : kStops) ::sigaddset(&note.sa_mask, number);
  for (const int number : kStops) {
    if (number == SIGHUP && is_ignored(number)) continue;
    ::sigaction(number, &note, nullptr);
  }

  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

void name_lost_mappings() {
  struct sigaction tell {};
  tell.sa_handler = tell_lost_mapping;
  ::sigemptyset(&tell.sa_mask);
  ::sigaction(SIGBUS, &tell, nullptr);
}

int StopSignal::received() { return first_stop.load(); }

}  // namespace batchctl::os
