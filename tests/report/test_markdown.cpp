#include "report/markdown.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

using namespace batchctl;

namespace {

const Instant kNow = from_unix_ms(1'795'400'000'000);  // 2026-11-22T22:53:20Z or so; only differences matter

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What stands between a section's title and the next one.
std::string section(const std::string& text, const std::string& title) {
  const std::size_t at = text.find("\n## " + title + "\n\n");
  if (at == std::string::npos) return "(no such section)";
  const std::size_t from = at + title.size() + 6;
  return text.substr(from, text.find("\n## ", from) - from);
}

std::vector<std::string> rows_of(const std::string& table) {
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < table.size();) {
    const std::size_t end = table.find('\n', at);
    if (table[at] == '|') rows.push_back(table.substr(at, end - at));
    at = end + 1;
  }
  if (rows.size() >= 2) rows.erase(rows.begin(), rows.begin() + 2);
  return rows;
}

app::ChunkReport chunk(int index, ChunkState state) {
  app::ChunkReport entry;
  entry.chunk.index = index;
  entry.chunk.state = state;
  entry.chunk.records = 100;
  return entry;
}

RemoteFile file_named(const std::string& name) {
  RemoteFile file;
  file.name = RemoteFileName{name};
  file.uri = "https://example.test/v1beta/" + name;
  file.uploaded_at = kNow;
  file.expires_at = kNow + hours{48};
  return file;
}

Job job_named(const std::string& name, JobState state) {
  Job job;
  job.name = JobName{name};
  job.observed = state;
  job.intent_at = kNow;
  return job;
}

app::RunReport half_done() {
  app::RunReport report;
  report.run.name = "qa";
  report.run.id = RunId{"abcdefghijkl"};
  report.run.created_at = kNow;
  report.inputs = {{0, "/data/qa.jsonl", "qa.jsonl", 4096, 15'400, "", ""}};
  report.state = RunState::paused;
  report.records = {15'400, 200, 3, 15'197};
  report.chunks[static_cast<std::size_t>(ChunkState::planned)] = 150;
  report.next = "batchctl resume qa";
  report.pause =
      plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, "EnqueuedTokens", "Quota exceeded", kNow, kNow + minutes{12}};
  report.chunk_list.push_back(chunk(0, ChunkState::done));
  report.chunk_list.back().job = job_named("batches/zero", JobState::succeeded);
  report.chunk_list.back().file = file_named("files/zero");
  report.chunk_list.back().chunk.label = "geography";
  report.chunk_list.push_back(chunk(1, ChunkState::submitted));
  report.chunk_list.back().job = job_named("batches/one", JobState::running);
  report.chunk_list.push_back(chunk(2, ChunkState::uploaded));
  report.chunk_list.back().file = file_named("files/two");
  report.chunk_list.back().chunk.label = "history";
  for (int i = 3; i < 153; ++i) report.chunk_list.push_back(chunk(i, ChunkState::planned));
  return report;
}

}  // namespace

TEST_CASE("a report has the sections that people keep by hand, in their order") {
  const std::string text = report::markdown(half_done(), kNow);
  std::size_t at = 0;
  for (const char* title : {"# Run qa", "## Summary", "## Rate limit information", "## Submitted jobs",
                            "## Uploaded but awaiting a job", "## Remaining", "## Next actions"}) {
    const std::size_t found = text.find(title, at);
    REQUIRE_MESSAGE(found != std::string::npos, title);
    at = found;
  }
  CHECK_FALSE(has(text, "## Failed or cancelled"));
  CHECK(text == report::markdown(half_done(), kNow));
}

TEST_CASE("every chunk stands in one section, with its label, its job and its file") {
  const std::string text = report::markdown(half_done(), kNow);
  const auto submitted = rows_of(section(text, "Submitted jobs"));
  REQUIRE(submitted.size() == 2);
  CHECK(submitted[0].rfind("| 0 | geography | 100 | batches/zero | succeeded | 1 | files/zero | ", 0) == 0);
  CHECK(submitted[1].rfind("| 1 |  | 100 | batches/one | running | 1 |  | ", 0) == 0);
  const auto awaiting = rows_of(section(text, "Uploaded but awaiting a job"));
  REQUIRE(awaiting.size() == 1);
  CHECK(awaiting[0] == "| 2 | history | 100 | files/two | https://example.test/v1beta/files/two | " +
                           to_rfc3339(kNow + hours{48}) + " | uploaded |");
  CHECK(rows_of(section(text, "Remaining")) == std::vector<std::string>{"| 3 to 152 |  | 15,000 | planned |"});
}

TEST_CASE("remaining chunks with a label have a row of their own") {
  app::RunReport report = half_done();
  report.chunk_list[10].chunk.label = "rivers";
  CHECK(rows_of(section(report::markdown(report, kNow), "Remaining")) ==
        std::vector<std::string>{"| 3 to 9 |  | 700 | planned |", "| 10 | rivers | 100 | planned |",
                                 "| 11 to 152 |  | 14,200 | planned |"});
}

TEST_CASE("a pause is told with the service's words and when it ends; next actions begin with it") {
  const std::string text = report::markdown(half_done(), kNow);
  const std::string limit = section(text, "Rate limit information");
  CHECK(has(limit, "| Reason | RESOURCE_EXHAUSTED |"));
  CHECK(has(limit, "| Quota | EnqueuedTokens |"));
  CHECK(has(limit, "| Message | Quota exceeded |"));
  CHECK(has(limit, "| Creating is tried again | " + to_rfc3339(kNow + minutes{12}) + " |"));
  const std::string next = section(text, "Next actions");
  CHECK(has(next, "from " + to_rfc3339(kNow + minutes{12}) + " on"));
  CHECK(has(next, "expires at " + to_rfc3339(kNow + hours{48})));
  CHECK(has(next, "- `batchctl resume qa`\n"));
  CHECK_FALSE(has(next, "retry"));
}

TEST_CASE("a run with failures names the chunks that failed, and how to ask again") {
  app::RunReport report = half_done();
  report.state = RunState::complete_with_failures;
  report.pause.reset();
  report.chunk_list.push_back(chunk(153, ChunkState::failed));
  report.chunk_list.back().chunk.error = "400: bad line 7";
  const std::string text = report::markdown(report, kNow);
  CHECK(rows_of(section(text, "Failed or cancelled")) ==
        std::vector<std::string>{"| 153 |  | 100 | failed | 400: bad line 7 |"});
  CHECK(has(section(text, "Next actions"), "`batchctl retry qa` asks again for 3 records"));
  CHECK(has(section(text, "Rate limit information"), "no limit holds this run back"));
}

TEST_CASE("records that cannot be sent are told, and are nothing to ask again for") {
  app::RunReport report = half_done();
  report.state = RunState::complete_with_failures;
  report.unsent.skipped = 2;
  report.unsent.repeated = 1;
  std::string text = report::markdown(report, kNow);
  CHECK(has(section(text, "Summary"), "| Skipped | 2 of these cannot be sent |"));
  CHECK(has(section(text, "Summary"), "| Repeats | 1 of these"));
  CHECK(has(section(text, "Next actions"), "asks again for 1 record without"));
  report.unsent.skipped = 3;
  CHECK_FALSE(has(report::markdown(report, kNow), "batchctl retry"));
}

TEST_CASE("a pause that no time and no job ends says so") {
  app::RunReport report = half_done();
  report.pause->resume_at.reset();
  CHECK(has(report::markdown(report, kNow), "| Creating is tried again | when a job ends |"));
  report.pause->kind = PauseKind::pilot;
  CHECK(has(report::markdown(report, kNow), "| Creating is tried again | when a person lets it |"));
}

TEST_CASE("a chunk whose halves took over has not failed") {
  app::RunReport report = half_done();
  report.chunk_list.push_back(chunk(153, ChunkState::cancelled));
  report.chunk_list.back().chunk.key = ChunkKey{7};
  report.chunk_list.push_back(chunk(154, ChunkState::planned));
  report.chunk_list.back().chunk.replaces = ChunkKey{7};
  CHECK_FALSE(has(report::markdown(report, kNow), "## Failed or cancelled"));
  report.chunk_list.back().chunk.replaces = ChunkKey{8};
  CHECK(has(report::markdown(report, kNow), "## Failed or cancelled"));
}

TEST_CASE("what Markdown would take for itself is told not to be, and nothing else") {
  CHECK(report::escaped("part_1 of a.jsonl (2)") == "part_1 of a.jsonl (2)");
  CHECK(report::escaped("_a_ __b__ c_") == "\\_a\\_ \\_\\_b\\_\\_ c\\_");
  CHECK(report::escaped("*a* `b` ~~c~~ $d$") == "\\*a\\* \\`b\\` \\~\\~c\\~\\~ \\$d\\$");
  CHECK(report::escaped("a\tb\r\nc\x1b") == "a b  c ");
}

TEST_CASE("nothing that came from outside can leave its cell or become Markdown or HTML") {
  const std::string nasty = "a|b\n| c | <img src=x onerror=alert(1)> [x](javascript:y) `z` *w* _v_ \\| &lt;";
  app::RunReport report = half_done();
  for (app::ChunkReport& entry : report.chunk_list) entry.chunk.label = nasty;
  report.chunk_list[0].chunk.state = ChunkState::failed;
  report.chunk_list[0].chunk.error = nasty;
  report.chunk_list[1].job->name = JobName{nasty};
  report.chunk_list[2].file = file_named(nasty);
  report.run.project = nasty;
  report.run.settings.model = nasty;
  report.inputs[0].shown_path = nasty;
  report.pause->message = nasty;
  report.pause->quota_id = nasty;
  const std::string text = report::markdown(report, kNow);
  CHECK_FALSE(has(text, "<"));
  CHECK_FALSE(has(text, "[x]("));
  CHECK_FALSE(has(text, "&lt;img src=x onerror=alert(1)> "));
  CHECK(has(text, "&amp;lt;"));
  for (const auto& [title, columns] : {std::pair<std::string, int>{"Summary", 2},
                                       {"Rate limit information", 2},
                                       {"Submitted jobs", 9},
                                       {"Uploaded but awaiting a job", 7},
                                       {"Remaining", 4},
                                       {"Failed or cancelled", 5}})
    for (const std::string& row : rows_of(section(text, title)))
      CHECK_MESSAGE(std::count(row.begin(), row.end(), '|') == columns + 1, row);
}

TEST_CASE("a run of which nothing was sent says so in every section") {
  app::RunReport report;
  report.run.name = "new";
  const std::string text = report::markdown(report, kNow);
  for (const char* title : {"Submitted jobs", "Uploaded but awaiting a job", "Remaining", "Next actions"})
    CHECK_MESSAGE(section(text, title).rfind("None.\n", 0) == 0, title);
  CHECK(has(section(text, "Summary"), "| Cost so far | price not known |"));
}
