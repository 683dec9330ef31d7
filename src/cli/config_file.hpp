// The configuration file: options that a person always gives, in TOML.
//
//   state = "/srv/batch/state.db"
//   api-key-command = "pass show gemini"
//   [submit]
//   tier = 1
//   group-delay = "1m"
//
// Keys are the long names of options; those of a command stand in a table of its name. Here the file is only read into
// settings that know their line: what is known and of which type is the option table's (arguments.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace batchctl::cli {

struct ConfigSetting {
  enum class Kind { text, number, truth, list, other };
  std::string section;  // a command; empty: a common option
  std::string name;     // with hyphens, also where the file has underscores
  Kind kind = Kind::text;
  std::vector<std::string> words;  // as they would be typed; several only of a list
  int line = 0;                    // from 1
  bool is_section = false;         // the head of a table, which must be the name of a command
};

/// In the order of lines. Throws Fatal{usage, "config_file"} naming file and line when it is no TOML, or cannot be
/// read.
std::vector<ConfigSetting> read_config_file(const std::string& path);
/// The same for a text; `path` is for messages.
std::vector<ConfigSetting> config_of(std::string_view toml, const std::string& path);

}  // namespace batchctl::cli
