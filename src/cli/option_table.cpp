#include "cli/option_table.hpp"

namespace batchctl::cli {

namespace {

std::string listed(const std::vector<OptionRow>& rows) {
  std::string text;
  for (const OptionRow& row : rows) {
    if (row.key() == "help" || row.key() == "help-all") continue;
    text += text.empty() ? "" : " ";
    for (std::size_t i = 0; i < row.names.size(); ++i) text += (i == 0 ? "`" : " `") + row.names[i] + "`";
  }
  return text;
}

}  // namespace

std::string options_markdown(const OptionTable& table) {
  std::string text = "| command | options |\n|---|---|\n| every one | `--help` `-h` " + listed(table.common) + " |\n";
  for (const CommandRow& command : table.commands) {
    const std::string options = listed(command.options);
    if (!options.empty()) text += "| `" + command.name + "` | " + options + " |\n";
  }
  return text;
}

}  // namespace batchctl::cli
