// The schemas themselves: a judge that lets everything pass is none.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/adoption.hpp"
#include "cli/documents.hpp"
#include "schemas/schema.hpp"

using namespace batchctl;

namespace {

using Json = nlohmann::json;

const Instant kNow = from_unix_ms(1'795'400'000'000);

app::RunReport full_report() {
  app::RunReport report;
  report.run.id = RunId{"k3vabcdefg27"};
  report.run.name = "qa";
  report.run.created_at = kNow;
  report.run.stop = Stop{"model", "unknown model", kNow};
  report.inputs.push_back({0, "/data/qa.jsonl", "qa.jsonl", 10, 2, std::string(64, 'a'), ""});
  report.records = {2, 1, 1, 0};
  report.pause = plan::Pause{"QUOTA_FULL", PauseKind::jobs, "quota", "95 of 95 job slots are held", kNow, kNow};
  report.next = "batchctl resume qa";
  report.eta = kNow;
  app::ChunkReport entry;
  entry.chunk.records = 2;
  entry.chunk.not_before = kNow;
  entry.chunk.error = "once";
  report.chunk_list.push_back(entry);
  return report;
}

Json plain(const nlohmann::ordered_json& document) { return Json::parse(cli::to_line(document)); }

/// Every member of every object in the document.
std::vector<Json::json_pointer> members_of(const Json& document, const Json::json_pointer& at = Json::json_pointer()) {
  std::vector<Json::json_pointer> members;
  const auto take = [&](const Json& value, const Json::json_pointer& place) {
    const auto below = members_of(value, place);
    members.insert(members.end(), below.begin(), below.end());
  };
  if (document.is_object())
    for (const auto& [name, value] : document.items()) {
      members.push_back(at / name);
      take(value, at / name);
    }
  if (document.is_array())
    for (std::size_t i = 0; i < document.size(); ++i) take(document[i], at / i);
  return members;
}

Json without(Json document, const Json::json_pointer& member) {
  document[member.parent_pointer()].erase(member.back());
  return document;
}

/// Members that may be left out.
bool is_optional(const std::string& member) { return member == "chunk_list" || member == "runs"; }

void every_member_is_promised(const std::string& schema, const Json& document) {
  CAPTURE(schema);
  REQUIRE(schema_faults(schema, document) == "");
  for (const auto& member : members_of(document)) {
    CAPTURE(member.to_string());
    if (!is_optional(member.back())) CHECK(schema_faults(schema, without(document, member)) != "");
  }
}

}  // namespace

TEST_CASE("no promised member may be missing from a document") {
  const std::vector<JournalLine> journal = {{kNow, 0, "planned", "upload_started", "uploading", "5 MiB"}};
  app::PlanSummary plan;
  plan.run_name = "qa";
  plan.chunks = plan.waves = 1;
  plan.warnings.push_back({"no_price", "no price is known"});
  plan.cap_source = {"a page", "2026-11-26", "printed"};
  plan.price = plan::PriceFacts{"", {0.1, 0.2}, {0.2, 0.4}, {}, {"a page", "2026-11-26", "printed"}};
  plan.spread = plan::Spread{0.9, 1.1, plan::Spread::Basis::jobs, 5};
  app::Adopted adopted;
  adopted.run.name = "qa";
  adopted.from = "list";
  adopted.is_new = true;  // not stored: it has no id that would be found
  adopted.chunks.resize(1);
  adopted.jobs.resize(1);
  adopted.jobs[0].seen.name = JobName{"batches/1"};
  adopted.adoption.bound.push_back({0, 0, std::nullopt, plan::Evidence::count, LineKeys::own, "because"});
  adopted.adoption.left.push_back({"batches/2", true, true, 0, plan::LeftWhy::duplicate, "because", "line 3"});
  every_member_is_promised("adopt", plain(cli::adoption_document(adopted, true)));
  every_member_is_promised("status", plain(cli::status_document({full_report()}, kNow, true)));
  every_member_is_promised("plan", plain(cli::plan_document(plan, kNow)));
  every_member_is_promised("explain", plain(cli::explain_document(full_report(), journal)));
  every_member_is_promised("event", plain(cli::result_event(ExitCode::done, {full_report()})));
  every_member_is_promised("notice", plain(cli::notice_document({"paused", "full"}, full_report())));
  every_member_is_promised(
      "doctor", plain(cli::doctor_document({{"key", app::Health::ill, "none", "get one", ExitCode::attention}})));
  every_member_is_promised("error", plain(cli::error_document(ExitCode::busy, "busy", "another drives it", "wait")));
}

TEST_CASE("the schemas know every word of the states, kinds and exit codes, and no other") {
  app::RunReport report = full_report();
  const auto fits = [&] { return schema_faults("status", plain(cli::status_document({report}, kNow, true))).empty(); };
  for (const RunState state :
       {RunState::submitting, RunState::paused, RunState::waiting, RunState::fetching, RunState::complete,
        RunState::complete_with_failures, RunState::cancelled, RunState::needs_attention}) {
    report.state = state;
    CHECK_MESSAGE(fits(), name_of(state));
  }
  for (std::size_t i = 0; i < kChunkStates; ++i) {
    report.chunk_list[0].chunk.state = static_cast<ChunkState>(i);
    CHECK_MESSAGE(fits(), kChunkStateNames[i]);
  }
  for (std::size_t i = 0; i < kPauseKindNames.size(); ++i) {
    report.pause->kind = static_cast<PauseKind>(i);
    CHECK_MESSAGE(fits(), kPauseKindNames[i]);
  }
  report.chunk_list[0].job = Job{};
  report.chunk_list[0].job->name = JobName{"batches/1"};
  for (std::size_t i = 0; i < kJobStateNames.size(); ++i) {
    report.chunk_list[0].job->observed = static_cast<JobState>(i);
    CHECK_MESSAGE(fits(), kJobStateNames[i]);
  }
  for (const ExitCode exit :
       {ExitCode::done, ExitCode::failed, ExitCode::usage, ExitCode::incomplete, ExitCode::attention,
        ExitCode::mismatch, ExitCode::busy, ExitCode::not_finished, ExitCode::interrupted, ExitCode::terminated})
    CHECK(schema_faults("event", plain(cli::result_event(exit, {full_report()}))) == "");

  Json document = plain(cli::status_document({full_report()}, kNow, true));
  for (const char* place : {"/runs/0/state", "/runs/0/pause/kind", "/runs/0/pause/reason", "/runs/0/chunk_list/0/state",
                            "/runs/0/created_at", "/runs/0/run_id"}) {
    Json other = document;
    other[Json::json_pointer(place)] = "frobnicated";
    CHECK_MESSAGE(schema_faults("status", other) != "", place);
  }
}
