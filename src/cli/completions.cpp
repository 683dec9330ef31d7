#include "cli/completions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace batchctl::cli {

namespace {

/// Prints the names of the runs; offline and quick.
constexpr const char* kRunNames = "batchctl runs 2>/dev/null | tail -n +2 | cut -d ' ' -f 1";

enum class Takes { nothing, words, file, directory, run, free };

Takes taken_by(const OptionRow& row) {
  if (row.value.empty()) return Takes::nothing;
  if (!row.choices.empty()) return Takes::words;
  if (row.value == "FILE" || row.value == "PATH" || row.value == "FILE.db") return Takes::file;
  if (row.value == "F" && row.key().find("file") != std::string::npos) return Takes::file;
  if (row.value == "DIR") return Takes::directory;
  return Takes::free;
}

Takes taken_by(const ArgumentRow& row) {
  if (!row.choices.empty()) return Takes::words;
  if (row.name == "INPUT" || row.name == "FILE") return Takes::file;
  if (row.name == "RUN") return Takes::run;
  return row.name == "COMMAND" ? Takes::words : Takes::free;
}

std::vector<std::string> command_names(const OptionTable& table) {
  std::vector<std::string> names;
  for (const CommandRow& command : table.commands) names.push_back(command.name);
  return names;
}

std::vector<std::string> words_of(const ArgumentRow& row, const OptionTable& table) {
  return row.name == "COMMAND" ? command_names(table) : row.choices;
}

std::string names_of(const std::vector<OptionRow>& rows) {
  std::vector<std::string> names;
  for (const OptionRow& row : rows) names.insert(names.end(), row.names.begin(), row.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

/// For an option that takes its value from the next word.
bool takes_next_word(const OptionRow& row) { return !row.value.empty() && !row.value_optional; }

/// What the script's last `case` reads.
std::string bash_answer(Takes takes, const std::vector<std::string>& words) {
  switch (takes) {
    case Takes::words:
      return fmt::format("'words {}'", fmt::join(words, " "));
    case Takes::file:
      return "file";
    case Takes::directory:
      return "directory";
    case Takes::run:
      return "run";
    case Takes::nothing:
    case Takes::free:
      break;
  }
  return "free";
}

/// `command`: a pattern.
std::string bash_values(const std::vector<OptionRow>& rows, const std::string& command) {
  std::string text;
  for (const OptionRow& row : rows) {
    if (!takes_next_word(row)) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : row.names) patterns.push_back(fmt::format("{}' {}'", command, name));
    text += fmt::format("    {}) takes={} ;;\n", fmt::join(patterns, " | "), bash_answer(taken_by(row), row.choices));
  }
  return text;
}

std::string common_values_pattern(const OptionTable& table) {
  std::vector<std::string> names;
  for (const OptionRow& row : table.common)
    if (takes_next_word(row)) names.insert(names.end(), row.names.begin(), row.names.end());
  return fmt::format("{}", fmt::join(names, " | "));
}

/// Within single quotes.
std::string zsh_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'')
      safe += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      safe += std::string("\\") + c;
    else
      safe += c;
  }
  return safe;
}

std::string zsh_action(Takes takes, const std::vector<std::string>& words) {
  switch (takes) {
    case Takes::words:
      return fmt::format("({})", fmt::join(words, " "));
    case Takes::file:
      return "_files";
    case Takes::directory:
      return "_files -/";
    case Takes::run:
      return "_batchctl_runs";
    case Takes::nothing:
    case Takes::free:
      break;
  }
  return " ";
}

/// `ending`: what stands between two of them.
std::string zsh_options(const std::vector<OptionRow>& rows, const std::string& ending = {}) {
  std::string text;
  for (const OptionRow& row : rows)
    for (const std::string& name : row.names) {
      const char* equals = row.value_optional ? "=-" : takes_next_word(row) && name.size() > 2 ? "=" : "";
      text += fmt::format("    '{}{}{}[{}]", row.repeatable ? "*" : "", name, equals, zsh_text(row.help));
      if (!row.value.empty())
        text += fmt::format("{}{}:{}", row.value_optional ? "::" : ":", zsh_text(row.value),
                            zsh_action(taken_by(row), row.choices));
      text += "'" + ending + "\n";
    }
  return text;
}

std::string fish_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\'' || c == '\\') safe += '\\';
    safe += c;
  }
  return "'" + safe + "'";
}

std::string fish_values(Takes takes, const std::vector<std::string>& words) {
  switch (takes) {
    case Takes::nothing:
      return "";
    case Takes::words:
      return fmt::format(" -x -a '{}'", fmt::join(words, " "));
    case Takes::file:
      return " -r -F";
    case Takes::directory:
      return " -x -a '(__fish_complete_directories)'";
    case Takes::run:
      return " -x";
    case Takes::free:
      break;
  }
  return " -x";
}

std::string fish_options(const std::vector<OptionRow>& rows, const std::string& condition) {
  std::string text;
  for (const OptionRow& row : rows) {
    text += "complete -c batchctl" + condition;
    for (const std::string& name : row.names)
      text += name.rfind("--", 0) == 0 ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!row.value_optional) text += fish_values(taken_by(row), row.choices);
    text += " -d " + fish_text(row.help) + "\n";
  }
  return text;
}

std::string fish_run_argument(const std::string& condition) {
  std::string command = kRunNames;
  std::string safe;
  for (const char c : command) {
    if (c == '\'') safe += '\\';
    safe += c;
  }
  return fmt::format("complete -c batchctl{} -a '({})'\n", condition, safe);
}

}  // namespace

std::string bash_completion(const OptionTable& table) {
  std::string text =
      "# bash completion of batchctl, made by: batchctl completion bash\n"
      "_batchctl() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} command='' takes='' i\n"
      "  # bash cuts --tier=1 into three words.\n"
      "  if [[ $current == '=' ]]; then\n"
      "    current=''\n"
      "  elif [[ $option == '=' ]]; then\n"
      "    option=${COMP_WORDS[COMP_CWORD - 2]}\n"
      "  fi\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case ${COMP_WORDS[i]} in\n"
      "      '=') ((i++)) ;;\n";
  text += fmt::format("      {}) [[ ${{COMP_WORDS[i + 1]}} == '=' ]] || ((i++)) ;;\n", common_values_pattern(table));
  text +=
      "      -*) ;;\n"
      "      *)\n"
      "        command=${COMP_WORDS[i]}\n"
      "        break\n"
      "        ;;\n"
      "    esac\n"
      "  done\n"
      "  case \"$command $option\" in\n";
  text += bash_values(table.common, "*");
  for (const CommandRow& command : table.commands) text += bash_values(command.options, command.name);
  text += "  esac\n  if [[ -z $takes && $current == -* ]]; then\n    case $command in\n";
  for (const CommandRow& command : table.commands)
    text += fmt::format("      {}) takes='{}' ;;\n", command.name, names_of(command.options));
  text += fmt::format("    esac\n    takes=\"words $takes {}\"\n", names_of(table.common));
  text += "  elif [[ -z $takes ]]; then\n    case $command in\n";
  text += fmt::format("      '') takes='words {}' ;;\n", fmt::join(command_names(table), " "));
  for (const CommandRow& command : table.commands)
    if (!command.arguments.empty()) {
      const ArgumentRow& first = command.arguments.front();
      text +=
          fmt::format("      {}) takes={} ;;\n", command.name, bash_answer(taken_by(first), words_of(first, table)));
    }
  text +=
      "    esac\n"
      "  fi\n"
      "  case $takes in\n"
      "    file)\n"
      "      compopt -o filenames 2>/dev/null\n"
      "      mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "      ;;\n"
      "    directory)\n"
      "      compopt -o filenames 2>/dev/null\n"
      "      mapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
      "      ;;\n";
  text += fmt::format("    run) mapfile -t COMPREPLY < <(compgen -W \"$({})\" -- \"$current\") ;;\n", kRunNames);
  text +=
      "    words*) mapfile -t COMPREPLY < <(compgen -W \"${takes#words}\" -- \"$current\") ;;\n"
      "    *) COMPREPLY=() ;;\n"
      "  esac\n"
      "}\n"
      "complete -F _batchctl batchctl\n";
  return text;
}

std::string zsh_completion(const OptionTable& table) {
  std::string text =
      "#compdef batchctl\n"
      "# zsh completion of batchctl, made by: batchctl completion zsh\n"
      "_batchctl_runs() {\n"
      "  local -a runs\n";
  text += fmt::format("  runs=(${{(f)\"$({})\"}})\n", kRunNames);
  text +=
      "  compadd -a runs\n"
      "}\n"
      "_batchctl() {\n"
      "  local curcontext=$curcontext state line\n"
      "  local -a commands common\n"
      "  commands=(\n";
  for (const CommandRow& command : table.commands)
    text += fmt::format("    '{}:{}'\n", command.name, zsh_text(command.summary));
  text += "  )\n  common=(\n";
  text += zsh_options(table.common) + "  )\n";
  text +=
      "  _arguments -C $common '1:command:->command' '*::argument:->argument' && return\n"
      "  case $state in\n"
      "    command) _describe command commands ;;\n"
      "    argument)\n"
      "      case $words[1] in\n";
  for (const CommandRow& command : table.commands) {
    text += fmt::format("        {})\n          _arguments $common \\\n", command.name) +
            zsh_options(command.options, " \\");
    for (std::size_t i = 0; i < command.arguments.size(); ++i) {
      const ArgumentRow& argument = command.arguments[i];
      text += fmt::format("    '{}:{}:{}' \\\n", argument.many ? "*" : std::to_string(i + 1), argument.name,
                          zsh_action(taken_by(argument), words_of(argument, table)));
    }
    text += "    && return\n          ;;\n";
  }
  return text +
         "      esac\n      ;;\n  esac\n}\nif [[ $funcstack[1] == _batchctl ]]; then\n  _batchctl \"$@\"\nelse\n  "
         "compdef _batchctl batchctl\nfi\n";
}

std::string fish_completion(const OptionTable& table) {
  std::string text = "# fish completion of batchctl, made by: batchctl completion fish\ncomplete -c batchctl -f\n";
  text += fish_options(table.common, "");
  const std::string names = fmt::format("{}", fmt::join(command_names(table), " "));
  for (const CommandRow& command : table.commands)
    text += fmt::format("complete -c batchctl -n 'not __fish_seen_subcommand_from {}' -a {} -d {}\n", names,
                        command.name, fish_text(command.summary));
  for (const CommandRow& command : table.commands) {
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    text += fish_options(command.options, condition);
    if (command.arguments.empty()) continue;
    const ArgumentRow& first = command.arguments.front();
    const Takes takes = taken_by(first);
    if (takes == Takes::run)
      text += fish_run_argument(condition);
    else if (takes == Takes::file)
      text += "complete -c batchctl" + condition + " -F\n";
    else if (takes == Takes::words)
      text += fmt::format("complete -c batchctl{} -a '{}'\n", condition, fmt::join(words_of(first, table), " "));
  }
  return text;
}

}  // namespace batchctl::cli
