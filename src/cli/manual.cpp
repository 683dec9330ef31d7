#include "cli/manual.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/nearest.hpp"

namespace batchctl::cli {

namespace {

constexpr const char* kDate = "2026-11-26";  // of the texts below; pages are the same whenever they are made

/// Text as it stands, safe from roff: no line becomes a request, every hyphen stays one that can be copied.
std::string plain(std::string_view text) {
  std::string safe;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) safe += "\\&";
    line_begins = c == '\n';
    if (c == '\\')
      safe += "\\e";
    else if (c == '-')
      safe += "\\-";
    else
      safe += c;
  }
  return safe;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string upper(std::string_view name) {
  std::string text;
  for (const char c : name) text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

/// A sentence: help texts end without a stop.
std::string sentence(const std::string& help) { return plain(help) + (help.empty() || help.back() == '.' ? "" : "."); }

std::string title(const OptionTable& table, const std::string& page) {
  return fmt::format(".TH {} 1 {} \"batchctl {}\" \"User Commands\"\n", plain(upper(page)), kDate, table.version);
}

std::string option_entry(const OptionRow& row) {
  std::string names;
  for (const std::string& name : row.names) {
    names += (names.empty() ? "" : ", ") + bold(name);
    if (row.value.empty()) continue;
    if (row.value_optional)
      names += "[=" + italic(row.value) + "]";
    else
      names += " " + italic(row.value);
  }
  std::string text = ".TP\n" + names + "\n" + sentence(row.help) + "\n";
  if (!row.environment.empty()) text += "Environment: " + bold(row.environment) + ".\n";
  return text;
}

/// Grouped as in help, in the order in which the groups appear.
std::string option_section(const std::string& heading, const std::vector<OptionRow>& rows) {
  std::vector<std::string> groups;
  for (const OptionRow& row : rows)
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
  std::string text = ".SH " + heading + "\n";
  for (const std::string& group : groups) {
    if (groups.size() > 1) text += ".SS " + plain(group) + "\n";
    for (const OptionRow& row : rows)
      if (row.group == group) text += option_entry(row);
  }
  return text;
}

std::string exit_section() {
  std::string text = ".SH EXIT STATUS\n";
  for (const auto& [code, meaning] : kExitCodeRows) text += fmt::format(".TP\n{}\n{}\n", bold(code), sentence(meaning));
  return text + ".PP\nAn unknown code means failure.\n";
}

std::string environment_section(const std::string& command) {
  std::string text = ".SH ENVIRONMENT\n";
  if (!command.empty())
    return text +
           fmt::format("Each option names its variable. Common ones are in {}(1), also where the key is read from.\n",
                       bold("batchctl"));
  text +=
      ".TP\n" + bold("BATCHCTL_") + italic("OPTION") + ", " + bold("BATCHCTL_") + italic("COMMAND_OPTION") +
      "\nA common option, or one of a command, in capitals with underscores. A flag wins over its variable, that over "
      "the configuration file.\n";
  text += ".TP\n" + bold("GOOGLE_API_KEY") + ", " + bold("GEMINI_API_KEY") + "\nThe key, when neither " +
          bold("--api-key-file") + " nor " + bold("--api-key-command") + " is given.\n";
  text += ".TP\n" + bold("GOOGLE_GEMINI_BASE_URL") + "\nThe service's address, when " + bold("--base-url") +
          " is not given.\n";
  text += ".TP\n" + bold("XDG_STATE_HOME") + ", " + bold("XDG_CONFIG_HOME") + ", " + bold("HOME") +
          "\nWhere the files below lie.\n";
  return text;
}

std::string files_section() {
  std::string text = ".SH FILES\n";
  const auto file = [&](std::string_view path, const std::string& what) {
    text += ".TP\n" + italic(path) + "\n" + what + "\n";
  };
  file("~/.local/state/batchctl/state.db",
       "The state: runs, chunks, files and jobs, without prompts and answers. Beside it " + italic("state.db.d") +
           " keeps result files as they came.");
  file("~/.config/batchctl/config.toml", "Options in TOML: common ones at the top, those of a command under " +
                                             bold("[command]") + "; see " + bold("batchctl-config") + "(1).");
  file("~/.config/batchctl/limits.json", "Prices and limits that take the place of those compiled in.");
  return text;
}

/// What one sentence of help cannot say.
std::string more_about(const std::string& command) {
  if (command == "config")
    return ".PP\nThe configuration file is TOML. Keys are the long names of options without their hyphens in front; "
           "common "
           "options stand at the top, those of a command in a table of its name:\n.PP\n.nf\n.RS\n"
           "api\\-key\\-command = \"pass show gemini\"\n[submit]\ntier = 1\ngroup\\-delay = \"1m\"\nmax\\-cost = "
           "25\n.RE\n.fi\n"
           ".PP\nA key that is not known or a value of another type ends every command with exit 2, by file and line. "
           "The "
           "API key itself, " +
           bold("yes") + " and " + bold("dry-run") + " have no place in it.\n";
  if (command == "resume")
    return ".PP\nFor cron or a systemd timer: exit 75 means that the run is not finished and that the same command "
           "goes on "
           "with it later.\n";
  if (command == "completion")
    return ".PP\nFor bash: " + bold("source <(batchctl completion bash)") + ". For zsh, into a directory of " +
           bold("$fpath") + " as " + bold("_batchctl") + ". For fish, into " +
           italic("~/.config/fish/completions/batchctl.fish") + ".\n";
  return "";
}

std::string see_also(const OptionTable& table, const std::string& command) {
  std::string text = ".SH SEE ALSO\n";
  if (!command.empty()) return text + bold("batchctl") + "(1)\n";
  for (std::size_t i = 0; i < table.commands.size(); ++i)
    text += bold("batchctl-" + table.commands[i].name) + "(1)" + (i + 1 < table.commands.size() ? ",\n" : "\n");
  return text;
}

std::string main_page(const OptionTable& table) {
  std::string text = title(table, "batchctl");
  text += ".SH NAME\nbatchctl \\- run large question sets through the Gemini Batch API\n";
  text += ".SH SYNOPSIS\n" + bold("batchctl") + " " + italic("COMMAND") + " [" + italic("OPTION") + "...] [" +
          italic("ARGUMENT") + "...]\n";
  text +=
      ".SH DESCRIPTION\n" + sentence(table.summary) +
      " It cuts the input into chunks, uploads them, creates jobs in throttled groups, remembers every file and job "
      "in SQLite, and after a pause, a crash or a reboot goes on exactly where it stopped.\n";
  text += ".SH COMMANDS\n";
  for (const CommandRow& command : table.commands)
    text += ".TP\n" + bold("batchctl-" + command.name) + "(1)\n" + sentence(command.summary) + "\n";
  text += option_section("OPTIONS", table.common) + ".PP\nThey stand before or after the command.\n";
  text += exit_section() + environment_section("") + files_section();
  text +=
      ".SH EXAMPLES\n.nf\nbatchctl submit qa.jsonl \\-\\-chunk\\-records 100\nbatchctl resume \\-\\-wait\n"
      "batchctl download\n.fi\n";
  return text + see_also(table, "");
}

std::string command_page(const OptionTable& table, const CommandRow& command) {
  const std::string name = "batchctl-" + command.name;
  std::string text = title(table, name);
  text += ".SH NAME\n" + plain(name) + " \\- " + plain(command.summary) + "\n";
  text += ".SH SYNOPSIS\n" + bold("batchctl " + command.name) + " [" + italic("OPTION") + "...]";
  for (const ArgumentRow& argument : command.arguments) {
    const std::string word = italic(argument.name) + (argument.many ? "..." : "");
    text += " " + (argument.required ? word : "[" + word + "]");
  }
  text += "\n.SH DESCRIPTION\n" + sentence(command.summary) + "\n";
  for (const ArgumentRow& argument : command.arguments)
    text += ".TP\n" + italic(argument.name) + "\n" + sentence(argument.help) + "\n";
  text += more_about(command.name);
  text += option_section("OPTIONS", command.options);
  text += ".PP\nCommon options are in " + bold("batchctl") + "(1).\n";
  return text + exit_section() + environment_section(command.name) + files_section() + see_also(table, command.name);
}

}  // namespace

std::string manual_page(const OptionTable& table, const std::string& command) {
  if (command.empty() || command == "batchctl") return main_page(table);
  const CommandRow* row = table.command(command);
  if (row != nullptr) return command_page(table, *row);
  std::vector<std::string_view> names;
  for (const CommandRow& known : table.commands) names.push_back(known.name);
  throw Fatal(ExitCode::usage, "usage",
              fmt::format("there is no command \"{}\"; {}", one_line(command, 40), suggestion(command, names)),
              "batchctl --help lists them");
}

std::vector<ManualFile> manual_files(const OptionTable& table) {
  std::vector<ManualFile> files = {{"batchctl.1", main_page(table)}};
  for (const CommandRow& command : table.commands)
    files.push_back({"batchctl-" + command.name + ".1", command_page(table, command)});
  return files;
}

}  // namespace batchctl::cli
