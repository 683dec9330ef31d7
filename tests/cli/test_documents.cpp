#include "cli/documents.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "schemas/schema.hpp"

using namespace batchctl;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);

app::RunReport paused_run() {
  app::RunReport report;
  report.run.id = RunId{"k3vabcdefg27"};
  report.run.name = "qa";
  report.run.project = "p";
  report.run.created_at = kNow;
  report.inputs.push_back({0, "/data/qa.jsonl", "qa.jsonl", 10, 2, std::string(64, 'a'), ""});
  report.state = RunState::paused;
  report.chunks[static_cast<std::size_t>(ChunkState::planned)] = 131;
  report.chunks[static_cast<std::size_t>(ChunkState::uploaded)] = 2;
  report.chunks[static_cast<std::size_t>(ChunkState::submitted)] = 21;
  report.jobs[static_cast<std::size_t>(JobState::pending)] = 21;
  report.records = {15400, 0, 0, 15400};
  report.cost.estimated = report.cost.actual = report.cost.wasted = report.cost.committed = 0.0;
  report.pause =
      plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::unknown, std::nullopt, "You exceeded your current quota", kNow,
                  kNow + minutes{5}};
  report.next = "batchctl resume qa";
  app::ChunkReport chunk;
  chunk.chunk.index = 72;
  chunk.chunk.records = 100;
  chunk.chunk.body_bytes = 5000;
  chunk.chunk.tokens = 1200;
  chunk.chunk.state = ChunkState::uploaded;
  report.chunk_list.push_back(chunk);
  return report;
}

nlohmann::json plain(const nlohmann::ordered_json& document) { return nlohmann::json::parse(cli::to_line(document)); }

}  // namespace

TEST_CASE("the status document of a paused run fits its schema") {
  const auto document = plain(cli::status_document({paused_run()}, kNow, true));
  CHECK(schema_faults("status", document) == "");
  CHECK(document["runs"][0]["chunks"]["total"] == 154);
  CHECK(document["runs"][0]["pause"]["resume_at"] == "2026-11-23T02:18:20Z");
  CHECK(document["runs"][0]["chunk_list"][0]["job_name"].is_null());
}

TEST_CASE("a document that lacks a promised member does not fit") {
  auto document = plain(cli::status_document({paused_run()}, kNow, true));
  document["runs"][0]["chunks"].erase("reconciling");
  CHECK(schema_faults("status", document) != "");
  document = plain(cli::status_document({paused_run()}, kNow, true));
  document["runs"][0]["state"] = "asleep";
  CHECK(schema_faults("status", document) != "");
}

TEST_CASE("a run without a price, a pause or a next step has nulls where the schema allows them") {
  app::RunReport report = paused_run();
  report.cost = {};
  report.pause.reset();
  report.next.clear();
  const auto document = plain(cli::status_document({report}, kNow, false));
  CHECK(schema_faults("status", document) == "");
  CHECK_FALSE(document["runs"][0].contains("chunk_list"));
}

TEST_CASE("the plan document fits its schema and names no run id") {
  app::PlanSummary summary;
  summary.run_name = "qa";
  summary.chunks = 154;
  summary.records = 15400;
  summary.waves = 8;
  summary.settings.format = "qa";
  summary.cost = 0.5;
  summary.warnings.push_back({"one_record_per_job", "every record would be a job of its own"});
  const auto document = plain(cli::plan_document(summary, kNow));
  CHECK(schema_faults("plan", document) == "");
  CHECK_FALSE(document["runs"][0].contains("run_id"));
  CHECK(document["runs"][0]["jobs_planned"] == 154);
}

TEST_CASE("the explain document fits its schema") {
  const std::vector<JournalLine> journal = {{kNow, 72, "planned", "upload_started", "uploading", "5 MiB"}};
  CHECK(schema_faults("explain", plain(cli::explain_document(paused_run(), journal))) == "");
}

TEST_CASE("the result event fits its schema for one run, none and several") {
  for (const std::size_t runs : {0U, 1U, 2U}) {
    CAPTURE(runs);
    const std::vector<app::RunReport> reports(runs, paused_run());
    const auto document = plain(cli::result_event(ExitCode::not_finished, reports));
    CHECK(schema_faults("event", document) == "");
    CHECK(document["exit"] == 75);
    CHECK(document["run"].is_null() == (runs != 1));
  }
}

TEST_CASE("the error document fits its schema and says what may be tried again") {
  const auto busy = plain(cli::error_document(ExitCode::busy, "busy", "another batchctl drives it", "wait"));
  CHECK(schema_faults("error", busy) == "");
  CHECK(busy["error"]["retryable"] == true);
  const auto bad = plain(cli::error_document(ExitCode::failed, "bad_input", "qa.jsonl:2: not valid JSON", ""));
  CHECK(schema_faults("error", bad) == "");
  CHECK(bad["error"]["retryable"] == false);
  CHECK(bad["error"]["next"].is_null());
}

TEST_CASE("bytes that are not UTF-8 do not break a document") {
  app::RunReport report = paused_run();
  report.pause->message = "bad \xff byte";
  CHECK(schema_faults("status", plain(cli::status_document({report}, kNow, false))) == "");
}
