#include "cli/first_screen.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace batchctl::cli {

namespace {

constexpr std::size_t kWidth = 80, kColumn = 26;

constexpr const char* kExitCodesInShort =
    "Exit codes:  0 done  1 failed  2 usage  3 some records have no usable answer\n"
    "  4 a person must act  10 other input or settings  11 another batchctl drives it\n"
    "  75 not finished: batchctl resume goes on  130, 143 interrupted, state saved\n";

/// Whole, or what stands before the strongest mark that fits.
std::string shortened(const std::string& help, std::size_t width) {
  if (help.size() <= width) return help;
  for (const char* mark : {"; ", " (", ": ", ", ", " "})
    if (const std::size_t at = help.rfind(mark, width); at != std::string::npos) return help.substr(0, at);
  return help.substr(0, width);
}

std::string line(const std::string& label, const std::string& help) {
  const std::size_t column = std::max(kColumn, label.size() + 3);
  return fmt::format("  {:<{}}{}\n", label, column - 2, shortened(help, kWidth - column));
}

std::string spelled(const ArgumentRow& argument) {
  const std::string word = argument.name + (argument.many ? "..." : "");
  return argument.required ? word : "[" + word + "]";
}

}  // namespace

std::string first_screen(const CommandRow& command) {
  std::string usage = "batchctl " + command.name + " [OPTIONS]";
  for (const ArgumentRow& argument : command.arguments) usage += " " + spelled(argument);
  std::string text = fmt::format("{}\nUsage: {}\n\n", command.summary, usage);
  for (const ArgumentRow& argument : command.arguments) text += line(spelled(argument), argument.help);
  for (const OptionRow& row : command.options) {
    if (!row.main) continue;
    std::string label = fmt::format("{}", fmt::join(row.names, ","));
    if (!row.value.empty()) label += row.value_optional ? "[=" + row.value + "]" : " " + row.value;
    text += line(label, row.help);
  }
  return text +
         fmt::format("\nAll options, in groups: batchctl {} --help-all. Common ones: batchctl --help.\n",
                     command.name) +
         kExitCodesInShort;
}

}  // namespace batchctl::cli
