// What `config` prints: every setting, its value, and where that comes from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/arguments.hpp"

namespace batchctl::cli {

/// Only the settings of `arguments.topic`, when it names a command. Throws Fatal{usage} when there is no such command.
std::string config_text(const Arguments& arguments);
nlohmann::ordered_json config_document(const Arguments& arguments);

}  // namespace batchctl::cli
