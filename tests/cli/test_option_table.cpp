// Help, man pages, completions and README are made from one table: each has every option, and none has another.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

#include "cli/arguments.hpp"
#include "cli/completions.hpp"
#include "cli/manual.hpp"
#include "os/temporary_directory.hpp"

using namespace batchctl;

namespace {

using Names = std::set<std::string>;

const std::string kReadme = std::string(BATCHCTL_SOURCE_DIR) + "/README.md";
const cli::ParserFacts kFacts{"1.2.3", {}, {}};

const cli::OptionTable& table() {
  static const cli::OptionTable table = cli::option_table(kFacts);
  return table;
}

std::string whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What `batchctl words...` prints instead of running.
std::string said(std::vector<std::string> words) {
  words.insert(words.begin(), "batchctl");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  std::ostringstream text;
  std::streambuf* before = std::cout.rdbuf(text.rdbuf());
  cli::parse(static_cast<int>(argv.size()), argv.data(), kFacts);
  std::cout.rdbuf(before);
  return text.str();
}

Names names_of(const std::vector<cli::OptionRow>& rows) {
  Names names;
  for (const cli::OptionRow& row : rows)
    for (const std::string& name : row.names)
      if (name.rfind("--", 0) == 0) names.insert(name);
  return names;
}

Names all_names() {
  Names names = names_of(table().common);
  for (const cli::CommandRow& command : table().commands) names.merge(names_of(command.options));
  return names;
}

/// Every --word.
Names mentioned(const std::string& text) {
  static const std::regex kOption("(^|[^A-Za-z0-9-])(--[a-z][a-z-]*[a-z])");
  Names names;
  for (std::sregex_iterator at(text.begin(), text.end(), kOption), end; at != end; ++at) names.insert((*at)[2]);
  return names;
}

/// Those that stand at the begin of a help line.
Names listed_in_help(const std::string& help) {
  static const std::regex kLine("(^|\n)  (-[^ \n]+)");
  Names names;
  for (std::sregex_iterator at(help.begin(), help.end(), kLine), end; at != end; ++at)
    names.merge(mentioned(std::regex_replace((*at)[2].str(), std::regex(","), " ")));
  return names;
}

std::string without_roff(std::string page) {
  page = std::regex_replace(page, std::regex("\\\\f[BIR]"), "");
  return std::regex_replace(page, std::regex("\\\\-"), "-");
}

/// Those of entries: a line after .TP that begins with a hyphen.
Names listed_in_page(const std::string& page) {
  static const std::regex kEntry("\\.TP\n(-[^\n]*)");
  Names names;
  const std::string text = without_roff(page);
  for (std::sregex_iterator at(text.begin(), text.end(), kEntry), end; at != end; ++at)
    names.merge(mentioned((*at)[1].str()));
  return names;
}

int lines_on_a_screen(const std::string& text, std::size_t width) {
  std::istringstream stream(text);
  int lines = 0;
  for (std::string line; std::getline(stream, line);)
    lines += static_cast<int>(line.size() <= width ? 1 : (line.size() + width - 1) / width);
  return lines;
}

/// The exit code of a shell that is asked about a script; nullopt when there is no such shell.
std::optional<int> checked_by(const std::string& shell, const std::string& script) {
  if (std::system(("command -v " + shell + " >/dev/null").c_str()) != 0) return std::nullopt;
  const TemporaryDirectory home;
  const std::string path = home.write("completion", script);
  return std::system((shell + " -n " + path).c_str());
}

/// What bash offers for these words, the last of which is being typed; sorted, one a line.
std::string offered(const std::string& words, const std::string& setup = "") {
  const TemporaryDirectory home;
  const std::string script = home.write("batchctl.bash", cli::bash_completion(table()));
  const std::string asking = home.write(
      "ask.bash",
      "cd " + home.path() + "\n" + setup + "\nsource " + script + "\nCOMP_WORDS=(" + words +
          ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_batchctl 2>/dev/null\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n");
  std::string text;
  FILE* pipe = ::popen(("env -i PATH=/usr/bin:/bin LC_ALL=C bash --norc " + asking + " | LC_ALL=C sort").c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  ::pclose(pipe);
  return text;
}

}  // namespace

TEST_CASE("the whole help of a command lists its options, and no other") {
  for (const cli::CommandRow& command : table().commands) {
    CAPTURE(command.name);
    const bool has_more = names_of(command.options).count("--help-all") > 0;
    const std::string help = said({command.name, has_more ? "--help-all" : "--help"});
    CHECK(listed_in_help(help) == names_of(command.options));
    for (const cli::ArgumentRow& argument : command.arguments) CHECK(help.find(argument.name) != std::string::npos);
  }
  CHECK(listed_in_help(said({"--help"})) == names_of(table().common));
}

TEST_CASE("the first screen of help fits 24 lines of 80 columns, and has nothing that the whole one lacks") {
  for (const char* verb : {"submit", "plan", "resume", "retry"}) {
    CAPTURE(verb);
    const std::string help = said({verb, "--help"});
    CHECK_MESSAGE(lines_on_a_screen(help, 80) <= 24, help);
    for (const std::string& name : listed_in_help(help))
      CHECK_MESSAGE(names_of(table().command(verb)->options).count(name) == 1, name);
  }
  const Names first = listed_in_help(said({"submit", "--help"}));
  CHECK(said({"submit", "--help"}).find("batchctl submit --help-all") != std::string::npos);
  for (const char* name : {"--run", "--model", "--max-cost", "--wait", "--yes"})
    CHECK_MESSAGE(first.count(name) == 1, name);
}

TEST_CASE("each command has a man page with its options, and no other; the main page names every command") {
  for (const cli::CommandRow& command : table().commands) {
    CAPTURE(command.name);
    const std::string page = cli::manual_page(table(), command.name);
    CHECK(listed_in_page(page) == names_of(command.options));
    for (const char* section : {"NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "FILES"})
      CHECK_MESSAGE(page.find(std::string(".SH ") + section + "\n") != std::string::npos, section);
    for (const cli::OptionRow& row : command.options)
      if (!row.environment.empty()) CHECK(without_roff(page).find(row.environment) != std::string::npos);
  }
  const std::string page = cli::manual_page(table(), "");
  CHECK(listed_in_page(page) == names_of(table().common));
  for (const cli::CommandRow& command : table().commands)
    CHECK(without_roff(page).find("batchctl-" + command.name + "(1)") != std::string::npos);
  CHECK_THROWS(cli::manual_page(table(), "sumbit"));
  CHECK(cli::manual_files(table()).size() == table().commands.size() + 1);
}

TEST_CASE("the man pages are clean roff") {
  if (std::system("command -v mandoc >/dev/null") != 0) {
    MESSAGE("SKIPPED: there is no mandoc here");
    return;
  }
  const TemporaryDirectory home;
  for (const cli::ManualFile& page : cli::manual_files(table())) {
    CAPTURE(page.name);
    const std::string path = home.write(page.name, page.text);
    CHECK(std::system(("mandoc -T lint -W warning " + path).c_str()) == 0);
  }
}

TEST_CASE("the completion scripts know every option, and no other") {
  const std::string bash = cli::bash_completion(table()), zsh = cli::zsh_completion(table()),
                    fish = cli::fish_completion(table());
  Names known = all_names();
  CHECK(mentioned(bash) == known);
  Names of_zsh;
  static const std::regex kSpec("\n    '\\*?(--[a-z-]+)[=\\[]");
  for (std::sregex_iterator at(zsh.begin(), zsh.end(), kSpec), end; at != end; ++at)
    of_zsh.insert((*at)[1].str().back() == '-' ? (*at)[1].str().substr(0, (*at)[1].str().size() - 1) : (*at)[1].str());
  CHECK(of_zsh == known);
  Names of_fish;
  static const std::regex kLong(" -l ([a-z][a-z-]+)");
  for (std::sregex_iterator at(fish.begin(), fish.end(), kLong), end; at != end; ++at)
    of_fish.insert("--" + (*at)[1].str());
  CHECK(of_fish == known);
}

TEST_CASE("each shell reads its script without a complaint") {
  const auto clean = [](const char* shell, const std::string& script) {
    const std::optional<int> exit = checked_by(shell, script);
    if (!exit) MESSAGE("SKIPPED: there is no ", shell, " here");
    if (exit) CHECK_MESSAGE(*exit == 0, shell);
  };
  clean("bash", cli::bash_completion(table()));
  clean("zsh", cli::zsh_completion(table()));
  clean("fish", cli::fish_completion(table()));
}

TEST_CASE("bash completes commands, options, their words, files and names of runs") {
  CHECK(offered("batchctl sub") == "submit\n");
  CHECK(offered("batchctl submit --input-format op") == "openai\n");
  CHECK(offered("batchctl submit --input-format = ts") == "tsv\n");
  CHECK(offered("batchctl submit --tier ''") == "1\n2\n3\n");
  CHECK(offered("batchctl submit --chunk-r") == "--chunk-records\n");
  CHECK(offered("batchctl resume --chunk-r") == "\n");
  CHECK(offered("batchctl resume --limits") == "--limits-file\n");
  CHECK(offered("batchctl --state s.db sta") == "status\n");
  CHECK(offered("batchctl --state = s.db sta") == "status\n");
  CHECK(offered("batchctl completion ''") == "bash\nfish\nzsh\n");
  CHECK(offered("batchctl submit q", "touch qa.jsonl 'q b.jsonl'; mkdir quiz") == "q b.jsonl\nqa.jsonl\nquiz\n");
  CHECK(offered("batchctl manual --directory q", "touch qa.jsonl; mkdir quiz") == "quiz\n");
  CHECK(offered("batchctl --api-key-file k", "touch key") == "key\n");
  CHECK(offered("batchctl submit --run q", "touch qa.jsonl") == "\n");
  const std::string runs =
      "batchctl() { printf 'run    state\\nqa     waiting\\nquiz   complete\\nother  paused\\n'; }";
  CHECK(offered("batchctl status q", runs) == "qa\nquiz\n");
}

TEST_CASE("the README lists every option, and names none that there is not") {
  const std::string readme = whole(kReadme), opens = "<!-- options -->\n", closes = "<!-- /options -->";
  const std::size_t begin = readme.find(opens), end = readme.find(closes);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::string found = readme.substr(begin + opens.size(), end - begin - opens.size());
  const std::string wanted = cli::options_markdown(table());
  if (std::getenv("BATCHCTL_UPDATE_README") != nullptr) {
    std::ofstream(kReadme, std::ios::binary) << readme.substr(0, begin + opens.size()) << wanted << readme.substr(end);
  } else {
    CHECK_MESSAGE(found == wanted, "write it anew with BATCHCTL_UPDATE_README=1 test_cli");
  }
  // Options of other programs that the README shows.
  static const Names kForeign = {"--preset", "--build", "--install", "--seconds", "--twice"};
  const Names known = all_names();
  for (const std::string& name : mentioned(readme)) {
    if (kForeign.count(name) == 0) CHECK_MESSAGE(known.count(name) == 1, name, " is in the README alone");
  }
  for (const cli::CommandRow& command : table().commands)
    CHECK_MESSAGE(readme.find("| `" + command.name) != std::string::npos, command.name);
}
