// The configuration file: what it says counts where neither a flag nor the environment says otherwise, and what it
// cannot say is told by file and line.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/arguments.hpp"
#include "cli/config_view.hpp"
#include "os/temporary_directory.hpp"
#include "schemas/schema.hpp"

using namespace batchctl;

namespace {

using From = cli::SettingOrigin::From;

class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class Desk {
 public:
  explicit Desk(const std::string& toml) : path_(home_ / "config.toml") { std::ofstream(path_) << toml; }

  const std::string& path() const { return path_; }

  cli::Parsed parsed(std::vector<std::string> words) {
    words.insert(words.begin(), "batchctl");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    std::ostringstream said;
    std::streambuf* before = std::cerr.rdbuf(said.rdbuf());
    cli::Parsed parsed = cli::parse(static_cast<int>(argv.size()), argv.data(), {"1.2.3", {}, path_});
    std::cerr.rdbuf(before);
    said_ = said.str();
    return parsed;
  }
  cli::Arguments arguments(const std::vector<std::string>& words) {
    const cli::Parsed result = parsed(words);
    REQUIRE_MESSAGE(result.arguments, said_);
    return *result.arguments;
  }
  /// What a command that the file ends says; empty when it goes on.
  std::string refusal(const std::vector<std::string>& words = {"runs"}) { return parsed(words).exit == 2 ? said_ : ""; }

 private:
  TemporaryDirectory home_;
  std::string path_, said_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const cli::SettingOrigin& origin_of(const cli::Arguments& arguments, const std::string& section,
                                    const std::string& name) {
  for (const cli::SettingOrigin& origin : arguments.setting_origins)
    if (origin.section == section && origin.name == name) return origin;
  throw std::runtime_error(section + "." + name + " is not shown");
}

}  // namespace

TEST_CASE("the file gives common options at its top and a command's own in its table, and to no other command") {
  Desk desk(R"(
state = "from-file.db"
json = true
ask_above_usd = 3.5
[submit]
tier = 2
group-delay = "1m"
paranoid = false
wait = "2h"
dedupe = true
max-cost = 25
[sandbox]
fault = ["list:1:503", "create:2:drop-after"]
)");
  const cli::Arguments submit = desk.arguments({"submit", "qa.jsonl"});
  CHECK(submit.state == "from-file.db");
  CHECK(submit.json);
  CHECK(submit.ask_above_usd == 3.5);
  CHECK(submit.options.tier == 2);
  CHECK(submit.options.group_delay == minutes{1});
  CHECK(submit.options.paranoid == false);
  CHECK(submit.wait);
  CHECK(submit.wait_at_most == minutes{120});
  CHECK(submit.settings.dedupe);
  CHECK(submit.options.max_cost == 25.0);
  const cli::Arguments resume = desk.arguments({"resume"});
  CHECK(resume.state == "from-file.db");
  CHECK_FALSE(resume.options.tier.has_value());
  CHECK_FALSE(resume.wait);
  CHECK(desk.arguments({"sandbox"}).sandbox.faults.size() == 2);
}

TEST_CASE("a flag wins over the environment, and that over the file; so do their rivals") {
  Desk desk("state = \"file.db\"\nquiet = true\n[submit]\ntier = 1\nmax-jobs = 5\noutput = \"file.jsonl\"\n");
  const Variable jobs("BATCHCTL_SUBMIT_MAX_JOBS", "6"), state("BATCHCTL_STATE", "environment.db");
  const cli::Arguments none = desk.arguments({"submit", "qa.jsonl"});
  CHECK(none.options.max_jobs == 6);
  CHECK(none.state == "environment.db");
  CHECK(none.options.tier == 1);
  CHECK(none.options.output == "file.jsonl");
  CHECK(none.quiet);
  const cli::Arguments typed =
      desk.arguments({"submit", "qa.jsonl", "--max-jobs=7", "--state", "flag.db", "-o", "flag.jsonl", "-q"});
  CHECK(typed.options.max_jobs == 7);
  CHECK(typed.state == "flag.db");
  CHECK(typed.options.output == "flag.jsonl");
  const cli::Arguments rival = desk.arguments({"submit", "qa.jsonl", "--enqueued-tokens", "900"});
  CHECK(rival.options.enqueued_tokens == 900);
  CHECK_FALSE(rival.options.tier.has_value());
  const Variable tokens("BATCHCTL_SUBMIT_ENQUEUED_TOKENS", "800");
  const cli::Arguments named = desk.arguments({"submit", "qa.jsonl"});
  CHECK(named.options.enqueued_tokens == 800);
  CHECK_FALSE(named.options.tier.has_value());
}

TEST_CASE("what is not known is told by file and line, with what was probably meant") {
  const auto refusal = [](const std::string& toml) {
    Desk desk(toml);
    std::string words = desk.refusal();
    const std::size_t path = words.find(desk.path());
    return path == std::string::npos ? words : words.replace(path, desk.path().size(), "FILE");
  };
  CHECK(has(refusal("quiet = true\nprojet = \"x\"\n"), "FILE:2: \"projet\" is not known; did you mean \"project\"?"));
  CHECK(has(refusal("[submit]\n\ngroup-dely = \"1m\"\n"),
            "FILE:3: [submit] does not know \"group-dely\"; did you mean \"group-delay\"?"));
  CHECK(has(refusal("[submitt]\n"), "FILE:1: there is no command \"submitt\"; did you mean \"submit\"?"));
  CHECK(has(refusal("tier = 1\n"), "FILE:1: \"tier\" is not known; it belongs under [submit]"));
  CHECK(has(refusal("[submit]\nmax_jobs = 1\nmax-jobs = 2\n"), "FILE:3: \"max-jobs\" stands in line 2 already"));
  CHECK(has(refusal("quiet = yes\n"), "FILE:1: not TOML"));
  CHECK(has(refusal("submit = 3\n"), "FILE:1: "));
}

TEST_CASE("a value of another type, or out of its range, is told by file and line") {
  CHECK(has(Desk("[submit]\ntier = \"1\"\n").refusal(), ":2: \"tier\" takes a number"));
  CHECK(has(Desk("json = \"yes\"\n").refusal(), ":1: \"json\" takes true or false"));
  CHECK(has(Desk("state = 5\n").refusal(), ":1: \"state\" takes a string"));
  CHECK(has(Desk("state = [\"a\"]\n").refusal(), ":1: \"state\" takes a string"));
  CHECK(has(Desk("[submit]\nwait = 5\n").refusal(), ":2: \"wait\" takes true, false or a string"));
  CHECK(has(Desk("[sandbox]\nfault = [1, 2]\n").refusal(), ":2: \"fault\" takes"));
  Desk range("[submit]\ntier = 4\n");
  CHECK(range.refusal() == "");  // runs does not need it
  CHECK(has(range.refusal({"submit", "qa.jsonl"}), range.path() + ":2: --tier"));
  Desk delay("[resume]\ngroup-delay = \"soon\"\n");
  CHECK(has(delay.refusal({"resume"}), delay.path() + ":2: --group-delay"));
  const Variable tier("BATCHCTL_SUBMIT_TIER", "9");
  CHECK(has(Desk("").refusal({"submit", "qa.jsonl"}), "BATCHCTL_SUBMIT_TIER: --tier"));
}

TEST_CASE("the file holds no key, and no yes") {
  Desk key("api_key = \"AIzaSecretSecret\"\n");
  const std::string words = key.refusal();
  CHECK(has(words, ":1: a key does not stand in this file"));
  CHECK(!has(words, "AIzaSecret"));
  CHECK(has(Desk("[clean]\nyes = true\n").refusal(), ":2: \"yes\" is only for the command line"));
  CHECK(has(Desk("[submit]\ndry-run = true\n").refusal(), ":2: \"dry-run\" is only for the command line"));
  CHECK(has(Desk("config = \"other.toml\"\n").refusal(), ":1: \"config\" is only for the command line"));
  CHECK(Desk("api-key-file = \"key\"\n").refusal() == "");
}

TEST_CASE("a file that was named must be there; the one in its place may") {
  Desk desk("project = \"mine\"\n");
  CHECK(desk.arguments({"runs"}).project == "mine");
  CHECK(has(desk.refusal({"runs", "--config", "/nowhere/config.toml"}), "/nowhere/config.toml cannot be read"));
  CHECK_FALSE(desk.arguments({"runs", "--config", "none"}).project.has_value());
  {
    const Variable named("BATCHCTL_CONFIG", "/nowhere/config.toml");
    CHECK(has(desk.refusal(), "/nowhere/config.toml cannot be read"));
  }
  std::remove(desk.path().c_str());
  CHECK_FALSE(desk.arguments({"runs"}).project.has_value());
}

TEST_CASE("help comes also where the file is at fault") {
  Desk desk("what = 1\n");
  std::ostringstream help;
  std::streambuf* before = std::cout.rdbuf(help.rdbuf());
  const int exit = desk.parsed({"submit", "--help"}).exit;
  std::cout.rdbuf(before);
  CHECK(exit == 0);
  CHECK(has(help.str(), "Usage"));
}

TEST_CASE("config shows each setting's value and where it comes from") {
  Desk desk("project = \"ours\"\n[submit]\ntier = 2\nmax-jobs = 3\n");
  const Variable jobs("BATCHCTL_SUBMIT_MAX_JOBS", "6");
  const cli::Arguments all = desk.arguments({"config", "--state", "typed.db"});
  CHECK(origin_of(all, "", "state").from == From::flag);
  CHECK(origin_of(all, "", "state").value == "typed.db");
  CHECK(origin_of(all, "", "project").from == From::config);
  CHECK(origin_of(all, "", "project").line == 1);
  CHECK(origin_of(all, "submit", "max-jobs").from == From::environment);
  CHECK(origin_of(all, "submit", "max-jobs").value == "6");
  CHECK(origin_of(all, "submit", "tier").value == "2");
  CHECK(origin_of(all, "submit", "group-size").value == "10");
  CHECK(origin_of(all, "submit", "group-size").from == From::preset);
  CHECK(origin_of(all, "submit", "group-delay").value == "30s");
  CHECK(origin_of(all, "submit", "model").value == "gemini-2.5-flash");
  CHECK(origin_of(all, "submit", "schema").value == "");
  CHECK(origin_of(all, "", "ask-above-usd").value == "20");
  CHECK_THROWS(origin_of(all, "clean", "yes"));
  const std::string text = cli::config_text(all);
  CHECK(has(text, "config " + desk.path() + ":1"));
  CHECK(has(text, "environment BATCHCTL_SUBMIT_MAX_JOBS"));
  CHECK(has(text, "\n[submit]\n"));
  CHECK(schema_faults("config", nlohmann::json::parse(cli::config_document(all).dump())) == "");
  const std::string some = cli::config_text(desk.arguments({"config", "submit"}));
  CHECK(has(some, "tier"));
  CHECK(!has(some, "limits-file"));
  CHECK_THROWS(cli::config_text(desk.arguments({"config", "sumbit"})));
}
