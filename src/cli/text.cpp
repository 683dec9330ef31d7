#include "cli/text.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::cli {

namespace {

std::int64_t of(const ChunkTally& tally, ChunkState state) { return tally[static_cast<std::size_t>(state)]; }

std::int64_t total(const ChunkTally& tally) {
  std::int64_t sum = 0;
  for (const std::int64_t n : tally) sum += n;
  return sum;
}

std::string chunk_line(const ChunkTally& tally) {
  std::string line;
  for (std::size_t i = 0; i < kChunkStates; ++i)
    if (tally[i] > 0) line += fmt::format("{}{} {}", line.empty() ? "" : ", ", count(tally[i]), kChunkStateNames[i]);
  return line.empty() ? "none yet" : line;
}

std::string cost_line(const app::RunReport& report) {
  const app::RunCost& cost = report.cost;
  if (!cost.actual || !cost.estimated || cost.price == nullptr) return "  cost     price unknown\n";
  const std::string limit = report.run.options.max_cost && cost.committed
                                ? fmt::format("; {} of --max-cost {} committed", app::spell_usd(*cost.committed),
                                              app::spell_usd(*report.run.options.max_cost))
                                : "";
  const std::int64_t answers = report.records.answered;
  const std::string each =
      answers > 0 ? fmt::format(", ${:.6f} an answer", *cost.actual / static_cast<double>(answers)) : "";
  return fmt::format("  cost     {} so far{}; the whole run is estimated at {} (prices of {}){}\n",
                     app::spell_usd(*cost.actual), each, app::spell_usd(*cost.estimated), cost.price->source.date,
                     limit);
}

std::string pause_text(const plan::Pause& pause, Instant now) {
  std::string text;
  if (pause.reason == "RESOURCE_EXHAUSTED")
    text = fmt::format("The service answered RESOURCE_EXHAUSTED: \"{}\"", one_line(pause.message));
  else if (pause.reason == "PILOT")
    return one_line(pause.message, 400);
  else if (pause.reason == "OUTAGE")
    text = fmt::format("The service cannot be reached: {}", one_line(pause.message));
  else if (pause.reason == "COST_LIMIT")
    text = fmt::format("The cost limit is reached: {}", one_line(pause.message));
  else
    text = fmt::format("The quota is full: {}", one_line(pause.message));
  if (pause.kind == PauseKind::stock || pause.kind == PauseKind::unknown || pause.kind == PauseKind::jobs)
    text += "\n  It is freed when a job ends, not by waiting alone";
  if (pause.resume_at) text += fmt::format("\n  Creating is tried again {}", when(*pause.resume_at, now));
  return text;
}

}  // namespace

std::string when(Instant at, Instant now) {
  const std::string clock = to_rfc3339(at).substr(11, 5);
  if (at <= now) return fmt::format("now (since {} UTC)", clock);
  return fmt::format("in {} ({} UTC)", spell_duration(at - now), clock);
}

std::string status_text(const app::RunReport& report, Instant now) {
  const Run& run = report.run;
  std::string text = fmt::format("{}: {}\n", run.name, name_of(report.state));
  const RecordTally& records = report.records;
  text += fmt::format("  records  {} of {} answered, {} without a usable answer, {} outstanding\n",
                      count(records.answered), count(records.total), count(records.failed), count(records.outstanding));
  if (report.in_repair > 0) text += fmt::format("  repair   {} to be asked again\n", count(report.in_repair, "record"));
  if (report.unsent.skipped > 0)
    text += fmt::format("  skipped  {} of these cannot be sent\n", count(report.unsent.skipped));
  if (report.unsent.repeated > 0)
    text += fmt::format("  repeats  {} of these have the answer of an earlier one with the same request\n",
                        count(report.unsent.repeated));
  text += fmt::format("  chunks   {}: {}\n", count(total(report.chunks)), chunk_line(report.chunks));
  std::string jobs;
  for (std::size_t i = 0; i < kJobStateNames.size(); ++i)
    if (report.jobs[i] > 0)
      jobs += fmt::format("{}{} {}", jobs.empty() ? "" : ", ", count(report.jobs[i]), kJobStateNames[i]);
  text += fmt::format("  jobs     {}\n", jobs.empty() ? "none yet" : jobs);
  text += fmt::format("  tokens   about {} in, {} enqueued; used {} in, {} out\n", count(report.usage.estimated_input),
                      count(report.usage.enqueued), count(report.usage.input),
                      count(report.usage.output + report.usage.thinking));
  text += cost_line(report);
  text += fmt::format("  model    {}\n", run.settings.model);
  if (run.driver)
    text += fmt::format("  driver   pid {} on {}, since {}\n", run.driver->pid, run.driver->host,
                        to_rfc3339(run.driver->since));
  if (run.stop && !(report.pause && report.pause->message == run.stop->message))
    text += fmt::format("  stopped  {}: {}\n", run.stop->reason, one_line(run.stop->message));
  if (report.purged_at)
    text += fmt::format("  purged   the raw results were removed here on {}; the counts stay\n",
                        to_rfc3339(*report.purged_at).substr(0, 10));
  if (report.pause) text += fmt::format("  paused   {}\n", pause_text(*report.pause, now));
  if (!report.next.empty()) text += fmt::format("  next     {}\n", report.next);
  return text;
}

std::string chunk_table(const std::vector<app::ChunkReport>& chunks) {
  std::string text = fmt::format("  {:>6} {:<11} {:>8} {:>10} {:<12} {}\n", "chunk", "state", "records", "bytes",
                                 "job state", "job or file");
  for (const app::ChunkReport& entry : chunks) {
    const Chunk& chunk = entry.chunk;
    std::string what;
    if (entry.job && entry.job->name)
      what = entry.job->name->value;
    else if (entry.file && entry.file->uploaded_at)
      what = entry.file->name.value;
    const std::string state = entry.job && entry.job->observed ? std::string(name_of(*entry.job->observed)) : "";
    text += fmt::format("  {:>6} {:<11} {:>8} {:>10} {:<12} {}\n", chunk.index, name_of(chunk.state), chunk.records,
                        spell_size(chunk.body_bytes), state, what);
    if (chunk.error) text += fmt::format("         {}\n", one_line(*chunk.error, 160));
  }
  return text;
}

std::string runs_text(const std::vector<app::RunReport>& reports) {
  if (reports.empty()) return "There are no runs yet. Begin one with: batchctl submit INPUT\n";
  std::string text = fmt::format("{:<24} {:<22} {:>9} {:>9} {:>8} {:>8} {}\n", "run", "state", "records", "answered",
                                 "failed", "chunks", "created");
  for (const app::RunReport& report : reports)
    text += fmt::format("{:<24} {:<22} {:>9} {:>9} {:>8} {:>8} {}\n", report.run.name, name_of(report.state),
                        count(report.records.total), count(report.records.answered), count(report.records.failed),
                        count(total(report.chunks)), to_rfc3339(report.run.created_at));
  return text;
}

std::string explain_text(const app::RunReport& report, const std::vector<JournalLine>& journal, Instant now) {
  const app::ChunkReport& entry = report.chunk_list.at(0);
  const Chunk& chunk = entry.chunk;
  std::string text = fmt::format("Chunk {} of run {}: {}\n", chunk.index, report.run.name, name_of(chunk.state));
  if (chunk.kind == ChunkKind::repair)
    text += fmt::format("  repair   {} to be asked again, from record {} on\n", count(chunk.records, "record"),
                        chunk.first_record);
  else
    text += fmt::format("  records  {} to {} ({})\n", chunk.first_record, chunk.end_record() - 1, count(chunk.records));
  text += fmt::format("  body     {}, about {} tokens, SHA-256 {}\n", spell_size(chunk.body_bytes), count(chunk.tokens),
                      chunk.body_sha256.substr(0, 12));
  if (entry.file)
    text += fmt::format("  file     {} (generation {})\n", entry.file->name.value, entry.file->generation);
  if (entry.job)
    text +=
        fmt::format("  job      {} (attempt {}, {})\n", entry.job->name ? entry.job->name->value : "no name known",
                    entry.job->attempt, entry.job->observed_word.empty() ? "not seen yet" : entry.job->observed_word);
  text += "Its life:\n";
  for (const JournalLine& line : journal) {
    const std::string step =
        line.to.empty() ? line.event : fmt::format("{} -> {} ({})", line.from, line.to, line.event);
    text +=
        fmt::format("  {}  {}{}{}\n", to_rfc3339(line.at), step, line.why.empty() ? "" : ": ", one_line(line.why, 300));
  }
  if (journal.empty()) text += "  planned, and nothing since\n";
  if (is_resting(chunk.state)) return text;
  text += "What it waits for:\n";
  const bool has_job = chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling;
  if (report.run.stop)
    text += fmt::format("  a person ({}): {}. When that is mended: {}\n", report.run.stop->reason,
                        one_line(report.run.stop->message), report.next);
  else if (chunk.not_before && *chunk.not_before > now)
    text += fmt::format("  its next step, {}\n", when(*chunk.not_before, now));
  else if (has_job)
    text += "  its job to end\n";
  else if (report.pause)
    text += fmt::format("  {}\n", pause_text(*report.pause, now));
  else
    text += fmt::format("  a driver: {}\n", report.next);
  return text;
}

std::string ending_text(const app::RunReport& report, Instant now) {
  const Run& run = report.run;
  switch (report.state) {
    case RunState::complete:
    case RunState::complete_with_failures:
    case RunState::cancelled:
      return fmt::format("{}: {} of {} records answered, {} without a usable answer.\n{}{}{}\n", run.name,
                         count(report.records.answered), count(report.records.total), count(report.records.failed),
                         report.purged_at ? "Its raw results were purged" : "Next: ", report.next,
                         report.state == RunState::complete_with_failures && !report.purged_at
                             ? fmt::format(", or to ask again: batchctl retry {}", run.name)
                             : "");
    case RunState::needs_attention:
      if (!run.stop && report.pause)
        return fmt::format("{}: waits for you.\n{}\nWhen they are as you want them: {}\n", run.name,
                           pause_text(*report.pause, now), report.next);
      return fmt::format("{}: stopped, a person must act ({}).\n{}\nWhen that is mended: {}\n", run.name,
                         run.stop ? run.stop->reason : "unknown", run.stop ? one_line(run.stop->message) : "",
                         report.next);
    case RunState::paused:
      return fmt::format("{}: paused with {} of {} jobs created.\n{}\nNext: {}\n", run.name,
                         count(total(report.chunks) - of(report.chunks, ChunkState::planned) -
                               of(report.chunks, ChunkState::uploading) - of(report.chunks, ChunkState::uploaded) -
                               of(report.chunks, ChunkState::creating) - of(report.chunks, ChunkState::reconciling)),
                         count(total(report.chunks)), report.pause ? pause_text(*report.pause, now) : "", report.next);
    case RunState::submitting:
    case RunState::waiting:
    case RunState::fetching:
      return fmt::format("{}: {} ({}).\nNext: {}\n", run.name, name_of(report.state), chunk_line(report.chunks),
                         report.next);
  }
  return {};
}

std::string cancel_text(const app::RunReport& report) {
  const auto chunks = [&report](ChunkState state) { return of(report.chunks, state); };
  const std::int64_t stopped = report.jobs[static_cast<std::size_t>(JobState::cancelled)];
  const std::int64_t never_sent = std::max<std::int64_t>(chunks(ChunkState::cancelled) - stopped, 0);
  std::string text = fmt::format("{}: {} without a job will get none; {} cancelled at the service.\n", report.run.name,
                                 count(never_sent, "chunk"), count(stopped, "job"));
  if (report.records.answered > 0)
    text += fmt::format("{} had finished or finished anyway: {} kept.\n", count(chunks(ChunkState::done), "chunk"),
                        count(report.records.answered, "answer"));
  if (const std::int64_t live = chunks(ChunkState::cancelling); live > 0)
    text += fmt::format("{} told to stop, and not yet ended: batchctl cancel {} --wait\n", count(live, "job"),
                        report.run.name);
  if (const std::int64_t unclear = chunks(ChunkState::creating) + chunks(ChunkState::reconciling); unclear > 0)
    text += fmt::format("{} without a clear answer: what came of it is looked up first, then its job is cancelled.\n",
                        count(unclear, "create"));
  if (stopped > 0)
    text +=
        "Cancelled jobs may count against the quota for some time (users saw minutes to days), and what they had "
        "answered may be billed.\n";
  if (report.state == RunState::cancelled) text += fmt::format("Next: batchctl download {}\n", report.run.name);
  return text;
}

}  // namespace batchctl::cli
