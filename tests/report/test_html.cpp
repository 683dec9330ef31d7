#include "report/html.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/sha256.hpp"
#include "base/text.hpp"
#include "report/chart.hpp"
#include "report/html_text.hpp"

using namespace batchctl;

namespace {

const Instant kStart = from_unix_ms(1'795'400'000'000);
const Instant kNow = kStart + hours{5};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int times_in(const std::string& text, const std::string& part) {
  int n = 0;
  for (std::size_t from = 0; (from = text.find(part, from)) != std::string::npos; from += part.size()) ++n;
  return n;
}

/// A run of so many chunks, each with a job that ended, some refused before.
app::RunReport run_of(int chunks) {
  app::RunReport report;
  report.run.name = "qa";
  report.run.id = RunId{"abcdefghijkl"};
  report.run.created_at = kStart;
  report.inputs = {{0, "/data/qa.jsonl", "qa.jsonl", 4096, 100 * chunks, "", ""}};
  report.state = RunState::paused;
  report.records = {100 * chunks, 100 * chunks - 5, 5, 0};
  report.next = "batchctl resume qa";
  report.pause = plan::Pause{"RESOURCE_EXHAUSTED", PauseKind::stock, "q", "Quota exceeded.", kNow, kNow + minutes{12}};
  app::RunHistory history;
  history.token_limit = 20'000;
  history.failures = {{RecordStatus::error, 13, true, "Internal error", 5}};
  for (int i = 0; i < chunks; ++i) {
    app::ChunkReport entry;
    entry.chunk.key = ChunkKey{i + 1};
    entry.chunk.index = i;
    entry.chunk.state = i % 50 == 49 ? ChunkState::failed : ChunkState::done;
    report.chunk_list.push_back(entry);
    const Instant begin = kStart + seconds{i * 11 % 15'000};
    const auto line = [&](Duration after, const char* from, const char* event, std::string_view to) {
      history.journal.push_back({begin + after, i, from, event, std::string(to), "words"});
    };
    line(seconds{1}, "planned", "upload_started", "uploading");
    line(seconds{3}, "uploading", "upload_confirmed", "uploaded");
    if (i % 9 == 0) line(seconds{5}, "creating", "create_refused", "uploaded");
    line(seconds{9}, "creating", "create_succeeded", "submitted");
    line(seconds{2000}, "fetching", "results_stored", name_of(entry.chunk.state));
    JobSpan job;
    job.chunk_index = i;
    job.model = report.run.settings.model;
    job.tokens = 100;
    job.named = true;
    job.observed = i % 50 == 49 ? JobState::failed : JobState::succeeded;
    job.intent_at = begin + seconds{8};
    job.ended_at = begin + seconds{1900};
    history.jobs.push_back(job);
  }
  report.history = std::move(history);
  return report;
}

std::string between(const std::string& text, const std::string& open, const std::string& close) {
  const std::size_t from = text.find(open);
  if (from == std::string::npos) return "(not there)";
  return text.substr(from + open.size(), text.find(close, from + open.size()) - from - open.size());
}

/// The names of elements that are open where they should not be, or closed without being open. Enough for what we
/// write ourselves: every `<` is markup, attributes are quoted.
std::string unbalanced(const std::string& page) {
  const std::vector<std::string> void_names = {"meta", "!DOCTYPE", "link", "br", "img"};
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = page.find('<', at)) != std::string::npos;) {
    const std::size_t end = page.find('>', at);
    const std::string tag = page.substr(at + 1, end - at - 1);
    const bool closes = tag.starts_with('/');
    const std::string name = tag.substr(closes ? 1 : 0, tag.find_first_of(" />", closes ? 1 : 0) - (closes ? 1 : 0));
    if (closes) {
      if (open.empty() || open.back() != name) return "closed: " + name;
      open.pop_back();
    } else if (!tag.ends_with('/') && std::find(void_names.begin(), void_names.end(), name) == void_names.end()) {
      open.push_back(name);
    }
    at = name == "style" && !closes ? page.find("</style>", end) : end;
  }
  return open.empty() ? "" : "open: " + open.back();
}

}  // namespace

TEST_CASE("a page shows everything that a person asks of a run, and is the same for the same state and time") {
  const std::string page = report::html(run_of(30), kNow);
  for (const char* title : {"Chunks", "Jobs", "Tokens in flight, and refusals", "Cost", "Failures",
                            "Chunks that failed or were cancelled", "About this run"}) {
    CAPTURE(title);
    CHECK(has(page, fmt::format("<h2>{}</h2>", title)) ==
          (std::string(title) != "Chunks that failed or were cancelled"));
  }
  CHECK(has(page, "<bdi>qa</bdi>"));
  CHECK(has(page, ">paused</span>"));
  CHECK(has(page, "RESOURCE_EXHAUSTED: “<bdi>Quota exceeded</bdi>”."));
  CHECK(has(page, "in 12 min, at "));
  CHECK(has(page, "<code>batchctl resume qa</code>"));
  CHECK(has(page, "Internal error"));
  CHECK(has(report::html(run_of(60), kNow), "<h2>Chunks that failed or were cancelled</h2>"));
  CHECK(page == report::html(run_of(30), kNow));
  CHECK(unbalanced(page) == "");
}

TEST_CASE("every picture has a title and words for who does not see it") {
  const std::string page = report::html(run_of(30), kNow);
  CHECK(times_in(page, "role=\"img\"") == 4);
  CHECK(has(between(page, "<desc id=\"chunks-d\">", "</desc>"), "30 done"));
  CHECK(between(page, "<desc id=\"jobs-d\">", "</desc>") == "30 succeeded");
  CHECK(has(between(page, "<desc id=\"tokens-d\">", "</desc>"), "The limit is 20,000. The service refused 4 times."));
  CHECK(times_in(page, "<title id=") == 3);
}

TEST_CASE("a page runs nothing and asks nobody: its policy allows its own style by hash, and it has no other") {
  const std::string page = report::html(run_of(3), kNow);
  const std::string style = between(page, "<style>", "</style>");
  Sha256 hash;
  hash.update(style);
  const auto digest = hash.digest();
  const std::string print = to_base64(std::string(digest.begin(), digest.end()));
  CHECK(between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"") ==
        fmt::format("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'", print));
  for (const char* part :
       {"<script", " style=", "javascript:", "src=", "href=", "url(", "@import", "http:", "https:"}) {
    CAPTURE(part);
    CHECK_FALSE(has(page, part));
  }
}

TEST_CASE("foreign words are words, wherever they stand") {
  const std::string evil =
      "</style></title><script>alert(1)</script>\"'><img src=x onerror=y>&amp;\n\x1b[2J\xe2\x80\xae"
      "\xff\xc2\x85";
  app::RunReport report = run_of(60);
  report.run.name = report.run.project = report.run.settings.model = evil;
  report.inputs[0].shown_path = evil;
  report.pause->message = evil;
  report.run.stop = Stop{evil, evil + "2", kNow};
  report.next = evil;
  report.history->failures[0].message = evil;
  for (JournalLine& line : report.history->journal) line.why = evil;
  for (app::ChunkReport& entry : report.chunk_list) entry.chunk.label = entry.chunk.error = evil;
  const std::string page = report::html(report, kNow);
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "<img"));
  for (const char* part : {"\x1b", "\xe2\x80\xae", "\xff", "\xc2\x85"}) CHECK_FALSE(has(page, part));
  CHECK(times_in(page, "&lt;script&gt;") >= 8);
  CHECK(unbalanced(page) == "");
  CHECK(times_in(page, "</style>") == 1);
}

TEST_CASE("marks that turn text are blanks, those that hide in it are shown as replaced; right-to-left words stay") {
  CHECK(report::html_text("a\xe2\x80\xae"
                          "b\xe2\x81\xa6"
                          "c\xe2\x80\x8b\xe2\x81\xa0") ==
        "a   b   "
        "c\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(report::html_text("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d") == "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d");
  CHECK(report::html_text("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  CHECK(report::html_words("x") == "<bdi>x</bdi>");
}

TEST_CASE("a page of ten thousand chunks is hardly larger than one of two hundred") {
  const std::size_t few = report::html(run_of(200), kNow).size(), many = report::html(run_of(10'000), kNow).size();
  CHECK(many < few + 60'000);
  CHECK(many < 200'000);
}

TEST_CASE("a run of which nothing is there yet has a page, too") {
  app::RunReport report;
  report.run.name = "new";
  report.run.created_at = kNow;
  const std::string page = report::html(report, kNow);
  CHECK(has(page, "None are planned yet."));
  CHECK(has(page, "None were created yet."));
  CHECK(has(page, "The service refused nothing."));
  CHECK(unbalanced(page) == "");
}

TEST_CASE("lists that depend on the run end with how much was left out") {
  app::RunReport report = run_of(3);
  report.history->failures.clear();
  for (int i = 0; i < 27; ++i)
    report.history->failures.push_back({RecordStatus::error, 3, true, fmt::format("bad {}", i), 1});
  for (int i = 1; i < 40; ++i) report.inputs.push_back({i, "", fmt::format("part {}", i), 1, 1, "", ""});
  const std::string page = report::html(report, kNow);
  CHECK(has(page, "And 7 kinds more."));
  CHECK(has(page, "bad 19"));
  CHECK_FALSE(has(page, "bad 20"));
  CHECK(has(page, "and 20 more"));
}

TEST_CASE("a limit far above what was held is told and not drawn") {
  app::RunReport report = run_of(3);
  CHECK(has(report::html(report, kNow), "too far above to be drawn"));
  report.history->token_limit = 400;
  report.history->limit_is_learned = true;
  const std::string page = report::html(report, kNow);
  CHECK(has(page, "400 (learned from refusals)"));
  CHECK(has(page, "<path class=\"limit\""));
}

TEST_CASE("marks of values are round, and few") {
  for (const std::int64_t most : {1, 3, 7, 154, 2000, 999'999, 123'456'789}) {
    const report::ValueScale scale = report::value_scale(most, 200);
    const std::vector<report::ValueMark> marks = report::value_marks(scale);
    CAPTURE(most);
    CHECK(marks.size() >= 2);
    CHECK(marks.size() <= 6);
    for (const report::ValueMark& mark : marks) {
      CHECK(mark.y >= 0);
      CHECK(mark.y <= 200);
    }
  }
  CHECK(report::short_count(9'999) == "9,999");
  CHECK(report::short_count(10'000) == "10 k");
  CHECK(report::short_count(2'500'000) == "2.5 M");
}
