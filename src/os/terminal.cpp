#include "os/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace batchctl::os {

std::string typed_line(const std::function<int()>& stopped) {
  constexpr int kLookMs = 100;
  std::string line;
  for (;;) {
    if (stopped() != 0) return {};
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, kLookMs) <= 0) continue;  // nothing yet, or a signal
    char c = '\0';
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    if (c == '\n') return line;
    line += c;
  }
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

TerminalSize terminal_size(int descriptor) {
  TerminalSize told;
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return told;
  if (size.ws_col > 0) told.columns = size.ws_col;
  if (size.ws_row > 0) told.rows = size.ws_row;
  return told;
}

}  // namespace batchctl::os
