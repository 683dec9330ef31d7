// The help of a command with many options, on one screen of 80x24: the main ones, a line each.
#pragma once

#include <string>

#include "cli/option_table.hpp"

namespace batchctl::cli {

std::string first_screen(const CommandRow& command);

}  // namespace batchctl::cli
