// Where environment variables come from: the process's own, or a table in a test.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace batchctl::os {

/// The value of a variable; nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The process's own.
std::optional<std::string> environment(const std::string& name);

}  // namespace batchctl::os
