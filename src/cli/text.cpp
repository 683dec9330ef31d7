#include "cli/text.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "base/count.hpp"
#include "base/text.hpp"
#include "cli/columns.hpp"
#include "cli/phrases.hpp"

namespace batchctl::cli {

namespace {

std::int64_t of(const ChunkTally& tally, ChunkState state) { return tally[static_cast<std::size_t>(state)]; }

}  // namespace

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

std::string runs_text(const std::vector<app::RunReport>& reports, const Viewpoint& view) {
  if (reports.empty()) return "There are no runs yet. Begin one with: batchctl submit INPUT\n";
  std::string text = fmt::format("{:<24} {:<22} {:>9} {:>9} {:>8} {:>8} {}\n", "run", "state", "records", "answered",
                                 "failed", "chunks", "created");
  for (const app::RunReport& report : reports)
    text += fmt::format("{:<24} {:<22} {:>9} {:>9} {:>8} {:>8} {}\n", report.run.name, name_of(report.state),
                        count(report.records.total), count(report.records.answered), count(report.records.failed),
                        count(total_of(report.chunks)), date_and_time(report.run.created_at, view).substr(0, 16));
  return text;
}

std::string ending_text(const app::RunReport& report, const Viewpoint& view) {
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
                           pause_words(*report.pause, view), report.next);
      return fmt::format("{}: stopped, a person must act ({}).\n{}\nWhen that is mended: {}\n", run.name,
                         run.stop ? run.stop->reason : "unknown", run.stop ? one_line(run.stop->message) : "",
                         report.next);
    case RunState::paused:
      return fmt::format("{}: paused with {} of {} jobs created.\n{}\nNext: {}\n", run.name,
                         count(total_of(report.chunks) - of(report.chunks, ChunkState::planned) -
                               of(report.chunks, ChunkState::uploading) - of(report.chunks, ChunkState::uploaded) -
                               of(report.chunks, ChunkState::creating) - of(report.chunks, ChunkState::reconciling)),
                         count(total_of(report.chunks)), report.pause ? pause_words(*report.pause, view) : "",
                         report.next);
    case RunState::submitting:
    case RunState::waiting:
    case RunState::fetching:
      return fmt::format("{}: {} ({}).\nNext: {}\n", run.name, name_of(report.state), chunk_words(report.chunks),
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
