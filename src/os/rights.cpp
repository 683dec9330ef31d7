#include "os/rights.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace batchctl::os {

std::optional<Rights> rights_of(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return Rights{facts.st_mode & 07777U, ::access(path.c_str(), W_OK | X_OK) == 0};
}

}  // namespace batchctl::os
