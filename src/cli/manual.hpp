// The man pages, from the option table: batchctl(1), and one page a command.
#pragma once

#include <string>
#include <vector>

#include "cli/option_table.hpp"

namespace batchctl::cli {

/// The page of `command`, or batchctl(1) when it is empty, in the roff of man(7). Throws Fatal{usage} when there is no
/// such command.
std::string manual_page(const OptionTable& table, const std::string& command);

/// Every page: "batchctl.1", "batchctl-submit.1", …
struct ManualFile {
  std::string name, text;
};
std::vector<ManualFile> manual_files(const OptionTable& table);

}  // namespace batchctl::cli
