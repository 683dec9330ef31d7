#include "report/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <utility>

#include "base/text.hpp"

namespace batchctl::report {

namespace {

using app::RunReport;

struct Label {
  std::string_view name;
  std::string value;
};

std::string seconds_of(Instant at) {
  const std::int64_t ms = to_unix_ms(at);
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

/// One metric: its head, and its samples together, as OpenMetrics wants them.
class Family {
 public:
  Family(std::string_view name, std::string_view help, std::string_view unit = "") : name_(name) {
    text_ = fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
    if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name, unit);
  }
  void add(std::initializer_list<Label> labels, const std::string& value) {
    std::string inside;
    for (const Label& label : labels)
      inside += fmt::format("{}{}={}", inside.empty() ? "" : ",", label.name, label_value(label.value));
    text_ += inside.empty() ? fmt::format("{} {}\n", name_, value) : fmt::format("{}{{{}}} {}\n", name_, inside, value);
  }
  void add(std::initializer_list<Label> labels, std::int64_t value) { add(labels, std::to_string(value)); }
  const std::string& text() const { return text_; }

 private:
  std::string name_, text_;
};

constexpr std::array kRunStates = {RunState::submitting, RunState::paused,         RunState::waiting,
                                   RunState::fetching,   RunState::complete,       RunState::complete_with_failures,
                                   RunState::cancelled,  RunState::needs_attention};

std::string info(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_info", "What a run is; the value is always 1.");
  for (const RunReport& report : runs)
    family.add({{"run", report.run.name},
                {"run_id", report.run.id.value},
                {"model", report.run.settings.model},
                {"project", report.run.project}},
               1);
  return family.text();
}

std::string created(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_created_timestamp_seconds", "When the run was submitted.", "seconds");
  for (const RunReport& report : runs) family.add({{"run", report.run.name}}, seconds_of(report.run.created_at));
  return family.text();
}

std::string states(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_state", "1 for the state that the run is in, 0 for the others.");
  for (const RunReport& report : runs)
    for (const RunState state : kRunStates)
      family.add({{"run", report.run.name}, {"state", std::string(name_of(state))}}, report.state == state ? 1 : 0);
  return family.text();
}

std::string records(const std::vector<RunReport>& runs) {
  Family all("batchctl_run_input_records", "Records of the run's input.", "records");
  Family family("batchctl_run_records", "Records by outcome; together all of the input.", "records");
  for (const RunReport& report : runs) {
    all.add({{"run", report.run.name}}, report.records.total);
    family.add({{"run", report.run.name}, {"outcome", "answered"}}, report.records.answered);
    family.add({{"run", report.run.name}, {"outcome", "failed"}}, report.records.failed);
    family.add({{"run", report.run.name}, {"outcome", "outstanding"}}, report.records.outstanding);
  }
  return all.text() + family.text();
}

std::string chunks(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_chunks", "Chunks by state.", "chunks");
  for (const RunReport& report : runs)
    for (std::size_t i = 0; i < kChunkStates; ++i)
      family.add({{"run", report.run.name}, {"state", std::string(kChunkStateNames[i])}}, report.chunks[i]);
  return family.text();
}

std::string jobs(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_jobs", "Jobs by the state that the service last said.", "jobs");
  for (const RunReport& report : runs)
    for (std::size_t i = 0; i < kJobStateNames.size(); ++i)
      family.add({{"run", report.run.name}, {"state", std::string(kJobStateNames[i])}}, report.jobs[i]);
  return family.text();
}

std::string tokens(const std::vector<RunReport>& runs) {
  Family family(
      "batchctl_run_tokens",
      "Tokens: input as estimated and enqueued now; input, output and thinking as used, and of these in vain.",
      "tokens");
  for (const RunReport& report : runs) {
    const Usage& usage = report.usage;
    const std::array<std::pair<const char*, std::int64_t>, 7> kinds = {{{"estimated_input", usage.estimated_input},
                                                                        {"enqueued", usage.enqueued},
                                                                        {"input", usage.input},
                                                                        {"cached", usage.cached},
                                                                        {"output", usage.output},
                                                                        {"thinking", usage.thinking},
                                                                        {"wasted", usage.wasted}}};
    for (const auto& [kind, n] : kinds) family.add({{"run", report.run.name}, {"kind", kind}}, n);
  }
  return family.text();
}

std::string cost(const std::vector<RunReport>& runs) {
  Family family("batchctl_run_cost_usd", "Cost at batch price; absent where the price is not known.", "usd");
  for (const RunReport& report : runs) {
    const app::RunCost& cost = report.cost;
    const std::array<std::pair<const char*, std::optional<double>>, 5> kinds = {
        {{"estimated", cost.estimated},
         {"committed", cost.committed},
         {"actual", cost.actual},
         {"wasted", cost.wasted},
         {"limit", report.run.options.max_cost}}};
    for (const auto& [kind, usd] : kinds)
      if (usd) family.add({{"run", report.run.name}, {"kind", kind}}, fmt::format("{:.6f}", *usd));
  }
  return family.text();
}

std::string pauses(const std::vector<RunReport>& runs) {
  Family paused("batchctl_run_paused", "1 while no job can be created, with the reason; else 0.");
  Family resumes("batchctl_run_resume_at_timestamp_seconds",
                 "When creating is tried again; absent when nothing or only an ended job or a person is waited for.",
                 "seconds");
  for (const RunReport& report : runs) {
    if (!report.pause) {
      paused.add({{"run", report.run.name}}, 0);
      continue;
    }
    paused.add({{"run", report.run.name},
                {"reason", report.pause->reason},
                {"kind", std::string(name_of(report.pause->kind))}},
               1);
    if (report.pause->resume_at) resumes.add({{"run", report.run.name}}, seconds_of(*report.pause->resume_at));
  }
  return paused.text() + resumes.text();
}

std::string persons(const std::vector<RunReport>& runs) {
  Family stopped("batchctl_run_needs_attention", "1 while a person must act, with the reason; else 0.");
  Family driven("batchctl_run_driven", "1 while a batchctl says that it drives the run; else 0.");
  for (const RunReport& report : runs) {
    if (report.run.stop)
      stopped.add({{"run", report.run.name}, {"reason", report.run.stop->reason}}, 1);
    else
      stopped.add({{"run", report.run.name}}, report.state == RunState::needs_attention ? 1 : 0);
    driven.add({{"run", report.run.name}}, report.run.driver ? 1 : 0);
  }
  return stopped.text() + driven.text();
}

}  // namespace

std::string label_value(std::string_view text) {
  std::string out = "\"";
  for (const char c : with_valid_utf8(text)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

std::string metrics(const std::vector<RunReport>& runs, std::string_view version, Instant now) {
  Family build("batchctl_build_info", "The batchctl that wrote this; the value is always 1.");
  build.add({{"version", std::string(version)}}, 1);
  Family written("batchctl_report_timestamp_seconds", "When this was written.", "seconds");
  written.add({}, seconds_of(now));
  std::string text = build.text() + written.text();
  text += info(runs) + created(runs) + states(runs) + records(runs) + chunks(runs) + jobs(runs) + tokens(runs);
  text += cost(runs) + pauses(runs) + persons(runs);
  return text + "# EOF\n";
}

}  // namespace batchctl::report
