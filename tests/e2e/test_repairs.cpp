// Answers that go wrong in every way that is known: each record has one outcome, the numbers agree, what failed is
// asked again and nothing else, and in the end every answer stands beside its own question.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <fstream>
#include <map>
#include <memory>
#include <set>

#include "beside.hpp"
#include "e2e/process.hpp"

namespace batchctl::e2e {

namespace {

using Counts = std::map<std::string, int>;

constexpr const char* kJobs = R"("jobs": {"pending": "1m", "running": "2m"})";
constexpr const char* kBadRows =
    R"("rows": {"error": 0.01, "missing": 0.01, "duplicate": 0.005, "truncated": 0.02, "blocked": 0.005,
                "shuffled": true},
       "faults": [{"on": "download", "nth": 3, "do": "cut"}])";

std::vector<Json> rows_of(const std::string& text) {
  std::vector<Json> rows;
  for (const std::string& line : lines_of(text)) rows.push_back(Json::parse(line));
  return rows;
}

Counts outcomes_in(const std::vector<Json>& rows) {
  Counts counts;
  for (const Json& row : rows) ++counts[row.at("status")];
  return counts;
}

/// Each line belongs to the input line of its number, and an answer to its question.
int strangers(const std::vector<Json>& rows, const std::vector<std::string>& input) {
  int wrong = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json question = Json::parse(input.at(i));
    const bool is_own =
        rows[i].at("index") == i && rows[i].at("input") == question && rows[i].at("key") == question.at("id") &&
        (rows[i].at("status") != "ok" ||
         rows[i].at("answer").get<std::string>().find(question.at("question").get<std::string>()) != std::string::npos);
    if (!is_own && ++wrong < 4) FAIL_CHECK(rows[i].dump());
  }
  return wrong;
}

/// Records of the run in jobs of the sandbox: how often each was taken.
Counts times_taken(const Json& whole_ledger, const std::string& run_id) {
  Counts times;
  for (const auto& [name, keys] : whole_ledger.at("accepted").items())
    if (name.starts_with("bc/" + run_id + "/"))
      for (const auto& [key, n] : keys.items()) times[key] += n.get<int>();
  return times;
}

/// What `export` and `report` say is what the results say.
void agree_with(const Desk& desk, const Counts& counts) {
  CHECK(desk.run({"export", "qa", "--output", "qa.records.db", "--overwrite"}).exit == 3);
  SQLite::Database exported(desk.path("qa.records.db"));
  Counts told;
  SQLite::Statement rows(exported, "SELECT status, count(*) FROM record GROUP BY status");
  while (rows.executeStep()) told[rows.getColumn(0).getString()] = rows.getColumn(1).getInt();
  CHECK((told == counts));
  int records = 0;
  for (const auto& [status, n] : counts) records += n;
  const int failed = records - counts.at("ok");
  CHECK(exported.execAndGet("SELECT count(*) FROM v_failures").getInt() == failed);
  const Outcome report = desk.run({"report", "qa", "--as", "md"});
  CHECK(report.exit == 0);
  std::string plain = report.out;
  std::erase(plain, ',');  // of thousands
  CHECK_MESSAGE(plain.find(fmt::format("{} answered of {}; {} without a usable answer 0 outstanding", counts.at("ok"),
                                       records, failed)) != std::string::npos,
                report.out);
  CHECK_MESSAGE(
      plain.find(fmt::format("{} answers that the service counts", counts.at("missing"))) != std::string::npos,
      report.out);
}

void live_through(const std::string& questions, int chunk_records) {
  const TemporaryDirectory service;
  const std::string scenario = service.path() + "/scenario.json";
  std::ofstream(scenario) << "{" << kJobs << "," << kBadRows << "}";
  const Sandbox sandbox({"--scenario", scenario, "--time-scale", "2000"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions);
  const std::vector<std::string> input = lines_of(questions);
  const auto records = static_cast<int>(input.size());

  // Without repairs first: what came is what is said.
  const Outcome done = desk.run(
      {"submit", "qa.jsonl", "--chunk-records", std::to_string(chunk_records), "--retry-attempts", "0", "--wait"});
  REQUIRE_MESSAGE(done.exit == 3, done.told());
  const Outcome first = desk.run({"download", "qa"});
  REQUIRE_MESSAGE(first.exit == 3, first.told());
  const std::vector<Json> before = rows_of(desk.read("qa.results.jsonl"));
  REQUIRE(std::cmp_equal(before.size(), records));
  CHECK(strangers(before, input) == 0);
  const Counts counts = outcomes_in(before);
  for (const char* word : {"error", "missing", "truncated", "blocked"}) CHECK_MESSAGE(counts.contains(word), word);
  int failed = 0;
  std::set<std::string> failed_keys;
  for (const Json& row : before)
    if (row.at("status") != "ok") {
      ++failed;
      failed_keys.insert(fmt::format("r{}", row.at("index").get<int>()));
    }
  std::vector<Json> not_ok;
  for (const Json& row : before)
    if (row.at("status") != "ok") not_ok.push_back(row);
  CHECK((rows_of(desk.read("qa.results.errors.jsonl")) == not_ok));
  const Json status = desk.status("qa");
  CHECK(status.at("state") == "complete_with_failures");
  CHECK(status.at("records") == Json({{"total", records},
                                      {"answered", records - failed},
                                      {"failed", failed},
                                      {"outstanding", 0},
                                      {"skipped", 0},
                                      {"repeated", 0},
                                      {"unread", counts.at("missing")}}));
  agree_with(desk, counts);

  // What failed for a passing reason comes again by itself; some of it fails again, twice at most.
  const Outcome repaired = desk.run(
      {"submit", "qa.jsonl", "--chunk-records", std::to_string(chunk_records), "--retry-attempts", "2", "--wait"});
  REQUIRE_MESSAGE((repaired.exit == 3), repaired.told());
  const Outcome second = desk.run({"download", "qa"});
  const Counts after = outcomes_in(rows_of(desk.read("qa.results.jsonl")));
  const auto passing = [](Counts from) { return from["error"] + from["missing"]; };
  CHECK(passing(after) < passing(counts) / 4);
  const std::string run_id = desk.status("qa").at("run_id");
  for (const auto& [key, times] : times_taken(sandbox.ledger(true), run_id)) {
    CHECK_MESSAGE(times <= (failed_keys.contains(key) ? 3 : 1), key);
  }

  // The service is well again: what is left is asked for, first what was cut off.
  std::ofstream(scenario) << "{" << kJobs << "}";
  const Outcome some = desk.run({"retry", "qa", "--only", "truncated", "--wait"});
  CHECK_MESSAGE(some.exit == 3, some.told());
  CHECK(desk.run({"download", "qa"}).exit == 3);
  CHECK_FALSE(outcomes_in(rows_of(desk.read("qa.results.jsonl"))).contains("truncated"));
  const Outcome rest = desk.run({"retry", "qa", "--wait"});
  CHECK_MESSAGE(rest.exit == 0, rest.told());
  REQUIRE(desk.run({"download", "qa"}).exit == 0);
  const std::string results = desk.read("qa.results.jsonl");
  const std::vector<Json> final_rows = rows_of(results);
  CHECK((outcomes_in(final_rows) == Counts{{"ok", records}}));
  CHECK(strangers(final_rows, input) == 0);
  CHECK(desk.read("qa.results.errors.jsonl").empty());
  CHECK(desk.status("qa").at("records").at("answered") == records);
  // What was ok at first is the very same line still, and was asked for once.
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i].at("status") == "ok" && before[i] != final_rows[i]) FAIL_CHECK(final_rows[i].dump());
  for (const auto& [key, times] : times_taken(sandbox.ledger(true), run_id))
    if (!failed_keys.contains(key)) CHECK_MESSAGE(times == 1, key);
  REQUIRE(desk.run({"download", "qa"}).exit == 0);
  CHECK((desk.read("qa.results.jsonl") == results));
  CHECK(desk.run({"retry", "qa", "--wait"}).exit == 0);  // nothing is left
}

std::string made_questions(int n) {
  Desk desk;
  Start make;
  make.program = BATCHCTL_SOURCE_DIR "/scripts/make_questions";
  make.words = {std::to_string(n), "7"};
  make.environment = desk.environment;
  const Outcome made = run(make);
  REQUIRE_MESSAGE(made.exit == 0, made.told());
  return made.out;
}

void append_lines(std::string& to, const std::string& packed, int at_most) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> from(::gzopen(packed.c_str(), "rb"), &::gzclose);
  REQUIRE(from != nullptr);
  std::array<char, 65536> line{};
  for (int n = 0; n < at_most && ::gzgets(from.get(), line.data(), static_cast<int>(line.size())) != nullptr; ++n)
    to += line.data();
}

const Words kQuick = {"--time-scale", "2000", "--pending", "1m", "--running", "1m"};

}  // namespace

TEST_CASE("3,000 questions whose answers go wrong in every way are all answered in the end, each its own") {
  live_through(made_questions(3000), 200);
}

TEST_CASE("15,400 real questions whose answers go wrong in every way are all answered in the end, each its own") {
  const char* untested = "repairs on the real questions";
  const auto math = beside("data/gsm8k.jsonl.gz", untested), facts = beside("data/nq-open.jsonl.gz", untested);
  if (!math || !facts) return;
  std::string questions;
  append_lines(questions, *math, 15'400);
  append_lines(questions, *facts, 6608);
  live_through(questions, 500);
}

TEST_CASE("the tokens of all rows that can be read are those that the service counted, and no use is told") {
  const TemporaryDirectory service;
  const std::string scenario = service.path() + "/scenario.json";
  std::ofstream(scenario) << "{" << kJobs << R"(,"rows": {"error": 0.1, "duplicate": 0.1, "truncated": 0.2,)"
                          << R"( "blocked": 0.1, "keyless": 0.1, "shuffled": true}})";
  const Sandbox sandbox({"--scenario", scenario, "--time-scale", "2000"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(300));
  CHECK(desk.run({"submit", "qa.jsonl", "--chunk-records", "50", "--wait"}).exit == 3);
  const Json tokens = desk.status("qa").at("tokens"), counted = sandbox.ledger().at("tokens");
  CAPTURE(tokens.dump());
  CAPTURE(counted.dump());
  CHECK(tokens.at("actual_input") == counted.at("promptTokenCount"));
  CHECK(tokens.at("actual_output") == counted.at("candidatesTokenCount"));
  CHECK(tokens.at("actual_thinking") == counted.at("thoughtsTokenCount"));
  CHECK(desk.status("qa").at("cost_usd").at("wasted").get<double>() > 0);
}

TEST_CASE("results come as the service gave them, as the input with its answer, as a table, and to a pipe") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", "{\"id\":\"a\",\"question\":\"=cmd()\",\"answer\":\"right\"}\n{\"question\":\"two\"}\n");
  REQUIRE(desk.run({"submit", "qa.jsonl", "--wait"}).exit == 0);

  const Outcome native = desk.run({"download", "--shape", "native", "--output", "-"});
  REQUIRE_MESSAGE(native.exit == 0, native.told());
  const std::vector<Json> given = rows_of(native.out);
  REQUIRE(given.size() == 2);
  CHECK(given[0].at("key") == "a");
  CHECK(given[1].at("key") == "r1");
  CHECK(given[0].at("response").at("candidates").at(0).at("finishReason") == "STOP");

  const Outcome answers = desk.run({"download", "--shape", "answers", "-o", "-"});
  const std::vector<Json> joined_answers = rows_of(answers.out);
  REQUIRE(joined_answers.size() == 2);
  CHECK(joined_answers[0].at("answer") == "right");
  CHECK(joined_answers[0].at("model_answer").get<std::string>().find("=cmd()") != std::string::npos);
  CHECK(joined_answers[1].contains("answer"));

  const Outcome table = desk.run({"download", "--shape", "answers", "--output-format", "csv", "--raw", "raw"});
  REQUIRE_MESSAGE(table.exit == 0, table.told());
  CHECK(desk.read("qa.results.csv").starts_with("id,question,answer,model_answer\r\na,'=cmd(),right,"));
  CHECK(desk.read("qa.results.errors.jsonl").empty());
  const std::vector<std::string> raw = files_below(desk.path("raw"));
  REQUIRE(raw.size() == 1);
  CHECK(lines_of(desk.read("raw/" + raw[0])).size() == 2);

  CHECK(desk.run({"download", "--shape", "sideways"}).exit == 2);
  CHECK(desk.run({"download", "--output-format", "xlsx"}).exit == 2);
  CHECK(desk.run({"retry", "--only", "ok"}).exit == 2);
  CHECK(desk.run({"retry", "--only", "truncated,,"}).exit == 2);
  CHECK(desk.run({"retry", "--generation-config", "[]"}).exit == 2);
}

}  // namespace batchctl::e2e
