#include "report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/count.hpp"
#include "base/sha256.hpp"
#include "report/html_text.hpp"
#include "report/page_style.hpp"
#include "report/pictures.hpp"
#include "report/series.hpp"

namespace batchctl::report {

namespace {

using app::RunReport;

constexpr std::size_t kLongestList = 20;  // rows of a table whose length depends on the run
constexpr std::size_t kLongestWords = 600;

std::string style_hash() {
  Sha256 hash;
  hash.update(kPageStyle);
  const std::array<unsigned char, 32> digest = hash.digest();
  return to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string usd(const std::optional<double>& amount) { return amount ? app::spell_usd(*amount) : "price not known"; }

double ratio(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

/// `more than 20` lists end with how much was left out.
std::string left_out(std::size_t all, std::string_view noun) {
  if (all <= kLongestList) return "";
  return fmt::format("<p class=\"note\">And {} more.</p>\n",
                     count(static_cast<std::int64_t>(all - kLongestList), noun));
}

// ---- how it stands

struct StateWords {
  std::string_view words, style;
};

StateWords words_of(RunState state) {
  switch (state) {
    case RunState::submitting:
      return {"submitting", "busy"};
    case RunState::paused:
      return {"paused", "wait"};
    case RunState::waiting:
      return {"waiting for jobs", "busy"};
    case RunState::fetching:
      return {"fetching results", "busy"};
    case RunState::complete:
      return {"complete", "good"};
    case RunState::complete_with_failures:
      return {"complete, with failures", "wait"};
    case RunState::cancelled:
      return {"cancelled", "wait"};
    case RunState::needs_attention:
      return {"needs a person", "bad"};
  }
  return {"needs a person", "bad"};
}

/// A sentence of ours that holds another's: it has one full stop at its end.
std::string pause_words(const plan::Pause& pause) {
  std::string_view said = trimmed(pause.message);
  if (said.ends_with('.')) said.remove_suffix(1);
  const std::string message = html_words(said, kLongestWords);
  if (pause.reason == "PILOT") return message + ".";
  if (pause.reason == "OUTAGE") return fmt::format("The service cannot be reached: {}.", message);
  if (pause.reason == "COST_LIMIT") return fmt::format("The cost limit is reached: {}.", message);
  if (pause.reason == "RESOURCE_EXHAUSTED")
    return fmt::format("Paused. The service answered RESOURCE_EXHAUSTED: “{}”.", message);
  return fmt::format("Paused, the quota is full: {}.", message);
}

std::string resume_words(const plan::Pause& pause, Instant now) {
  if (pause.kind == PauseKind::pilot || pause.kind == PauseKind::cost || pause.kind == PauseKind::zero) return "";
  if (!pause.resume_at) return " Creating goes on when a job ends.";
  if (*pause.resume_at <= now) return " Creating can be tried again now.";
  return fmt::format(" Creating is tried again in {}, at {}.", spell_duration(*pause.resume_at - now),
                     spell_instant(*pause.resume_at));
}

std::string what_next(const RunReport& report, Instant now) {
  std::string text;
  const auto line = [&](const std::string& words) { text += fmt::format("<p>{}</p>\n", words); };
  const std::optional<Stop>& stop = report.run.stop;
  if (stop)
    line(fmt::format("A person must act ({}): {}", html_text(stop->reason), html_words(stop->message, kLongestWords)));
  if (report.pause && !(stop && stop->message == report.pause->message))
    line(pause_words(*report.pause) + (stop ? "" : resume_words(*report.pause, now)));
  if (report.purged_at)
    line(fmt::format("The raw results were removed here on {}; the counts stay.", spell_instant(*report.purged_at)));
  if (!report.next.empty()) line(fmt::format("Next: <code>{}</code>", html_text(report.next)));
  const std::int64_t askable = report.records.failed - report.unsent.skipped;
  const bool is_complete = report.state == RunState::complete_with_failures || report.state == RunState::cancelled;
  if (is_complete && askable > 0)
    line(fmt::format("Or: <code>batchctl retry {}</code>, which asks again for {} without a usable answer",
                     html_text(report.run.name), count(askable, "record")));
  if (text.empty()) return "";
  return fmt::format("<div class=\"next {}\">\n{}</div>\n", words_of(report.state).style, text);
}

std::string head(const RunReport& report, Instant now) {
  const StateWords state = words_of(report.state);
  return fmt::format(
      "<header>\n<div class=\"title\"><h1>Run {}</h1><span class=\"state {}\">{}</span></div>\n"
      "<p class=\"about\">{}, submitted {}. As of {}. All times are UTC.</p>\n{}",
      html_words(report.run.name), state.style, state.words, html_words(report.run.settings.model),
      spell_instant(report.run.created_at), spell_instant(now), what_next(report, now));
}

std::string figure(std::string_view name, const std::string& value, const std::string& more) {
  return fmt::format("<div><dt>{}</dt><dd>{}<span class=\"more\">{}</span></dd></div>\n", name, value, more);
}

std::string figures(const RunReport& report) {
  const RecordTally& records = report.records;
  std::int64_t jobs = 0;
  for (const std::int64_t n : report.jobs) jobs += n;
  const std::int64_t under_way = report.jobs[static_cast<std::size_t>(JobState::pending)] +
                                 report.jobs[static_cast<std::size_t>(JobState::running)];
  const std::string each =
      report.cost.actual && records.answered > 0
          ? fmt::format("${:.6f} an answer", *report.cost.actual / static_cast<double>(records.answered))
          : "so far";
  std::string text = "<dl class=\"figures\">\n";
  text += figure("Answered", count(records.answered), "of " + count(records.total, "record"));
  text += figure(
      "Without a usable answer", count(records.failed),
      report.in_repair > 0 ? count(report.in_repair) + " in repair" : count(records.outstanding) + " outstanding");
  text += figure("Jobs", count(jobs), count(under_way) + " under way");
  text += figure("Cost", usd(report.cost.actual), each);
  text += "</dl>\n";
  const std::string label =
      fmt::format("{} of {} answered, {} without a usable answer, {} outstanding", count(records.answered),
                  count(records.total), count(records.failed), count(records.outstanding));
  const double answered = ratio(records.answered, records.total) * 100;
  text += fmt::format(
      "<svg class=\"records\" role=\"img\" aria-label=\"{0}\" width=\"100%\" height=\"10\"><title>{0}</title>"
      "<rect class=\"empty\" width=\"100%\" height=\"10\" rx=\"3\"/><rect class=\"s-done\" width=\"{1:.2f}%\" "
      "height=\"10\" rx=\"3\"/><rect class=\"s-failed\" x=\"{1:.2f}%\" width=\"{2:.2f}%\" height=\"10\"/></svg>\n",
      label, answered, ratio(records.failed, records.total) * 100);
  return text + "</header>\n";
}

// ---- over time

/// `2026-11-26 14:05`, in a column of a table.
std::string moment(Instant at) { return spell_instant(at).substr(0, 16); }

std::string legend_item(const std::string& style, std::string_view name, std::int64_t n) {
  return fmt::format("<li>{}{} <b>{}</b></li>", swatch(style), name, count(n));
}

/// Those that ever held a chunk.
std::vector<std::size_t> bands_shown(const ChunkSeries& series) {
  std::vector<std::size_t> shown;
  for (std::size_t band = 0; band < kBands; ++band)
    if (std::any_of(series[band].begin(), series[band].end(), [](std::int64_t n) { return n > 0; }))
      shown.push_back(band);
  return shown;
}

/// The same figures as the picture's, at a few moments.
std::string chunk_figures(const ChunkSeries& series, const TimeAxis& axis) {
  constexpr int kMoments = 8;
  const std::vector<std::size_t> shown = bands_shown(series);
  std::string text =
      "<details><summary>The same in figures</summary><div class=\"scroll\"><table><thead><tr><th>time</th>";
  for (const std::size_t band : shown) text += fmt::format("<th class=\"n\">{}</th>", kBandNames[band]);
  text += "</tr></thead><tbody>\n";
  for (int i = 1; i <= kMoments; ++i) {
    const int column = TimeAxis::kColumns * i / kMoments - 1;
    text += fmt::format("<tr><th>{}</th>", to_rfc3339(axis.end_of(column)).substr(0, 19) + "Z");
    for (const std::size_t band : shown)
      text += fmt::format("<td class=\"n\">{}</td>", count(series[band][static_cast<std::size_t>(column)]));
    text += "</tr>\n";
  }
  return text + "</tbody></table></div></details>\n";
}

std::string chunks_over_time(const RunReport& report, const TimeAxis& axis) {
  const ChunkSeries series = chunk_series(report, axis);
  std::string text = "<section>\n<h2>Chunks</h2>\n";
  if (report.chunk_list.empty()) return text + "<p class=\"note\">None are planned yet.</p>\n</section>\n";
  text += fmt::format("<p class=\"note\">{} by state, since the submit.</p>\n<figure>\n",
                      count(static_cast<std::int64_t>(report.chunk_list.size()), "chunk"));
  text += chunk_picture(series, axis) + "<ul class=\"legend\">";
  for (const std::size_t band : bands_shown(series))
    text += legend_item(fmt::format("band-{}", band), kBandNames[band], series[band].back());
  return text + "</ul>\n</figure>\n" + chunk_figures(series, axis) + "</section>\n";
}

std::string job_words(std::size_t jobs, const JobRows& rows) {
  if (rows.jobs_a_row > 1)
    return fmt::format("In the order of their creation; a line shows when any of {} jobs was there.", rows.jobs_a_row);
  if (jobs <= kNumberedJobs) return "From creation to end; the number is the chunk's.";
  return "A line each, from creation to end, in the order of their creation.";
}

std::string jobs_over_time(const RunReport& report, const TimeAxis& axis) {
  const std::vector<JobBar> bars = job_bars(report, axis);
  std::string text = "<section>\n<h2>Jobs</h2>\n";
  if (bars.empty()) return text + "<p class=\"note\">None were created yet.</p>\n</section>\n";
  text += fmt::format("<p class=\"note\">{}</p>\n<figure>\n", job_words(bars.size(), job_rows(bars, axis)));
  text += job_picture(bars, axis) + "<ul class=\"legend\">";
  const std::array<int, kJobFates> counts = count_fates(bars);
  for (std::size_t fate = 0; fate < kJobFates; ++fate)
    if (counts[fate] > 0) text += legend_item(fmt::format("fate-{}", fate), kJobFateNames[fate], counts[fate]);
  return text + "</ul>\n</figure>\n</section>\n";
}

std::string limit_words(const RunReport& report, const TokenSeries& series) {
  const app::RunHistory& history = past(report);
  if (!history.token_limit) return "No limit is known.";
  const char* whence = history.limit_is_learned ? "learned from refusals" : "told";
  const bool is_far = !limit_in_sight(*history.token_limit, series);
  return fmt::format("The limit in force now for all runs of the project is {} ({}{}).", count(*history.token_limit),
                     whence, is_far ? ", too far above to be drawn" : "");
}

/// The head of a table whose last column holds another's words. On a phone it goes, and the words get a line of their
/// own: the cells before them must say what they are.
std::string words_table(std::initializer_list<std::string_view> columns, std::string_view words) {
  std::string text = "<table class=\"said\"><thead><tr>";
  for (const std::string_view column : columns) text += fmt::format("<th>{}</th>", column);
  return text + fmt::format("<th class=\"words\">{}</th></tr></thead><tbody>\n", words);
}

std::string refusals(const RefusalSeries& series) {
  if (series.total == 0) return "<p class=\"note\">The service refused nothing.</p>\n";
  std::string text = words_table({"refused", "first", "last"}, "in the service's words");
  for (std::size_t i = 0; i < std::min(series.groups.size(), kLongestList); ++i) {
    const RefusalGroup& group = series.groups[i];
    text += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"words\">{}</td></tr>\n",
                        count(group.times, "time"), moment(group.first), moment(group.last),
                        html_words(group.words, kLongestWords));
  }
  return text + "</tbody></table>\n" + left_out(series.groups.size(), "wording");
}

std::string tokens_over_time(const RunReport& report, const TimeAxis& axis) {
  const TokenSeries series = token_series(report, axis);
  const RefusalSeries refused = refusal_series(report, axis);
  std::string text = "<section>\n<h2>Tokens in flight, and refusals</h2>\n";
  text +=
      fmt::format("<p class=\"note\">Estimated input tokens that this run's jobs hold: {} now, {} at most. {}{}</p>\n",
                  count(series.now), count(series.peak), limit_words(report, series),
                  series.other_models > 0
                      ? fmt::format(" {} of other models are not in this picture.", count(series.other_models, "job"))
                      : "");
  if (series.peak > 0 || refused.total > 0) {
    text += "<figure>\n" + token_picture(series, refused, past(report).token_limit, axis) +
            "<ul class=\"legend\"><li>" + swatch("tokens") + "tokens in flight</li>";
    if (const auto limit = past(report).token_limit; limit && limit_in_sight(*limit, series))
      text += "<li>" + limit_key() + "limit <b>" + count(*limit) + "</b></li>";
    if (refused.total > 0) text += "<li>" + swatch("s-failed") + "refused <b>" + count(refused.total) + "</b></li>";
    text += "</ul>\n</figure>\n";
  }
  return text + refusals(refused) + "</section>\n";
}

// ---- sums

std::string cost(const RunReport& report) {
  const app::RunCost& cost = report.cost;
  std::string text = "<section>\n<h2>Cost</h2>\n";
  if (cost.price == nullptr || !cost.actual)
    return text +
           "<p class=\"note\">The price of this model is not known. A limits file can tell it.</p>\n</section>\n";
  text +=
      fmt::format("<p class=\"note\">In USD, by batch prices of {}; answers are estimated at {:.0f} tokens each.</p>\n",
                  html_text(cost.price->source.date), cost.output.tokens);
  const std::optional<double> under_way = cost.committed > cost.actual ? cost.committed : std::nullopt;
  struct Row {
    const char* name;
    const char* style;
    std::optional<double> amount;
  };
  const std::vector<Row> rows = {{"Estimated, whole run", "s-guess", cost.estimated},
                                 {"Spent and under way", "s-guess", under_way},
                                 {"Spent", "s-known", cost.actual},
                                 {"Of it in vain", "s-failed", cost.wasted},
                                 {"Limit (--max-cost)", "s-cancelled", report.run.options.max_cost}};
  double most = 0;
  for (const Row& row : rows) most = std::max(most, row.amount.value_or(0));
  text += "<table><tbody>\n";
  for (const Row& row : rows)
    if (row.amount)
      text += fmt::format("<tr><th>{}</th><td class=\"share\">{}</td><td class=\"n\">{}</td></tr>\n", row.name,
                          share_bar(most > 0 ? *row.amount / most : 0, row.style), usd(row.amount));
  const Usage& usage = report.usage;
  text += "</tbody></table>\n";
  return text + fmt::format(
                    "<p class=\"note\">Tokens used: {} of input ({} cached), {} of output, {} of thinking; {} in "
                    "vain. Input was estimated at {}.</p>\n</section>\n",
                    count(usage.input), count(usage.cached), count(usage.output), count(usage.thinking),
                    count(usage.wasted), count(usage.estimated_input));
}

std::string code_of(const FailureGroup& group) {
  if (!group.sent) return "INVALID_INPUT";
  return group.code ? std::to_string(*group.code) : "";
}

std::string failures(const RunReport& report) {
  const std::vector<FailureGroup>& groups = past(report).failures;
  std::string text = "<section>\n<h2>Failures</h2>\n";
  if (groups.empty())
    return text + fmt::format("<p class=\"note\">{}</p>\n</section>\n",
                              report.records.answered > 0 ? "Every record that came back has a usable answer."
                                                          : "None so far.");
  text += fmt::format("<p class=\"note\">{} without a usable answer.</p>\n", count(report.records.failed, "record"));
  text += words_table({"status", "code", "records"}, "in the service's words");
  for (std::size_t i = 0; i < std::min(groups.size(), kLongestList); ++i) {
    const FailureGroup& group = groups[i];
    text +=
        fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"words\">{}</td></tr>\n", name_of(group.status),
                    code_of(group), count(group.records, "record"), html_words(group.message, kLongestWords));
  }
  return text + "</tbody></table>\n" + left_out(groups.size(), "kind") + "</section>\n";
}

/// Chunks that came to rest without all of their answers; not those whose halves took over.
std::string lost_chunks(const RunReport& report) {
  std::set<ChunkKey> halved;
  for (const app::ChunkReport& entry : report.chunk_list) halved.insert(entry.chunk.replaces);
  std::string rows;
  std::size_t n = 0;
  for (const app::ChunkReport& entry : report.chunk_list) {
    const Chunk& chunk = entry.chunk;
    if (chunk.state != ChunkState::failed && chunk.state != ChunkState::cancelled) continue;
    if (!chunk.key.empty() && halved.contains(chunk.key)) continue;
    if (++n > kLongestList) continue;
    rows += fmt::format("<tr><td>{}{}</td><td>{}</td><td>{}</td><td class=\"words\">{}</td></tr>\n", chunk.index,
                        chunk.label ? " " + html_words(*chunk.label, 120) : "", count(chunk.records, "record"),
                        name_of(chunk.state), html_words(chunk.error.value_or(""), kLongestWords));
  }
  if (n == 0) return "";
  return "<section>\n<h2>Chunks that failed or were cancelled</h2>\n" +
         words_table({"chunk", "records", "state"}, "why") + rows + "</tbody></table>\n" + left_out(n, "chunk") +
         "</section>\n";
}

std::string inputs_of(const RunReport& report) {
  std::string text;
  for (std::size_t i = 0; i < std::min(report.inputs.size(), kLongestList); ++i) {
    const Input& input = report.inputs[i];
    text += fmt::format("<tr><th>Input</th><td>{} ({}, {})</td></tr>\n", html_words(input.shown_path),
                        count(input.records, "record"), spell_size(input.bytes));
  }
  if (report.inputs.size() > kLongestList)
    text += fmt::format("<tr><th>Inputs</th><td>and {} more</td></tr>\n",
                        count(static_cast<std::int64_t>(report.inputs.size() - kLongestList)));
  return text;
}

std::string about(const RunReport& report) {
  const auto row = [](std::string_view name, const std::string& value) {
    return fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", name, value);
  };
  const Options& options = report.run.options;
  std::string text = "<section>\n<h2>About this run</h2>\n<table class=\"facts\"><tbody>\n";
  text += row("Run id", html_text(report.run.id.value)) + row("Model", html_words(report.run.settings.model)) +
          row("Project", html_words(report.run.project)) + inputs_of(report);
  if (report.unsent.skipped > 0)
    text += row("Skipped", count(report.unsent.skipped, "record") + " that cannot be sent");
  if (report.unsent.repeated > 0)
    text += row("Repeats", count(report.unsent.repeated, "record") + " with the answer of an earlier one");
  if (options.tier) text += row("Usage tier (told)", std::to_string(*options.tier));
  if (options.enqueued_tokens) text += row("Tokens that may be enqueued (told)", count(*options.enqueued_tokens));
  text += row("Jobs at once", count(options.max_jobs));
  return text + "</tbody></table>\n</section>\n";
}

std::string page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; base-uri "
      "'none'; "
      "form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light "
      "dark\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
      "{}</main>\n</body>\n</html>\n",
      style_hash(), title, kPageStyle, body);
}

}  // namespace

std::string html(const RunReport& report, Instant now) {
  const TimeAxis axis = axis_of(report, now);
  const std::string name = html_text(report.run.name);
  std::string body = head(report, now) + figures(report);
  body += chunks_over_time(report, axis) + jobs_over_time(report, axis) + tokens_over_time(report, axis);
  body += cost(report) + failures(report) + lost_chunks(report) + about(report);
  body +=
      fmt::format("<footer>Made by <code>batchctl report {} --as html</code>. Chunks count from 0.</footer>\n", name);
  return page("Run " + name, body);
}

}  // namespace batchctl::report
