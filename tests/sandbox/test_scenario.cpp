#include "sandbox/scenario.hpp"

#include <doctest/doctest.h>

namespace batchctl::sandbox {
namespace {

std::string fault_in(const std::string& json) {
  const auto scenario = parse_scenario(json, Scenario{});
  return scenario ? "" : scenario.error();
}

}  // namespace

TEST_CASE("a scenario names what differs, and the rest keeps its default") {
  const auto read = parse_scenario(R"({
    "tier": 2,
    "quotas": [{"limit": "creates", "most": 2, "per": "15m", "form": "help"},
               {"limit": "tokens", "most": 3000000, "model": "gemini-x", "release_after": "20m", "hint": "5s"}],
    "jobs": {"pending": "90s", "failed": 0.25, "cancel": "partial", "listed_after": "20s"},
    "rows": {"error": 0.5, "missing": 0.5, "code": 8, "shuffled": true},
    "files": {"refused_types": [], "processing": "30s", "taken": "400"},
    "lists": {"page": 5, "short": true},
    "downloads": {"ranges": false, "redirect": "elsewhere", "paths": "bare"},
    "faults": [{"on": "list", "nth": 3, "do": "status", "status": 500, "times": 2}]})",
                                   Scenario{});
  INFO(fault_in("{}"));
  REQUIRE(read.ok());
  const Scenario& scenario = read.value();
  CHECK(scenario.tier == 2);
  REQUIRE(scenario.quotas.size() == 2);
  CHECK(scenario.quotas[0].limit == QuotaRule::Limit::creates);
  CHECK(scenario.quotas[0].per == minutes{15});
  CHECK(scenario.quotas[0].form == QuotaForm::help);
  CHECK(scenario.quotas[1].model == "gemini-x");
  CHECK(scenario.quotas[1].release_after == minutes{20});
  CHECK(scenario.quotas[1].hint == seconds{5});
  CHECK(scenario.jobs.pending == seconds{90});
  CHECK(scenario.jobs.running == minutes{8});
  CHECK(scenario.jobs.failed == 0.25);
  CHECK(scenario.jobs.cancel == JobRules::CancelEnd::partial);
  CHECK(scenario.jobs.listed_after == seconds{20});
  CHECK(scenario.rows.code == 8);
  CHECK(scenario.rows.shuffled);
  CHECK(scenario.files.refused_types.empty());
  CHECK(scenario.files.taken == FileRules::Taken::bad_request);
  CHECK(scenario.lists.page == 5);
  CHECK(scenario.lists.is_short);
  CHECK_FALSE(scenario.downloads.ranges);
  CHECK(scenario.downloads.redirect == DownloadRules::Redirect::elsewhere);
  CHECK(scenario.downloads.paths == DownloadRules::Paths::bare);
  REQUIRE(scenario.faults.size() == 1);
  CHECK(scenario.faults[0].nth == 3);

  const auto again = parse_scenario(R"({"lists": {"short": false}})", scenario);
  REQUIRE(again.ok());
  CHECK(again.value().lists.page == 5);
  CHECK_FALSE(again.value().lists.is_short);
  CHECK(again.value().quotas.size() == 2);
}

TEST_CASE("a scenario that is wrong is refused by place, with what would be right") {
  CHECK(fault_in("{").find("not JSON") != std::string::npos);
  CHECK(fault_in("[]") == "the scenario is []; it is an object");
  CHECK(fault_in(R"({"quota": []})") ==
        "the scenario.quota is not known here; known are downloads, faults, files, jobs, lists, quotas, rows, tier");
  CHECK(fault_in(R"({"tier": 4})") == "the scenario.tier is 4; it is a whole number from 1 to 3");
  CHECK(fault_in(R"({"quotas": [{"limit": "jobs", "most": 1}, {"limit": "job", "most": 1}]})") ==
        "quotas[1].limit is \"job\"; it is one of jobs, tokens, creates, tokens-per-day, requests-per-day, storage");
  CHECK(fault_in(R"({"quotas": [{"limit": "jobs"}]})") == "quotas[0].most is missing");
  CHECK(fault_in(R"({"quotas": [{"limit": "jobs", "most": -1}]})") ==
        "quotas[0].most is -1; it is a whole number, 0 or more");
  CHECK(fault_in(R"({"jobs": {"pending": 4}})") == "jobs.pending is 4; it is a text");
  CHECK(fault_in(R"({"jobs": {"pending": "soon"}})") ==
        "jobs.pending is \"soon\"; it is a duration such as \"90s\" or \"15m\"");
  CHECK(fault_in(R"({"rows": {"error": 0.6, "missing": 0.6}})") ==
        "the shares of rows add up to 1.2; together they are at most 1");
  CHECK(fault_in(R"({"faults": [{"on": "crate", "do": "drop-after"}]})").find("faults[0]: fault.on is \"crate\"") == 0);
  CHECK(fault_in(R"({"faults": [{"on": "create"}]})") == "faults[0]: fault.do is missing: what is to be done");
}

}  // namespace batchctl::sandbox
