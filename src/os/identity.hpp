// Who we are on which machine: what a driver leaves behind so that others can tell whether it still lives.
#pragma once

#include <string>

namespace batchctl::os {

/// Empty when the system does not tell.
std::string host_name();

int process_id();

/// Whether a process with this number exists on this machine, whoever owns it.
bool is_alive(int process);

}  // namespace batchctl::os
