// What stands at the other end of a descriptor: a person's terminal, or a file.
#pragma once

#include <functional>
#include <string>

namespace batchctl::os {

bool is_terminal(int descriptor);

struct TerminalSize {
  int columns = 80, rows = 24;
};

/// As it is now; 80 by 24 for what is no terminal or does not tell.
TerminalSize terminal_size(int descriptor);

/// A line from standard input, without its end. Empty at the end of the input, and once `stopped` gives a signal, also
/// one that came just before.
std::string typed_line(const std::function<int()>& stopped);

}  // namespace batchctl::os
