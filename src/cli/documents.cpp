#include "cli/documents.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "base/harmless.hpp"
#include "cli/or_null.hpp"

namespace batchctl::cli {

using Json = nlohmann::ordered_json;

namespace {

Json time_or_null(const std::optional<Instant>& at) { return at ? Json(to_rfc3339(*at)) : Json(nullptr); }

Json input_document(const Input& input) {
  return {{"path", input.shown_path}, {"bytes", input.bytes}, {"records", input.records}, {"sha256", input.sha256}};
}

Json pause_document(const plan::Pause& pause) {
  return {{"reason", pause.reason},
          {"kind", std::string(name_of(pause.kind))},
          {"quota_id", or_null(pause.quota_id)},
          {"message", pause.message},
          {"since", time_or_null(pause.since)},
          {"resume_at", time_or_null(pause.resume_at)}};
}

Json chunk_document(const app::ChunkReport& entry) {
  const Chunk& chunk = entry.chunk;
  const RemoteFile* file = entry.file && entry.file->uploaded_at ? &*entry.file : nullptr;
  const Job* job = entry.job && entry.job->name ? &*entry.job : nullptr;
  return {{"index", chunk.index},
          {"kind", chunk.kind == ChunkKind::base ? "base" : "repair"},
          {"label", or_null(chunk.label)},
          {"state", std::string(name_of(chunk.state))},
          {"records", chunk.records},
          {"first_record", chunk.first_record},
          {"unsent", chunk.unsent},
          {"bytes", chunk.body_bytes},
          {"tokens", chunk.tokens},
          {"attempt", entry.job ? entry.job->attempt : 1},
          {"file_name", file != nullptr ? Json(file->name.value) : Json(nullptr)},
          {"file_uri", file != nullptr ? Json(file->uri) : Json(nullptr)},
          {"file_expires_at", file != nullptr ? time_or_null(file->expires_at) : Json(nullptr)},
          {"job_name", job != nullptr ? Json(job->name->value) : Json(nullptr)},
          {"job_state", job != nullptr && job->observed ? Json(std::string(name_of(*job->observed))) : Json(nullptr)},
          {"not_before", time_or_null(chunk.not_before)},
          {"error", or_null(chunk.error)}};
}

Json chunk_counts(const ChunkTally& tally) {
  Json counts = {{"total", 0}};
  std::int64_t total = 0;
  for (std::size_t i = 0; i < kChunkStates; ++i) {
    counts[std::string(kChunkStateNames[i])] = tally[i];
    total += tally[i];
  }
  counts["total"] = total;
  return counts;
}

Json stop_document(const std::optional<Stop>& stop) {
  if (!stop) return nullptr;
  return {{"reason", stop->reason}, {"message", stop->message}, {"at", to_rfc3339(stop->at)}};
}

}  // namespace

Json run_document(const app::RunReport& report, bool with_chunks) {
  const Run& run = report.run;
  Json inputs = Json::array();
  for (const Input& input : report.inputs) inputs.push_back(input_document(input));
  Json jobs = Json::object();
  for (std::size_t i = 0; i < kJobStateNames.size(); ++i) jobs[std::string(kJobStateNames[i])] = report.jobs[i];
  const RecordTally& records = report.records;
  const Usage& usage = report.usage;
  Json document = {{"run", run.name},
                   {"run_id", run.id.value},
                   {"state", std::string(name_of(report.state))},
                   {"model", run.settings.model},
                   {"project", run.project},
                   {"created_at", to_rfc3339(run.created_at)},
                   {"inputs", inputs},
                   {"chunks", chunk_counts(report.chunks)},
                   {"jobs", jobs},
                   {"records",
                    {{"total", records.total},
                     {"answered", records.answered},
                     {"failed", records.failed},
                     {"outstanding", records.outstanding},
                     {"skipped", report.unsent.skipped},
                     {"repeated", report.unsent.repeated},
                     {"unread", report.usage.unread}}},
                   {"tokens",
                    {{"estimated_input", usage.estimated_input},
                     {"enqueued", usage.enqueued},
                     {"actual_input", usage.input},
                     {"actual_output", usage.output},
                     {"actual_thinking", usage.thinking},
                     {"estimated_output", report.cost.estimated_output}}},
                   {"cost_usd",
                    {{"estimated", or_null(report.cost.estimated)},
                     {"actual", or_null(report.cost.actual)},
                     {"wasted", or_null(report.cost.wasted)},
                     {"committed", or_null(report.cost.committed)},
                     {"limit", or_null(run.options.max_cost)}}},
                   {"pause", report.pause ? pause_document(*report.pause) : Json(nullptr)},
                   {"stop", stop_document(run.stop)},
                   {"eta", time_or_null(report.eta)},
                   {"purged_at", report.purged_at ? Json(to_rfc3339(*report.purged_at)) : Json(nullptr)},
                   {"next", report.next.empty() ? Json(nullptr) : Json(report.next)}};
  if (with_chunks) {
    Json list = Json::array();
    for (const app::ChunkReport& entry : report.chunk_list) list.push_back(chunk_document(entry));
    document["chunk_list"] = list;
  }
  return document;
}

Json status_document(const std::vector<app::RunReport>& reports, Instant now, bool with_chunks) {
  Json runs = Json::array();
  for (const app::RunReport& report : reports) runs.push_back(run_document(report, with_chunks));
  return {{"schema", 1}, {"now", to_rfc3339(now)}, {"runs", runs}};
}

Json explain_document(const app::RunReport& report, const std::vector<JournalLine>& journal) {
  Json lines = Json::array();
  for (const JournalLine& line : journal)
    lines.push_back({{"at", to_rfc3339(line.at)},
                     {"event", line.event},
                     {"from", line.from.empty() ? Json(nullptr) : Json(line.from)},
                     {"to", line.to.empty() ? Json(nullptr) : Json(line.to)},
                     {"why", line.why}});
  Json chunk = chunk_document(report.chunk_list.at(0));
  return {{"schema", 1},
          {"run", report.run.name},
          {"chunk", chunk},
          {"pause", report.pause ? pause_document(*report.pause) : Json(nullptr)},
          {"journal", lines}};
}

Json result_event(ExitCode exit, const std::vector<app::RunReport>& reports) {
  Json event = {{"event", "result"}, {"exit", static_cast<int>(exit)}, {"run", nullptr}};
  if (reports.size() == 1) event["run"] = run_document(reports.front(), false);
  if (reports.size() != 1) {
    Json runs = Json::array();
    for (const app::RunReport& report : reports) runs.push_back(run_document(report, false));
    event["runs"] = runs;
  }
  return event;
}

Json notice_document(const app::Event& event, const app::RunReport& report) {
  return {{"schema", 1}, {"event", event.name}, {"why", event.why}, {"run", run_document(report, false)}};
}

Json doctor_document(const std::vector<app::Check>& checks) {
  constexpr std::array<const char*, 3> kWords = {"well", "unknown", "ill"};
  Json list = Json::array();
  for (const app::Check& check : checks)
    list.push_back({{"what", check.what},
                    {"health", kWords.at(static_cast<std::size_t>(check.health))},
                    {"says", check.says},
                    {"mend", check.mend.empty() ? Json(nullptr) : Json(check.mend)}});
  return {{"schema", 1}, {"exit", static_cast<int>(app::exit_of(checks))}, {"checks", list}};
}

Json error_document(ExitCode exit, const std::string& code, const std::string& message, const std::string& next) {
  const bool retryable = exit == ExitCode::not_finished || exit == ExitCode::busy || exit == ExitCode::interrupted ||
                         exit == ExitCode::terminated;
  return {{"error",
           {{"code", code},
            {"message", message},
            {"retryable", retryable},
            {"resume_at", nullptr},
            {"next", next.empty() ? Json(nullptr) : Json(next)}}}};
}

std::string to_line(const Json& document) {
  return harmless_json(document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace batchctl::cli
