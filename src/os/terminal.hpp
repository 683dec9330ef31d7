// What stands at the other end of a descriptor: a person's terminal, or a file.
#pragma once

namespace batchctl::os {

bool is_terminal(int descriptor);

/// Columns; `otherwise` when it is no terminal or the terminal does not tell.
int terminal_width(int descriptor, int otherwise = 80);

}  // namespace batchctl::os
