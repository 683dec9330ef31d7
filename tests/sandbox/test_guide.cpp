#include "sandbox/guide.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "sandbox/faults.hpp"
#include "sandbox/scenario.hpp"

namespace batchctl::sandbox {
namespace {

/// What the reader says would be right, instead of this text.
std::string right_ones(const std::string& text, const std::string& before) {
  const auto scenario = parse_scenario(text, Scenario{});
  REQUIRE_FALSE(scenario.ok());
  const std::size_t at = scenario.error().find(before);
  REQUIRE_MESSAGE(at != std::string::npos, scenario.error());
  return scenario.error().substr(at + before.size());
}

bool has(const std::string& text) { return guide().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("the scenario that the guide shows is the default") {
  Scenario other;
  other.tier = 2;
  other.quotas.clear();
  other.jobs.pending = other.jobs.running = hours{1};
  other.files.refused_types.clear();
  other.lists.page = 7;
  other.downloads.ranges = false;
  other.faults.emplace_back();
  const auto shown = parse_scenario(kDefaultScenario, other);
  REQUIRE_MESSAGE(shown.ok(), shown.error());
  CHECK((shown.value() == Scenario{}));
}

TEST_CASE("the guide names every member of a scenario and every word of its choices") {
  const nlohmann::json shown = nlohmann::json::parse(kDefaultScenario);
  const auto names_shown = [](const nlohmann::json& object, const std::string& names) {
    std::istringstream words(names);
    for (std::string name; std::getline(words >> std::ws, name, ',');) CHECK_MESSAGE(object.contains(name), name);
  };
  names_shown(shown, right_ones(R"({"?": 0})", "known are "));
  for (const char* part : {"jobs", "rows", "files", "lists", "downloads"}) {
    names_shown(shown.at(part), right_ones("{\"" + std::string(part) + "\": {\"?\": 0}}", "known are "));
  }
  std::istringstream quota(right_ones(R"({"quotas": [{"limit": "jobs", "most": 1, "?": 0}]})", "known are "));
  for (std::string name; std::getline(quota >> std::ws, name, ',');) CHECK_MESSAGE(has(name), name);
  CHECK(has(right_ones(R"({"quotas": [{"limit": "?"}]})", "one of ")));
  CHECK(has(right_ones(R"({"quotas": [{"form": "?"}]})", "one of ")));
  CHECK(has(right_ones(R"({"jobs": {"cancel": "?"}})", "one of ")));
  CHECK(has(right_ones(R"({"files": {"taken": "?"}})", "one of ")));
  CHECK(has(right_ones(R"({"downloads": {"redirect": "?"}})", "one of ")));
  CHECK(has(right_ones(R"({"downloads": {"paths": "?"}})", "one of ")));
}

TEST_CASE("the guide fits on two screens and names every kind and word") {
  for (const RequestKind& kind : kRequestKinds) CHECK_MESSAGE(has(std::string(kind.text) + " "), kind.text);
  for (const FaultWord& word : kFaultWords) CHECK_MESSAGE(has("\n  " + std::string(word.text) + " "), word.text);
  std::istringstream lines(guide());
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK_MESSAGE(line.size() <= 120, line);
  CHECK(count < 70);
}

}  // namespace batchctl::sandbox
