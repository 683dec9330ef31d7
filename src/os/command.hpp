// Runs a command of the user's and reads what it prints.
#pragma once

#include <cstddef>
#include <string>

namespace batchctl::os {

struct CommandOutcome {
  std::string output;  // what stood on its standard output, cut at the limit
  int exit_status = 0;
  int killed_by = 0;  // the signal that ended it; 0: it ended by itself
};

/// Runs `/bin/sh -c command` with empty standard input and our standard error, and waits for its end. Output beyond
/// `limit_bytes` is read and dropped. Throws std::system_error when it cannot be started.
CommandOutcome run_command(const std::string& command, std::size_t limit_bytes);

}  // namespace batchctl::os
