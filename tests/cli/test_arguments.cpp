#include "cli/arguments.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

using namespace batchctl;

namespace {

cli::Parsed parsed(std::initializer_list<const char*> words) {
  std::vector<std::string> texts(words.begin(), words.end());
  texts.insert(texts.begin(), "batchctl");
  std::vector<char*> argv;
  for (std::string& text : texts) argv.push_back(text.data());
  return cli::parse(static_cast<int>(argv.size()), argv.data(), {"1.2.3", {}, {}});
}

}  // namespace

TEST_CASE("--wait takes a length only behind its equals sign, never the next word") {
  const cli::Arguments submit = parsed({"submit", "--wait", "qa.jsonl"}).arguments.value();
  CHECK(submit.inputs == std::vector<std::string>{"qa.jsonl"});
  CHECK(submit.wait);
  CHECK_FALSE(submit.wait_at_most);
  const cli::Arguments resume = parsed({"resume", "--wait=1h30m", "qa"}).arguments.value();
  CHECK(resume.run == "qa");
  CHECK(resume.wait);
  CHECK(resume.wait_at_most == minutes{90});
  CHECK_FALSE(parsed({"resume", "qa"}).arguments.value().wait);
}

TEST_CASE("--chunks means all, one, or a range") {
  CHECK_FALSE(parsed({"status"}).arguments.value().chunks);
  const cli::Arguments all = parsed({"status", "--chunks", "qa"}).arguments.value();
  CHECK(all.chunks);
  CHECK(all.run == "qa");
  CHECK_FALSE(all.chunk_range);
  const cli::Arguments range = parsed({"status", "--chunks=72-80"}).arguments.value();
  REQUIRE(range.chunk_range);
  CHECK(range.chunk_range->from == 72);
  CHECK(range.chunk_range->to == 80);
  const cli::Arguments one = parsed({"status", "--chunks=7"}).arguments.value();
  CHECK(one.chunk_range->from == 7);
  CHECK(one.chunk_range->to == 7);
  for (const char* wrong : {"--chunks=8-7", "--chunks=-1", "--chunks=a", "--chunks=1-", "--chunks=1-2-3"})
    CHECK_MESSAGE(parsed({"status", wrong}).exit == 2, wrong);
}

TEST_CASE("a yes or no that is not given is neither") {
  CHECK_FALSE(parsed({"submit", "qa.jsonl"}).arguments.value().calibrate);
  CHECK(parsed({"submit", "--calibrate", "qa.jsonl"}).arguments.value().calibrate == true);
  CHECK(parsed({"submit", "--no-calibrate", "qa.jsonl"}).arguments.value().calibrate == false);
  CHECK_FALSE(parsed({"submit", "qa.jsonl"}).arguments.value().options.yield);
  CHECK(parsed({"submit", "--no-yield", "qa.jsonl"}).arguments.value().options.yield == false);
}

TEST_CASE("common options stand before or after the command") {
  for (const cli::Parsed& line :
       {parsed({"--json", "--state", "s.db", "runs"}), parsed({"runs", "--json", "--state", "s.db"})}) {
    REQUIRE(line.arguments);
    CHECK(line.arguments->verb == cli::Verb::runs);
    CHECK(line.arguments->json);
    CHECK(line.arguments->state == "s.db");
  }
}

TEST_CASE("settings that were not given stay open, so that remembered ones are kept") {
  const cli::GivenOptions none = parsed({"resume"}).arguments.value().options;
  CHECK_FALSE(none.group_size);
  CHECK_FALSE(none.group_delay);
  CHECK_FALSE(none.max_jobs);
  CHECK_FALSE(none.output);
  CHECK_FALSE(none.weight);
  CHECK_FALSE(none.yield.has_value());
  CHECK_FALSE(none.paranoid.has_value());
  const cli::GivenOptions some =
      parsed({"resume", "--group-delay", "90s", "--max-jobs", "5"}).arguments.value().options;
  CHECK(some.group_delay == seconds{90});
  CHECK(some.max_jobs == 5);
  const cli::GivenOptions shared =
      parsed({"resume", "--weight", "2.5", "--quota-share", "0.5", "--yield"}).arguments.value().options;
  CHECK(shared.weight == 2.5);
  CHECK(shared.quota_share == 0.5);
  CHECK(shared.yield == true);
  CHECK(parsed({"resume", "--paranoid"}).arguments.value().options.paranoid == true);
  CHECK(parsed({"resume", "--no-paranoid"}).arguments.value().options.paranoid == false);
  CHECK(parsed({"resume", "--no-yield"}).arguments.value().options.yield == false);
  CHECK(parsed({"resume", "--quota-share", "1.5"}).exit == 2);
  CHECK(parsed({"resume", "--weight", "0"}).exit == 2);
}

TEST_CASE("how the input is read and cut is part of the settings; a file as a chunk is cut no further") {
  const Settings settings =
      parsed({"submit", "qa.json", "--records", "/data/*/qa", "--input-format", "openai", "--chunk-per-file"})
          .arguments.value()
          .settings;
  CHECK(settings.records == "/data/*/qa");
  CHECK(settings.input_format == "openai");
  CHECK(settings.chunk_per_file);
  CHECK_FALSE(parsed({"submit", "qa.json"}).arguments.value().settings.records);
  CHECK_FALSE(parsed({"submit", "qa.json"}).arguments.value().settings.chunk_per_file);
  for (const char* format : {"auto", "qa", "gemini", "openai", "chat", "csv", "tsv", "lines"})
    CHECK(parsed({"plan", "qa", "--input-format", format}).exit == 0);
  CHECK(parsed({"plan", "qa", "--input-format", "xml"}).exit == 2);
  for (const char* cut : {"--chunk-records", "--chunk-tokens", "--chunk-bytes"})
    CHECK(parsed({"submit", "qa.json", "--chunk-per-file", cut, "5"}).exit == 2);
  ::setenv("BATCHCTL_SUBMIT_CHUNK_RECORDS", "7", 1);
  const Settings typed = parsed({"submit", "qa.json", "--chunk-per-file"}).arguments.value().settings;
  const Settings named = parsed({"submit", "qa.json"}).arguments.value().settings;
  ::unsetenv("BATCHCTL_SUBMIT_CHUNK_RECORDS");
  CHECK(typed.chunk_per_file);
  CHECK_FALSE(typed.chunk_records);
  CHECK(named.chunk_records == 7);
}

TEST_CASE("clean and purge take no yes from the environment, and --remote-cleanup knows three words") {
  ::setenv("BATCHCTL_CLEAN_YES", "1", 1);
  const cli::Arguments clean = parsed({"clean", "qa"}).arguments.value();
  ::unsetenv("BATCHCTL_CLEAN_YES");
  CHECK(clean.run == "qa");
  CHECK_FALSE(clean.yes);
  CHECK_FALSE(clean.dry_run);
  const cli::Arguments purge = parsed({"purge", "--dry-run", "--yes"}).arguments.value();
  CHECK(purge.yes);
  CHECK(purge.dry_run);
  for (const char* word : {"inputs", "all", "none"})
    CHECK(parsed({"submit", "qa.jsonl", "--remote-cleanup", word}).arguments.value().options.remote_cleanup == word);
  CHECK(parsed({"submit", "qa.jsonl", "--remote-cleanup", "jobs"}).exit == 2);
}

TEST_CASE("a value that is not of its form is a usage error") {
  CHECK(parsed({"submit", "qa.jsonl", "--group-delay", "90"}).exit == 2);
  CHECK(parsed({"submit", "qa.jsonl", "--chunk-records", "0"}).exit == 2);
  CHECK(parsed({"submit", "qa.jsonl", "--chunk-bytes", "3GB"}).exit == 2);
  CHECK(parsed({"submit", "qa.jsonl", "--tier", "4"}).exit == 2);
  CHECK(parsed({"submit", "qa.jsonl", "--tier", "1", "--enqueued-tokens", "5"}).exit == 2);
  CHECK(parsed({"explain", "qa", "-1"}).exit == 2);
  CHECK(parsed({"sandbox", "--epoch", "yesterday"}).exit == 2);
  CHECK(parsed({"sandbox", "--tier", "4"}).exit == 2);
  CHECK(parsed({"sandbox", "--drop-after", "0"}).exit == 2);
  CHECK(parsed({"sandbox", "--fault", "list:1:503", "list:2:503"}).exit == 2);
}

TEST_CASE("orders to fail can be given more than once, and --drop-after is one of them") {
  const cli::SandboxArguments sandbox =
      parsed({"sandbox", "--fault", "create:22:drop-after", "--fault", R"({"on": "list", "do": "503"})", "--drop-after",
              "3", "--tier", "2", "--scenario", "s.json"})
          .arguments.value()
          .sandbox;
  CHECK(sandbox.faults ==
        std::vector<std::string>{"create:22:drop-after", R"({"on": "list", "do": "503"})", "create:3:drop-after"});
  CHECK(sandbox.tier == 2);
  CHECK(sandbox.scenario == "s.json");
  CHECK_FALSE(parsed({"sandbox"}).arguments.value().sandbox.tier);
}

TEST_CASE("--max-cost is an amount above nothing, or none") {
  CHECK_FALSE(parsed({"resume"}).arguments.value().options.max_cost.has_value());
  CHECK(parsed({"resume", "--max-cost", "0.50"}).arguments.value().options.max_cost == 0.5);
  const cli::GivenOptions none = parsed({"submit", "qa.jsonl", "--max-cost", "none"}).arguments.value().options;
  CHECK_FALSE(none.max_cost.has_value());
  CHECK(none.no_max_cost);
  for (const char* wrong : {"0", "-1", "nan", "5$", "", "much", "1e99"}) {
    CAPTURE(wrong);
    CHECK(parsed({"plan", "qa.jsonl", "--max-cost", wrong}).exit == 2);
  }
  CHECK(parsed({"plan", "qa.jsonl", "--expect-output", "0"}).exit == 2);
  CHECK(parsed({"plan", "qa.jsonl", "--expect-output", "900"}).arguments.value().options.expect_output == 900);
}
