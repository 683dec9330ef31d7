#include "report/metrics.hpp"

#include <doctest/doctest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace batchctl;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'250);

app::RunReport run_named(const std::string& name) {
  app::RunReport report;
  report.run.name = name;
  report.run.id = RunId{"abcdefghijkl"};
  report.run.created_at = kNow - hours{3};
  report.run.settings.model = "gemini-x";
  report.state = RunState::waiting;
  report.chunks[static_cast<std::size_t>(ChunkState::submitted)] = 21;
  report.jobs[static_cast<std::size_t>(JobState::running)] = 21;
  report.records = {15'400, 200, 3, 15'197};
  report.usage.enqueued = 133'686;
  return report;
}

/// What both formats agree on, and what each alone forbids: only gauges, each family in one piece with its head first,
/// no blank line, no two equal samples, `# EOF` once and last. Empty when all is well.
std::string faults_of(const std::string& text) {
  static const std::regex head(R"(# (HELP|TYPE|UNIT) ([a-z_]+) (.+))");
  static const std::regex sample(
      R"re(([a-z_]+)(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? [0-9]+(\.[0-9]+)?)re");
  std::istringstream lines(text);
  std::string line, family;
  std::set<std::string> families, samples;
  bool ended = false;
  while (std::getline(lines, line)) {
    if (ended) return "behind the end: " + line;
    std::smatch parts;
    if (line == "# EOF") {
      ended = true;
    } else if (std::regex_match(line, parts, head)) {
      if (parts[2] != family && !families.insert(parts[2]).second) return "a family in two pieces: " + line;
      family = parts[2];
      if (parts[1] == "TYPE" && parts[3] != "gauge") return "no gauge: " + line;
      if (parts[1] == "UNIT" && !family.ends_with("_" + parts[3].str())) return "a name without its unit: " + line;
      if (family.ends_with("_total")) return "the name of a counter: " + line;
    } else if (std::regex_match(line, parts, sample)) {
      if (parts[1] != family) return "outside of its family: " + line;
      if (!samples.insert(line.substr(0, line.rfind(' '))).second) return "twice: " + line;
    } else {
      return "not of either format: " + line;
    }
  }
  return ended && text.ends_with("# EOF\n") ? "" : "no end";
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("metrics are of the form that Prometheus and OpenMetrics agree on, for any number of runs") {
  for (const std::vector<app::RunReport>& runs :
       {std::vector<app::RunReport>{}, {run_named("qa")}, {run_named("qa"), run_named("another")}}) {
    const std::string text = report::metrics(runs, "1.2.3", kNow);
    CAPTURE(text);
    CHECK(faults_of(text) == "");
    CHECK(has_line(text, "batchctl_build_info{version=\"1.2.3\"} 1"));
    CHECK(has_line(text, "batchctl_report_timestamp_seconds 1795400000.250"));
    CHECK(text == report::metrics(runs, "1.2.3", kNow));
  }
}

TEST_CASE("a run's figures are those of its snapshot") {
  app::RunReport report = run_named("qa");
  report.cost.actual = 1.5;
  const std::string text = report::metrics({report}, "1", kNow);
  CHECK(has_line(text, "batchctl_run_state{run=\"qa\",state=\"waiting\"} 1"));
  CHECK(has_line(text, "batchctl_run_state{run=\"qa\",state=\"paused\"} 0"));
  CHECK(has_line(text, "batchctl_run_input_records{run=\"qa\"} 15400"));
  CHECK(has_line(text, "batchctl_run_records{run=\"qa\",outcome=\"outstanding\"} 15197"));
  CHECK(has_line(text, "batchctl_run_chunks{run=\"qa\",state=\"submitted\"} 21"));
  CHECK(has_line(text, "batchctl_run_jobs{run=\"qa\",state=\"running\"} 21"));
  CHECK(has_line(text, "batchctl_run_tokens{run=\"qa\",kind=\"enqueued\"} 133686"));
  CHECK(has_line(text, "batchctl_run_cost_usd{run=\"qa\",kind=\"actual\"} 1.500000"));
  CHECK(text.find("kind=\"estimated\"}") == std::string::npos);  // its price is not known
  CHECK(has_line(text, "batchctl_run_paused{run=\"qa\"} 0"));
  CHECK(text.find("batchctl_run_resume_at_timestamp_seconds{") == std::string::npos);
}

TEST_CASE("a pause tells its reason, and when it ends when that is known; a stop tells what a person must mend") {
  app::RunReport report = run_named("qa");
  report.pause = plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, "q", "words", kNow, kNow + minutes{12}};
  report.run.stop = Stop{"zero_quota", "words", kNow};
  const std::string text = report::metrics({report}, "1", kNow);
  CHECK(has_line(text, "batchctl_run_paused{run=\"qa\",reason=\"RESOURCE_EXHAUSTED\",kind=\"stock\"} 1"));
  CHECK(has_line(text, "batchctl_run_resume_at_timestamp_seconds{run=\"qa\"} 1795400720.250"));
  CHECK(has_line(text, "batchctl_run_needs_attention{run=\"qa\",reason=\"zero_quota\"} 1"));
  CHECK(faults_of(text) == "");
}

TEST_CASE("a label's value keeps any text within its quotes") {
  CHECK(report::label_value("a\"b\\c\nd") == "\"a\\\"b\\\\c\\nd\"");
  CHECK(report::label_value("\xff") == "\"\xef\xbf\xbd\"");
  app::RunReport report = run_named("qa");
  report.run.project = "x\"} 1\n# EOF\n\\";
  CHECK(faults_of(report::metrics({report}, "1", kNow)) == "");
}
