// The life of one chunk from the journal, in plain words, and why it waits.
#include <fmt/format.h>

#include "base/count.hpp"
#include "base/text.hpp"
#include "cli/phrases.hpp"
#include "cli/text.hpp"

namespace batchctl::cli {

namespace {

/// What happened, as a person would tell it.
std::string_view story_of(ChunkEvent event) {
  switch (event) {
    case ChunkEvent::upload_started:
      return "the upload of its file began";
    case ChunkEvent::upload_confirmed:
      return "the service holds its file, and the hash agrees";
    case ChunkEvent::upload_retried:
      return "the upload got no verdict; the same file is sent again later";
    case ChunkEvent::upload_refused:
      return "the service had no room for its file; it goes back and waits";
    case ChunkEvent::upload_superseded:
      return "another file has this name; it is sent under the next one";
    case ChunkEvent::upload_rejected:
      return "the service will never take this file";
    case ChunkEvent::file_aged:
      return "its file has become too old for a job; it is sent again";
    case ChunkEvent::intent_stored:
      return "asked the service for a job";
    case ChunkEvent::create_succeeded:
      return "the service answered: the job exists";
    case ChunkEvent::create_unclear:
      return "no clear answer: the job may exist or not, and is looked up before anything is sent again";
    case ChunkEvent::create_not_sent:
      return "the request never left; nothing was made";
    case ChunkEvent::create_refused:
      return "the service refused (429); nothing was made";
    case ChunkEvent::create_stopped:
      return "the service refused, and a person must act; nothing was made";
    case ChunkEvent::create_rejected:
      return "the service will not take what was sent";
    case ChunkEvent::create_lost_file:
      return "the service does not find its file; it is sent again";
    case ChunkEvent::job_found:
      return "its job was found in the service's list";
    case ChunkEvent::job_absent:
      return "two readings of the whole list did not show a job: none was made";
    case ChunkEvent::job_ended:
      return "its job ended; the answers are fetched";
    case ChunkEvent::attempt_failed:
      return "its job ended without any answer; it is tried again";
    case ChunkEvent::attempts_spent:
      return "its job ended without any answer, and no attempt is left";
    case ChunkEvent::job_vanished:
      return "the service no longer knows its job";
    case ChunkEvent::job_cancelled:
      return "its job was cancelled and has no answers";
    case ChunkEvent::fetch_retried:
      return "the answers could not be fetched; that is tried again";
    case ChunkEvent::output_gone:
      return "the service no longer has its answers";
    case ChunkEvent::results_stored:
      return "its answers are stored here";
    case ChunkEvent::partial_stored:
      return "its job was cancelled before its end; the answers that there were are stored here";
    case ChunkEvent::cancel_requested:
      return "a person asked for an end";
    case ChunkEvent::chunk_halved:
      return "it can never fit into the quota; two new chunks have taken over its records";
  }
  return "";
}

/// Events that are noted without a move.
std::string_view story_of_note(std::string_view event) {
  if (event == "needs_attention") return "a person must look";
  if (event == "job_imported") return "a job of it that was not known here was recorded";
  if (event == "duplicate_found") return "a second job of it was found";
  if (event == "file_deleted") return "its file was deleted at the service";
  if (event == "job_deleted") return "its job was deleted at the service";
  if (event == "duplicate_stored") return "the answers of its second job are stored here";
  if (event == "repair_planned") return "made of records that have no usable answer, to ask them again";
  return {};
}

std::string story(const JournalLine& line) {
  std::string text;
  for (std::size_t i = 0; i < kChunkEvents && !line.to.empty(); ++i)
    if (kChunkEventNames[i] == line.event) text = story_of(static_cast<ChunkEvent>(i));
  if (text.empty()) text = story_of_note(line.event);
  if (text.empty()) text = line.event;
  if (!line.why.empty()) text += ": " + one_line(line.why, 300);
  text += line.to.empty() ? fmt::format(" [{}]", line.event) : fmt::format(" [{}, {}]", line.event, line.to);
  return text;
}

/// `      ` or `+2 min`: how long after the line before.
std::string after(std::optional<Instant> before, Instant at) {
  if (!before || at - *before < seconds{1}) return "";
  return "+" + spell_duration(std::chrono::floor<std::chrono::seconds>(at - *before));
}

std::string what_it_waits_for(const app::RunReport& report, const Chunk& chunk, const Viewpoint& view) {
  const bool has_job = chunk.state == ChunkState::submitted || chunk.state == ChunkState::cancelling;
  if (report.run.stop)
    return fmt::format("  a person ({}): {}. When that is mended: {}\n", report.run.stop->reason,
                       one_line(report.run.stop->message), report.next);
  if (chunk.not_before && *chunk.not_before > view.now)
    return fmt::format("  its next step, {}\n", when(*chunk.not_before, view));
  if (has_job) {
    const std::string look = report.next_event && is_driven(report.run, view)
                                 ? fmt::format("; {} {}", report.next_event->what, when(report.next_event->at, view))
                                 : fmt::format("; nobody looks at present: {}", report.next);
    return fmt::format("  its job to end{}\n", look);
  }
  if (report.pause) {
    std::string words = pause_words(*report.pause, view);
    for (std::size_t at = words.find('\n'); at != std::string::npos; at = words.find('\n', at + 3))
      words.insert(at + 1, "  ");
    return fmt::format("  {}\n", words);
  }
  if (is_driven(report.run, view)) return "  its turn: batchctl is at work on the run\n";
  return fmt::format("  a driver: {}\n", report.next);
}

}  // namespace

std::string explain_text(const app::RunReport& report, const std::vector<JournalLine>& journal, const Viewpoint& view) {
  const app::ChunkReport& entry = report.chunk_list.at(0);
  const Chunk& chunk = entry.chunk;
  std::string text = fmt::format("Chunk {} of run {}: {}\n", chunk.index, report.run.name, name_of(chunk.state));
  if (chunk.label) text += fmt::format("  label    {}\n", one_line(*chunk.label));
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
    text += fmt::format("  job      {} (attempt {}, {}{})\n",
                        entry.job->name ? entry.job->name->value : "no name known", entry.job->attempt,
                        entry.job->observed_word.empty() ? "not seen yet" : one_line(entry.job->observed_word, 60),
                        entry.job->observed_at ? ", seen " + clock_time(*entry.job->observed_at, view) : "");
  if (chunk.error) text += fmt::format("  error    {}\n", one_line(*chunk.error));
  text += "Its life:\n";
  std::optional<Instant> before;
  for (const JournalLine& line : journal) {
    text += fmt::format("  {}  {:<12} {}\n", date_and_time(line.at, view), after(before, line.at), story(line));
    before = line.at;
  }
  if (journal.empty()) text += "  planned, and nothing since\n";
  if (is_resting(chunk.state)) return text;
  return text + "What it waits for:\n" + what_it_waits_for(report, chunk, view);
}

}  // namespace batchctl::cli
