// Who may do what with a path.
#pragma once

#include <optional>
#include <string>

namespace batchctl::os {

struct Rights {
  unsigned mode = 0;      // permission bits
  bool writable = false;  // by us
};

/// nullopt when it is not there or cannot be looked at.
std::optional<Rights> rights_of(const std::string& path);

}  // namespace batchctl::os
