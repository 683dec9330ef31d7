#include "cli/text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/columns.hpp"

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
    CHECK(has(text, "in 12 min (02:25)"));
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
  CHECK(has(cli::runs_text({}, kNow), "batchctl submit"));
  app::PlanSummary plan;
  plan.chunks = 1;
  CHECK(has(cli::plan_text(plan), "price unknown"));
}

TEST_CASE("times are those of the person's own clock, and another day is named") {
  cli::Viewpoint view(kNow);  // 02:13:20 UTC on 23 November
  view.utc_offset = [](Instant) { return std::chrono::minutes{-330}; };
  CHECK(cli::when(kNow + minutes{12}, view) == "in 12 min (20:55)");
  CHECK(cli::when(kNow + hours{5}, view) == "in 5 h (23 Nov 01:43)");
  CHECK(cli::when(kNow - minutes{1}, view) == "now (since 20:42)");
  CHECK(cli::when(kNow + seconds{130}, view) == "in 3 min (20:45)");
  CHECK(cli::when(kNow + seconds{90}, view) == "in 1 min 30 s (20:44)");
  CHECK(cli::date_and_time(kNow, view) == "2026-11-22 20:43:20");
}

TEST_CASE("status answers first whether it moves, then how much is done, then when it ends and why it waits") {
  app::RunReport report = report_in(RunState::paused);
  report.pause = plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, std::nullopt, "full", kNow, kNow + minutes{12}};
  report.eta = kNow + hours{2};
  report.records.failed = 3;
  const std::string text = cli::status_text(report, kNow);
  CAPTURE(text);
  std::size_t at = 0;
  for (const char* part : {"no batchctl is at work", "100 of 300 answered (34 %)", "in 2 h (04:13), by what jobs took",
                           "RESOURCE_EXHAUSTED", "3 records without a usable answer", "cost", "chunks", "next"}) {
    const std::size_t found = text.find(part, at);
    CHECK_MESSAGE(found != std::string::npos, part);
    if (found != std::string::npos) at = found;
  }
  report.run.driver = DriverMark{812, "here", kNow};
  CHECK(has(cli::status_text(report, kNow), "batchctl is at work on it (pid 812 on here, since 02:13)"));
  cli::Viewpoint view(kNow);
  view.is_at_work = [](const DriverMark&) { return false; };
  CHECK(has(cli::status_text(report, view), "no batchctl is at work"));
}

TEST_CASE("a screen wraps status at its edge, and long words of the service stay behind their label") {
  app::RunReport report = report_in(RunState::needs_attention);
  report.run.stop =
      Stop{"rejected", std::string(30, 'a') + " " + std::string(30, 'b') + " 東京 " + std::string(30, 'c'), kNow};
  cli::Viewpoint view(kNow);
  view.width = 60;
  const std::string text = cli::status_text(report, view);
  CAPTURE(text);
  CHECK(has(text, "\n           " + std::string(30, 'b')));
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    CHECK(cli::columns(text.substr(at, text.find('\n', at) - at)) <= 60);
}

TEST_CASE("explain has a sentence for every event that a chunk can live through") {
  app::RunReport report = report_in(RunState::waiting);
  report.chunk_list.emplace_back();
  for (const ChunkRow& row : kChunkTable) {
    const JournalLine line{
        kNow,     0, std::string(name_of(row.from)), std::string(name_of(row.event)), std::string(name_of(row.to)),
        "because"};
    const std::string text = cli::explain_text(report, {line}, kNow);
    CAPTURE(text);
    CHECK(has(text, fmt::format(": because [{}, {}]", name_of(row.event), name_of(row.to))));
    CHECK_FALSE(has(text, fmt::format("{}: because", name_of(row.event))));  // a word is no sentence
  }
}

TEST_CASE("explain says how long each step took, and who has to do the next one") {
  app::RunReport report = report_in(RunState::waiting);
  report.chunk_list.emplace_back();
  report.chunk_list[0].chunk.state = ChunkState::submitted;
  const std::vector<JournalLine> journal = {{kNow, 0, "planned", "upload_started", "uploading", ""},
                                            {kNow + seconds{95}, 0, "uploading", "upload_confirmed", "uploaded", ""}};
  const std::string text = cli::explain_text(report, journal, kNow);
  CAPTURE(text);
  CHECK(has(text, "+1 min 35 s"));
  CHECK(has(text, "its job to end; nobody looks at present: batchctl resume qa"));
  report.run.driver = DriverMark{1, "here", kNow};
  report.next_event = app::NextEvent{kNow + minutes{3}, "a look at the jobs"};
  CHECK(has(cli::explain_text(report, journal, kNow), "a look at the jobs in 3 min (02:16)"));
}

TEST_CASE("the doctor's page names what mends each ill thing") {
  const std::vector<app::Check> checks = {
      {"key", app::Health::ill, "no API key was found", "export GEMINI_API_KEY=...", ExitCode::attention},
      {"disk", app::Health::well, "9 GiB are free", "", ExitCode::done}};
  const std::string text = cli::doctor_text(checks, kNow);
  CHECK(has(text, "mend: export GEMINI_API_KEY"));
  CHECK(has(text, "1 thing to mend."));
  CHECK(has(cli::doctor_text({checks[1]}, kNow), "Nothing is ill."));
}
