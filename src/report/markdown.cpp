#include "report/markdown.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <set>
#include <vector>

#include "base/count.hpp"
#include "base/text.hpp"

namespace batchctl::report {

namespace {

using app::ChunkReport;
using app::RunReport;

/// Cells are Markdown already.
class Table {
 public:
  explicit Table(std::initializer_list<std::string_view> names) {
    std::string rule = "|";
    text_ = "|";
    for (const std::string_view name : names) {
      text_ += fmt::format(" {} |", name);
      rule += "---|";
    }
    text_ += "\n" + rule + "\n";
  }
  void row(std::initializer_list<std::string> cells) {
    text_ += "|";
    for (const std::string& cell : cells) text_ += fmt::format(" {} |", cell);
    text_ += "\n";
    ++rows_;
  }
  /// The table, or `otherwise` when it has no row.
  std::string text(std::string_view otherwise) const { return rows_ > 0 ? text_ : fmt::format("{}\n", otherwise); }

 private:
  std::string text_;
  int rows_ = 0;
};

std::string usd_cell(const std::optional<double>& amount) {
  return amount ? escaped(app::spell_usd(*amount)) : "price not known";
}

std::string time_of(const std::optional<Instant>& at) { return at ? to_rfc3339(*at) : ""; }

std::string label_of(const Chunk& chunk) {
  if (chunk.label) return escaped(*chunk.label);
  return chunk.kind == ChunkKind::repair ? "(repair)" : "";
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool has_job(const ChunkReport& entry) { return entry.job && entry.job->name; }
bool has_file(const ChunkReport& entry) { return entry.file && entry.file->uploaded_at; }
/// The state alone says that a job may be on its way; its name is not known.
bool awaits_job(const ChunkReport& entry) {
  const ChunkState state = entry.chunk.state;
  return state == ChunkState::uploaded || state == ChunkState::creating || state == ChunkState::reconciling;
}
bool is_untouched(const ChunkReport& entry) {
  return entry.chunk.state == ChunkState::planned || entry.chunk.state == ChunkState::uploading;
}

std::string summary(const RunReport& report) {
  const Run& run = report.run;
  const RecordTally& records = report.records;
  Table table{"what", "figure"};
  table.row({"State", std::string(name_of(report.state))});
  table.row({"Run id", escaped(run.id.value)});
  table.row({"Model", escaped(run.settings.model)});
  table.row({"Project", escaped(run.project)});
  table.row({"Submitted", to_rfc3339(run.created_at)});
  for (const Input& input : report.inputs)
    table.row({"Input", fmt::format("{} ({}, {})", escaped(input.shown_path), count(input.records, "record"),
                                    spell_size(input.bytes))});
  table.row(
      {"Records", fmt::format("{} answered of {}; {} without a usable answer, {} outstanding", count(records.answered),
                              count(records.total), count(records.failed), count(records.outstanding))});
  if (report.in_repair > 0) table.row({"In repair", count(report.in_repair, "record")});
  if (report.unsent.skipped > 0) table.row({"Skipped", count(report.unsent.skipped) + " of these cannot be sent"});
  if (report.unsent.repeated > 0)
    table.row({"Repeats", count(report.unsent.repeated) + " of these have the answer of an earlier one"});
  table.row({"Chunks", tally_words(report.chunks, kChunkStateNames)});
  table.row({"Jobs", tally_words(report.jobs, kJobStateNames)});
  table.row({"Tokens", fmt::format("about {} of input; used {} in, {} out (thinking included)",
                                   count(report.usage.estimated_input), count(report.usage.input),
                                   count(report.usage.output + report.usage.thinking))});
  if (report.usage.unread > 0)
    table.row({"Without a readable line",
               count(report.usage.unread, "answer") + " that the service counts, and may bill, are in no results"});
  table.row({"Cost so far", usd_cell(report.cost.actual)});
  if (report.cost.actual && records.answered > 0)
    table.row({"Cost of one answer",
               escaped(fmt::format("${:.6f}", *report.cost.actual / static_cast<double>(records.answered)))});
  table.row({"Cost of the whole run (estimate)", usd_cell(report.cost.estimated)});
  return table.text("");
}

std::string rate_limit(const RunReport& report) {
  const Options& options = report.run.options;
  Table table{"what", "figure"};
  if (report.pause) {
    const plan::Pause& pause = *report.pause;
    table.row({"Reason", escaped(pause.reason)});
    table.row({"Kind", std::string(name_of(pause.kind))});
    if (pause.quota_id) table.row({"Quota", escaped(*pause.quota_id)});
    table.row({"Message", escaped(pause.message)});
    if (pause.since) table.row({"Since", to_rfc3339(*pause.since)});
    const bool needs_a_person =
        pause.kind == PauseKind::pilot || pause.kind == PauseKind::cost || pause.kind == PauseKind::zero;
    table.row({"Creating is tried again", pause.resume_at  ? to_rfc3339(*pause.resume_at)
                                          : needs_a_person ? "when a person lets it"
                                                           : "when a job ends"});
  } else {
    table.row({"Reason", report.run.stop ? escaped(report.run.stop->reason) : "none: no limit holds this run back"});
    if (report.run.stop) table.row({"Message", escaped(report.run.stop->message)});
  }
  table.row({"Tokens enqueued", count(report.usage.enqueued)});
  if (options.enqueued_tokens)
    table.row({"Tokens that may be enqueued (told)", count(*options.enqueued_tokens)});
  else if (options.tier)
    table.row({"Usage tier (told)", std::to_string(*options.tier)});
  table.row({"Jobs at once", count(options.max_jobs)});
  return table.text("");
}

std::string submitted(const RunReport& report) {
  Table table{"chunk", "label", "records", "job", "job state", "attempt", "file", "submitted", "chunk state"};
  for (const ChunkReport& entry : report.chunk_list) {
    if (!has_job(entry) || awaits_job(entry) || is_untouched(entry)) continue;
    const Job& job = *entry.job;
    table.row({std::to_string(entry.chunk.index), label_of(entry.chunk), count(entry.chunk.records),
               escaped(job.name->value), std::string(job.observed ? name_of(*job.observed) : "not seen yet"),
               std::to_string(job.attempt), entry.file ? escaped(entry.file->name.value) : "",
               time_of(job.created_at ? job.created_at : job.intent_at), std::string(name_of(entry.chunk.state))});
  }
  return table.text("None.");
}

std::string awaiting(const RunReport& report) {
  Table table{"chunk", "label", "records", "file", "file URI", "expires", "chunk state"};
  for (const ChunkReport& entry : report.chunk_list) {
    if (!awaits_job(entry)) continue;
    table.row({std::to_string(entry.chunk.index), label_of(entry.chunk), count(entry.chunk.records),
               has_file(entry) ? escaped(entry.file->name.value) : "", has_file(entry) ? escaped(entry.file->uri) : "",
               has_file(entry) ? time_of(entry.file->expires_at) : "", std::string(name_of(entry.chunk.state))});
  }
  return table.text("None.");
}

/// Neighbours without a label stand in one row: there may be thousands.
std::string remaining(const RunReport& report) {
  Table table{"chunks", "label", "records", "chunk state"};
  const std::vector<ChunkReport>& list = report.chunk_list;
  const auto starts_a_row = [&](std::size_t i) {
    const Chunk& before = list[i - 1].chunk;
    const Chunk& chunk = list[i].chunk;
    return !is_untouched(list[i]) || before.index + 1 != chunk.index || before.state != chunk.state ||
           before.kind != chunk.kind || before.label || chunk.label;
  };
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i + 1;
    if (!is_untouched(list[i])) {
      i = end;
      continue;
    }
    std::int64_t records = list[i].chunk.records;
    for (; end < list.size() && !starts_a_row(end); ++end) records += list[end].chunk.records;
    const int first = list[i].chunk.index, last = list[end - 1].chunk.index;
    table.row({first == last ? std::to_string(first) : fmt::format("{} to {}", first, last), label_of(list[i].chunk),
               count(records), std::string(name_of(list[i].chunk.state))});
    i = end;
  }
  return table.text("None.");
}

/// Chunks that came to rest without all of their answers; not those whose halves took over.
std::string lost(const RunReport& report) {
  std::set<ChunkKey> halved;
  for (const ChunkReport& entry : report.chunk_list) halved.insert(entry.chunk.replaces);
  Table table{"chunk", "label", "records", "chunk state", "why"};
  for (const ChunkReport& entry : report.chunk_list) {
    const Chunk& chunk = entry.chunk;
    if (chunk.state != ChunkState::failed && chunk.state != ChunkState::cancelled) continue;
    if (!chunk.key.empty() && halved.contains(chunk.key)) continue;
    table.row({std::to_string(chunk.index), label_of(chunk), count(chunk.records), std::string(name_of(chunk.state)),
               chunk.error ? escaped(*chunk.error) : ""});
  }
  return table.text("");
}

std::string next_actions(const RunReport& report) {
  const Run& run = report.run;
  std::string text;
  const auto item = [&](const std::string& words) { text += fmt::format("- {}\n", words); };
  if (run.stop) item(fmt::format("A person must act ({}): {}", escaped(run.stop->reason), escaped(run.stop->message)));
  if (report.pause && report.pause->resume_at && !run.stop)
    item(fmt::format("Creating jobs is tried again from {} on", to_rfc3339(*report.pause->resume_at)));
  std::optional<Instant> expires;
  for (const ChunkReport& entry : report.chunk_list)
    if (entry.chunk.state == ChunkState::uploaded && has_file(entry) && entry.file->expires_at &&
        (!expires || *entry.file->expires_at < *expires))
      expires = entry.file->expires_at;
  if (expires)
    item(fmt::format("The first uploaded file without a job expires at {}; it is uploaded again by itself",
                     to_rfc3339(*expires)));
  if (!report.next.empty()) item(fmt::format("`{}`", report.next));
  const bool is_complete = report.state == RunState::complete_with_failures || report.state == RunState::cancelled;
  const std::int64_t askable = report.records.failed - report.unsent.skipped;
  if (is_complete && askable > 0)
    item(fmt::format("`batchctl retry {}` asks again for {} without a usable answer", run.name,
                     count(askable, "record")));
  return text.empty() ? "None.\n" : text;
}

}  // namespace

std::string escaped(std::string_view text) {
  constexpr std::size_t kLongest = 2000;
  const std::string line = one_line(text, kLongest);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    // Entities, for a backslash before | is not understood by every reader of tables.
    switch (c) {
      case '|':
        out += "&#124;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '_':  // between letters it is itself, and RESOURCE_EXHAUSTED is found by its name
        if (i == 0 || i + 1 == line.size() || !is_word(line[i - 1]) || !is_word(line[i + 1])) out += '\\';
        out += c;
        break;
      case '\\':
      case '`':
      case '*':
      case '[':
      case ']':
      case '~':
      case '$':
        out += '\\';
        [[fallthrough]];
      default:
        out += c;
    }
  }
  return out;
}

std::string markdown(const RunReport& report, Instant now) {
  std::string text = fmt::format("# Run {}\n\nAs of {}, by `batchctl report {}`. Chunks count from 0.\n",
                                 escaped(report.run.name), to_rfc3339(now), report.run.name);
  const auto section = [&](std::string_view title, const std::string& body) {
    text += fmt::format("\n## {}\n\n{}", title, body);
  };
  section("Summary", summary(report));
  section("Rate limit information", rate_limit(report));
  section("Submitted jobs", submitted(report));
  section("Uploaded but awaiting a job", awaiting(report));
  section("Remaining", remaining(report));
  if (const std::string ended = lost(report); ended.size() > 1) section("Failed or cancelled", ended);
  section("Next actions", next_actions(report));
  return text;
}

}  // namespace batchctl::report
