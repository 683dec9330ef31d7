#include "os/identity.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace batchctl::os {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

int process_id() { return ::getpid(); }

bool is_alive(int process) {
  if (process <= 0) return false;  // 0 and below name groups of processes to kill()
  return ::kill(process, 0) == 0 || errno == EPERM;
}

}  // namespace batchctl::os
