#include "cli/text.hpp"

#include <doctest/doctest.h>

using namespace batchctl;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);

app::RunReport report_in(RunState state) {
  app::RunReport report;
  report.run.name = "qa";
  report.state = state;
  report.records = {300, 100, 0, 200};
  report.chunks[static_cast<std::size_t>(ChunkState::done)] = 1;
  report.chunks[static_cast<std::size_t>(ChunkState::planned)] = 2;
  report.next = "batchctl resume qa";
  return report;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("status ends with the next step in every state that has one") {
  for (const RunState state : {RunState::submitting, RunState::paused, RunState::waiting, RunState::fetching,
                               RunState::complete, RunState::complete_with_failures, RunState::needs_attention}) {
    const std::string text = cli::status_text(report_in(state), kNow);
    CAPTURE(text);
    CHECK(has(text, std::string("qa: ") + std::string(name_of(state))));
    CHECK(text.ends_with("batchctl resume qa\n"));
    CHECK(has(text, "100 of 300 answered"));
  }
}

TEST_CASE("a pause shows the service's own words and when creating is tried again") {
  app::RunReport report = report_in(RunState::paused);
  report.pause =
      plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::unknown, std::nullopt, "You exceeded your current quota", kNow,
                  kNow + minutes{12}};
  for (const std::string& text : {cli::status_text(report, kNow), cli::ending_text(report, kNow)}) {
    CAPTURE(text);
    CHECK(has(text, "\"You exceeded your current quota\""));
    CHECK(has(text, "in 12 min (02:25 UTC)"));
  }
}

TEST_CASE("a stop shows what a person must see to") {
  app::RunReport report = report_in(RunState::needs_attention);
  report.run.stop = Stop{"key", "API key not valid.", kNow};
  CHECK(has(cli::status_text(report, kNow), "API key not valid."));
  CHECK(has(cli::ending_text(report, kNow), "API key not valid."));
  CHECK(has(cli::ending_text(report, kNow), "batchctl resume qa"));
}

TEST_CASE("a message of several lines stays on one, so that the screen keeps its form") {
  app::RunReport report = report_in(RunState::needs_attention);
  report.run.stop = Stop{"rejected", "Error on line 1: a\nError on line 2: b", kNow};
  CHECK(has(cli::status_text(report, kNow), "Error on line 1: a Error on line 2: b"));
}

TEST_CASE("no runs and no plan price are said in words") {
  CHECK(has(cli::runs_text({}), "batchctl submit"));
  app::PlanSummary plan;
  plan.chunks = 1;
  CHECK(has(cli::plan_text(plan), "price unknown"));
}
