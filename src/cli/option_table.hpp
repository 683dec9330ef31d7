// Every command and option as plain rows, read from the parser itself: help, man pages, completions and `config` are
// all made from it, so none can know an option that the others do not.
#pragma once

#include <string>
#include <vector>

namespace batchctl::cli {

struct OptionRow {
  std::vector<std::string> names;  // as typed, long ones first: --output, -o; --yield, --no-yield
  std::string value;               // what stands for its value in help, such as N; empty: it takes none
  bool value_optional = false;     // --wait and --wait=D
  bool repeatable = false;
  bool main = true;  // whether the first screen of help shows it
  std::string help;
  std::string group;
  std::string default_value;         // as told at the end of its help; empty: none, or it depends
  std::string environment;           // its variable; empty: it has none, and no place in the configuration file
  std::vector<std::string> choices;  // the words it takes, when they are few

  /// Without hyphens in front: its key in the configuration file.
  std::string key() const { return names.front().substr(names.front().find_first_not_of('-')); }
};

struct ArgumentRow {
  std::string name, help;
  bool required = false, many = false;
  std::vector<std::string> choices;
};

struct CommandRow {
  std::string name, summary;
  std::vector<ArgumentRow> arguments;
  std::vector<OptionRow> options;
};

struct OptionTable {
  std::string version, summary;
  std::vector<OptionRow> common;
  std::vector<CommandRow> commands;

  const CommandRow* command(const std::string& name) const {
    for (const CommandRow& row : commands)
      if (row.name == name) return &row;
    return nullptr;
  }
};

/// The README's table.
std::string options_markdown(const OptionTable& table);

/// Where a setting has its value from.
struct SettingOrigin {
  enum class From { flag, environment, config, preset };
  std::string section;  // a command; empty: a common option
  std::string name;     // --state is "state"
  std::string value;    // as it would be typed; empty: none
  From from = From::preset;
  std::string variable;  // the environment variable that it can come from
  int line = 0;          // in the configuration file
};

}  // namespace batchctl::cli
