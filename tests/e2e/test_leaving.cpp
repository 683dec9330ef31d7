// What leaves for other eyes: the records as a SQLite file, the run as Markdown, its state as a file that is kept.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};
const Words kSlow = {"--time-scale", "1000", "--pending", "100d", "--running", "100d"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

using Counts = std::map<std::string, int>;

/// Name and number from each row of a query.
Counts counts_in(const std::string& path, const std::string& query) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  SQLite::Statement statement(database, query);
  Counts counts;
  while (statement.executeStep()) counts[statement.getColumn(0).getString()] = statement.getColumn(1).getInt();
  return counts;
}

double number_in(const std::string& path, const std::string& query) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  return database.execAndGet(query).getDouble();
}

}  // namespace

TEST_CASE("the export agrees with the results, the errors file, status and report to the record") {
  const TemporaryDirectory service;
  const std::string scenario = service.path() + "/scenario.json";
  std::ofstream(scenario) << R"({"jobs": {"pending": "1m", "running": "2m"},
    "rows": {"error": 0.05, "missing": 0.05, "duplicate": 0.02, "truncated": 0.05, "blocked": 0.02, "shuffled": true}})";
  const Sandbox sandbox({"--scenario", scenario, "--time-scale", "2000"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(600));
  const Outcome done = desk.run(
      {"submit", "qa.jsonl", "--chunk-records", "50", "--retry-attempts", "0", "--wait", "--output", "r.jsonl"});
  REQUIRE_MESSAGE(done.exit == 3, done.told());
  const Outcome exported = desk.run({"export", "qa", "--output", "qa.db", "--json"});
  REQUIRE_MESSAGE(exported.exit == 3, exported.told());
  CHECK(schema_faults("event", exported.last_event()) == "");
  const std::string table = desk.path("qa.db");

  Counts results;
  std::vector<Json> rows;
  for (const std::string& line : lines_of(desk.read("r.jsonl"))) {
    rows.push_back(Json::parse(line));
    ++results[rows.back().at("status")];
  }
  REQUIRE(results.size() >= 4);
  CHECK(counts_in(table, "SELECT status, count(*) FROM record GROUP BY status") == results);
  const auto failures = static_cast<int>(lines_of(desk.read("r.errors.jsonl")).size());
  CHECK(number_in(table, "SELECT count(*) FROM v_failures") == failures);
  const Json status = desk.status("qa");
  CHECK(status.at("records").at("failed") == failures);
  CHECK(number_in(table, "SELECT sum(cost_usd) FROM v_cost") ==
        doctest::Approx(status.at("cost_usd").at("actual").get<double>()));
  CHECK(number_in(table, "SELECT sum(tokens_input) FROM v_cost") == status.at("tokens").at("actual_input"));

  SQLite::Database database(table, SQLite::OPEN_READONLY);
  CHECK(database.execAndGet("PRAGMA integrity_check").getString() == "ok");
  SQLite::Statement each(database, R"(SELECT "index", key, status, answer, job, input FROM record ORDER BY "index")");
  for (const Json& row : rows) {
    REQUIRE(each.executeStep());
    CHECK(each.getColumn(0).getInt64() == row.at("index"));
    CHECK(each.getColumn(1).getString() == row.at("key"));
    CHECK(each.getColumn(2).getString() == row.at("status"));
    CHECK((each.getColumn(3).isNull() ? Json() : Json(each.getColumn(3).getString())) == row.at("answer"));
    CHECK((each.getColumn(4).isNull() ? Json() : Json(each.getColumn(4).getString())) == row.at("job"));
    CHECK(Json::parse(each.getColumn(5).getString()) == row.at("input"));
  }
  CHECK_FALSE(each.executeStep());

  const Outcome report = desk.run({"report", "qa", "--as", "md"});
  CHECK_MESSAGE(report.exit == 0, report.told());
  CHECK(has(report.out, fmt::format("| Records | {} answered of 600; {} without a usable answer, 0 outstanding |",
                                    600 - failures, failures)));
  CHECK(has(report.out, "`batchctl retry qa`"));

  // A second export needs leave, and is the same but for its time.
  const Outcome refused = desk.run({"export", "qa", "--output", "qa.db"});
  CHECK(refused.exit == 1);
  CHECK(has(refused.err, "--overwrite"));
  CHECK(desk.run({"export", "qa", "--output", "qa.db", "--overwrite", "--no-text"}).exit == 3);
  CHECK(counts_in(table, "SELECT status, count(*) FROM record GROUP BY status") == results);
}

TEST_CASE("an export that is killed has no name yet, and the next one is whole") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(20));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--wait"}).exit == 0);
  Start start = desk.start({"export", "--output", "qa.db"});
  start.environment["BATCHCTL_CRASH_AT"] = "results-written";
  CHECK(run(start).signal == SIGKILL);
  CHECK_FALSE(desk.has("qa.db"));
  const Outcome again = desk.run({"export", "--output", "qa.db"});
  CHECK_MESSAGE(again.exit == 0, again.told());
  CHECK(number_in(desk.path("qa.db"), "SELECT count(*) FROM record WHERE status = 'ok'") == 20);
}

TEST_CASE("an export before the end writes nothing, or with --partial what there is, and exits 75") {
  const Sandbox sandbox(kSlow);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  REQUIRE(desk.run({"submit", "qa.jsonl"}).exit == 0);
  const Outcome early = desk.run({"export", "--output", "qa.db"});
  CHECK_MESSAGE(early.exit == 75, early.told());
  CHECK(has(early.err, "batchctl export qa"));
  CHECK_FALSE(desk.has("qa.db"));
  CHECK(desk.run({"export", "--output", "qa.db", "--partial"}).exit == 75);
  CHECK(number_in(desk.path("qa.db"), "SELECT count(*) FROM record WHERE status = 'outstanding'") == 4);
  const std::string state = fs::relative(desk.state_path(), desk.directory());
  CHECK(desk.run({"export", "--output", state, "--overwrite", "--partial"}).exit == 1);
  CHECK(desk.status("qa").at("records").at("total") == 4);
}

TEST_CASE("a report tells labels, jobs and files without key and service, and goes to a file whole") {
  std::optional<Sandbox> sandbox(std::in_place, joined(kSlow, {"--max-jobs", "2"}));
  Desk desk(*sandbox);
  fs::create_directory(desk.path("cut"));
  for (const char* name : {"cut/a|b.jsonl", "cut/c.jsonl", "cut/d.jsonl", "cut/e.jsonl"})
    desk.write(name, questions(2));
  REQUIRE(desk.run({"submit", "cut", "--run", "qa", "--chunk-per-file", "--upload-ahead", "1"}).exit == 75);
  sandbox->stop();
  desk.environment.erase("GEMINI_API_KEY");
  const Outcome told = desk.run({"report"});
  CAPTURE(told.told());
  CHECK(told.exit == 0);
  const Json chunks = desk.status("qa", {"--offline", "--chunks"}).at("chunk_list");
  int jobs = 0, waiting_files = 0;
  for (const Json& chunk : chunks) {
    if (!chunk.at("job_name").is_null() && ++jobs > 0) CHECK(has(told.out, chunk.at("job_name").get<std::string>()));
    if (chunk.at("state") == "uploaded" && ++waiting_files > 0)
      CHECK(has(told.out, "| " + chunk.at("file_name").get<std::string>() + " |"));
  }
  CHECK(jobs == 2);
  CHECK(waiting_files == 1);
  CHECK(has(told.out, "| a&#124;b"));
  CHECK(has(told.out, "RESOURCE_EXHAUSTED"));
  CHECK(has(told.out, "`batchctl resume qa`"));

  CHECK(desk.run({"report", "qa", "--output", "status.md"}).out.empty());
  CHECK(has(desk.read("status.md"), "## Uploaded but awaiting a job"));
  CHECK(schema_faults("status", desk.run({"report", "qa", "--json"}).json()) == "");
  CHECK(desk.run({"report", "--as", "pdf"}).exit == 2);
}

TEST_CASE("a status file is whole JSON at every moment of a run, and tells its end") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(40));
  Process submit(desk.start({"submit", "qa.jsonl", "--chunk-records", "2", "--group-size", "5", "--group-delay", "100m",
                             "--wait", "--status-file", "status.json"}));
  int looks = 0;
  while (submit.running()) {
    if (!desk.has("status.json")) continue;
    const Json seen = Json::parse(desk.read("status.json"), nullptr, false);
    REQUIRE_FALSE(seen.is_discarded());
    if (++looks == 1) CHECK(schema_faults("status", seen) == "");
    REQUIRE(seen.at("runs").at(0).at("chunk_list").size() == 20);
  }
  const Outcome done = submit.wait();
  REQUIRE_MESSAGE(done.exit == 0, done.told());
  CHECK(looks > 0);
  Json last = Json::parse(desk.read("status.json"));
  CHECK(last.at("runs").at(0).at("state") == "complete");
  CHECK(last.at("runs").at(0) == desk.status("qa", {"--offline", "--chunks"}));
  for (const std::string& file : files_below(desk.directory())) CHECK_FALSE(has(file, ".part"));
}

TEST_CASE("a status file is remembered with the run until it is told none") {
  const Sandbox sandbox(kSlow);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  CHECK(desk.run({"submit", "qa.jsonl", "--status-file", "no/where.json"}).exit == 1);
  CHECK(sandbox.ledger().at("requests").empty());
  REQUIRE(desk.run({"submit", "qa.jsonl", "--status-file", "s.json"}).exit == 0);
  fs::remove(desk.path("s.json"));
  CHECK(desk.run({"resume"}).exit == 75);
  REQUIRE(desk.has("s.json"));
  CHECK(Json::parse(desk.read("s.json")).at("runs").at(0).at("state") == "waiting");
  fs::remove(desk.path("s.json"));
  CHECK(desk.run({"resume", "--status-file", "none"}).exit == 75);
  CHECK(desk.run({"resume"}).exit == 75);
  CHECK_FALSE(desk.has("s.json"));
  CHECK_FALSE(desk.has("none"));
}

}  // namespace batchctl::e2e
