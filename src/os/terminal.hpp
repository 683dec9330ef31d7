// What stands at the other end of a descriptor: a person's terminal, or a file.
#pragma once

#include <functional>
#include <string>

namespace batchctl::os {

bool is_terminal(int descriptor);

/// Columns; `otherwise` when it is no terminal or the terminal does not tell.
int terminal_width(int descriptor, int otherwise = 80);

/// A line from standard input, without its end. Empty at the end of the input, and once `stopped` gives a signal, also
/// one that came just before.
std::string typed_line(const std::function<int()>& stopped);

}  // namespace batchctl::os
