// `status` for people: is it moving, how much is done, when will it end, why does it wait, what failed, what did it
// cost, what must I do. In that order.
#include <fmt/format.h>

#include "base/count.hpp"
#include "base/harmless.hpp"
#include "base/text.hpp"
#include "cli/columns.hpp"
#include "cli/paint.hpp"
#include "cli/phrases.hpp"
#include "cli/text.hpp"

namespace batchctl::cli {

namespace {

/// `  label    words`, words made harmless and wrapped at the screen's edge, lines after the first set in.
std::string labelled_line(std::string_view label, std::string_view said, const Viewpoint& view) {
  const std::string shown = harmless(said);
  std::string_view words = shown;
  constexpr std::size_t kSetIn = 11;
  std::string text = fmt::format("  {:<8} ", label);
  std::size_t used = kSetIn;
  bool fresh = true;  // nothing stands behind the set-in yet
  const auto next_line = [&] {
    text += "\n" + std::string(kSetIn, ' ');
    used = kSetIn;
    fresh = true;
  };
  while (!words.empty()) {
    const std::size_t end = words.find_first_of(" \n");
    const std::string_view word = words.substr(0, end);
    const std::size_t wide = columns(word);
    if (view.width > 0 && !fresh && used + 1 + wide > view.width) next_line();
    if (!fresh) text += ' ';
    used += wide + (fresh ? 0 : 1);
    text += word;
    fresh = false;
    if (end == std::string_view::npos) break;
    if (words[end] == '\n') next_line();
    words.remove_prefix(end + 1);
  }
  return text + "\n";
}

std::string head(const app::RunReport& report, const Viewpoint& view) {
  const Run& run = report.run;
  const std::string state = painted(std::string(name_of(report.state)), colour_of(report.state), view.colour);
  const bool over = report.state == RunState::complete || report.state == RunState::complete_with_failures ||
                    report.state == RunState::cancelled;
  std::string who;
  if (is_driven(run, view))
    who = fmt::format("; batchctl is at work on it (pid {} on {}, since {})", run.driver->pid, run.driver->host,
                      clock_time(run.driver->since, view));
  else if (!over)
    who = "; no batchctl is at work on it";
  return fmt::format("{}: {}{}\n", harmless(run.name), state, harmless(who));
}

}  // namespace

std::string status_text(const app::RunReport& report, const Viewpoint& view) {
  const Run& run = report.run;
  const RecordTally& records = report.records;
  std::string text = head(report, view);
  text += labelled_line("records",
                        fmt::format("{} of {} answered ({} %), {} outstanding", count(records.answered),
                                    count(records.total), percent_done(records), count(records.outstanding)),
                        view);
  if (const std::string end = end_words(report, view); !end.empty())
    text += labelled_line("ends", fmt::format("{}, by what jobs took so far", end), view);
  if (report.pause) text += labelled_line("paused", pause_words(*report.pause, view), view);
  if (run.stop && !(report.pause && report.pause->message == run.stop->message))
    text += labelled_line("stopped", fmt::format("{}: {}", run.stop->reason, one_line(run.stop->message)), view);
  if (report.next_event && !report.pause && is_driven(run, view))
    text +=
        labelled_line("then", fmt::format("{}, {}", report.next_event->what, when(report.next_event->at, view)), view);
  if (records.failed > 0)
    text += labelled_line("failed", fmt::format("{} without a usable answer", count(records.failed, "record")), view);
  if (report.in_repair > 0)
    text += labelled_line("repair", fmt::format("{} to be asked again", count(report.in_repair, "record")), view);
  if (report.unsent.skipped > 0)
    text += labelled_line("skipped", fmt::format("{} of these cannot be sent", count(report.unsent.skipped)), view);
  if (report.unsent.repeated > 0)
    text += labelled_line("repeats",
                          fmt::format("{} of these have the answer of an earlier one with the same request",
                                      count(report.unsent.repeated)),
                          view);
  text += labelled_line("cost", cost_words(report), view);
  text +=
      labelled_line("chunks", fmt::format("{}: {}", count(total_of(report.chunks)), chunk_words(report.chunks)), view);
  text += labelled_line("jobs", job_words(report.jobs), view);
  const std::string limit = report.token_limit ? fmt::format(" of {}", count(*report.token_limit)) : "";
  text += labelled_line("tokens",
                        fmt::format("about {} in, {}{} enqueued; used {} in, {} out",
                                    count(report.usage.estimated_input), count(report.usage.enqueued), limit,
                                    count(report.usage.input), count(report.usage.output + report.usage.thinking)),
                        view);
  text += labelled_line("model", run.settings.model, view);
  if (report.purged_at)
    text += labelled_line("purged",
                          fmt::format("the raw results were removed here on {}; the counts stay",
                                      date_and_time(*report.purged_at, view).substr(0, 10)),
                          view);
  if (!report.next.empty()) text += labelled_line("next", report.next, view);
  return text;
}

}  // namespace batchctl::cli
