// Completion scripts of the shells, from the option table. They run nothing but `batchctl runs`, for names of runs.
#pragma once

#include <string>

#include "cli/option_table.hpp"

namespace batchctl::cli {

std::string bash_completion(const OptionTable& table);
std::string zsh_completion(const OptionTable& table);
std::string fish_completion(const OptionTable& table);

}  // namespace batchctl::cli
