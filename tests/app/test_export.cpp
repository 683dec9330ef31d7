// export: the table tells what the results tell, record by record, and nothing is left of one that did not end.
#include "app/export.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/rig.hpp"
#include "store/record_file.hpp"

using namespace batchctl;
using namespace batchctl::app;
using nlohmann::json;

namespace {

/// Records 1, 4 and 5 come to nothing, each in its own way.
fakes::FakeOptions with_failures() {
  fakes::FakeOptions options;
  options.result = [](const fakes::FakeJob&, const std::string& key,
                      const std::string& question) -> std::optional<std::string> {
    if (key == "r1") return fakes::error_line(key, 3, "bad | request");
    if (key == "r4") return std::nullopt;
    json row = json::parse(fakes::answer_line(key, question));
    if (key == "r5") row["response"]["candidates"][0]["finishReason"] = "MAX_TOKENS";
    return row.dump();
  };
  return options;
}

Downloaded export_to(Rig& rig, const std::string& path, const std::function<void(ExportRequest&)>& with = {}) {
  ExportRequest request;
  request.output = path;
  if (with) with(request);
  return export_records(rig.context, request, make_record_file);
}

json value_of(const SQLite::Column& column) {
  if (column.isNull()) return nullptr;
  if (column.isInteger()) return column.getInt64();
  if (column.isFloat()) return column.getDouble();
  return column.getString();
}

/// The rows of a query as objects.
std::vector<json> rows_in(const std::string& path, const std::string& query) {
  SQLite::Database database(path, SQLite::OPEN_READONLY);
  SQLite::Statement statement(database, query);
  std::vector<json> rows;
  while (statement.executeStep()) {
    json row = json::object();
    for (int i = 0; i < statement.getColumnCount(); ++i)
      row[statement.getColumnName(i)] = value_of(statement.getColumn(i));
    rows.push_back(std::move(row));
  }
  return rows;
}

/// A line of the results as the table has it.
json as_row(const json& line, const std::string& model) {
  const json& usage = line.at("usage");
  const json& error = line.at("error");
  const auto of = [](const json& object, const char* name) { return object.is_null() ? json() : object.at(name); };
  const json code = of(error, "code");
  return {
      {"index", line.at("index")},
      {"key", line.at("key").is_null() || line.at("key").is_string() ? line.at("key") : json(line.at("key").dump())},
      {"file", line.at("source").at("file")},
      {"line", line.at("source").at("line")},
      {"status", line.at("status")},
      {"answer", line.at("answer")},
      {"finish_reason", line.at("finish_reason")},
      {"error_code", code.is_null()     ? code
                     : code.is_string() ? code
                                        : json(code.dump())},
      {"error_message", of(error, "message")},
      {"tokens_input", of(usage, "input")},
      {"tokens_output", of(usage, "output")},
      {"tokens_thinking", of(usage, "thinking")},
      {"tokens_cached", of(usage, "cached")},
      {"tokens_total", of(usage, "total")},
      {"model", line.at("job").is_null() ? json() : json(model)},
      {"model_version", line.at("model_version")},
      {"job", line.at("job")},
      {"attempt", line.at("attempt")},
      {"same_as", line.contains("same_as") ? line.at("same_as") : json()},
      {"input", line.at("input")}};
}

void check_same_as_results(Rig& rig, const std::string& table) {
  std::vector<json> rows = rows_in(table, "SELECT * FROM record ORDER BY \"index\"");
  for (json& row : rows) row["input"] = json::parse(row["input"].get<std::string>());
  std::size_t i = 0;
  std::ifstream file(rig.download(true).results_path);
  for (std::string line; std::getline(file, line); ++i) {
    REQUIRE(i < rows.size());
    CHECK(rows[i] == as_row(json::parse(line), rig.run().settings.model));
  }
  CHECK(i == rows.size());
}

int files_in(const std::string& directory) {
  int n = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++n;
  return n;
}

}  // namespace

TEST_CASE("the table holds every record as the results tell it, and the bill adds up") {
  Rig rig(with_failures());
  rig.request.settings.model = "gemini-2.5-flash";
  rig.request.settings.chunk_records = 3;
  rig.options = [](Options& options) { options.retry_attempts = 0; };
  std::ofstream(rig.directory.path("qa.jsonl")) << R"({"id":"text","question":"a \"quoted\" \u00e4?"})" << '\n'
                                                << R"({"id":17,"question":"two"})" << '\n'
                                                << R"({"question":"three, without a key"})" << '\n'
                                                << R"({"id":"\u0041|b","question":"four"})" << '\n'
                                                << R"({"id":true,"question":"five"})" << '\n'
                                                << R"({"id":"","question":"six"})" << '\n';
  rig.request.inputs = {rig.directory.path("qa.jsonl")};
  rig.submit(patiently());
  const std::string table = rig.directory.path("qa.db");
  const Downloaded done = export_to(rig, table);
  CHECK(done.exit == ExitCode::incomplete);
  CHECK(done.written);
  CHECK(done.results_path == table);
  check_same_as_results(rig, table);

  CHECK(rows_in(table, "PRAGMA integrity_check").at(0)["integrity_check"] == "ok");
  const RunReport report = rig.report();
  CHECK(rows_in(table, "SELECT * FROM v_failures").size() == static_cast<std::size_t>(report.records.failed));
  CHECK(rows_in(table, "SELECT * FROM v_records").size() == 6);
  const std::vector<json> cost = rows_in(table, "SELECT * FROM v_cost");
  REQUIRE(cost.size() == 1);
  CHECK(cost[0]["model"] == "gemini-2.5-flash");
  CHECK(cost[0]["answers"] == report.records.answered);
  CHECK(cost[0]["tokens_input"] == report.usage.input);
  REQUIRE(report.cost.actual.value() > 0);
  CHECK(cost[0]["cost_usd"].get<double>() == doctest::Approx(*report.cost.actual));
  CHECK(cost[0]["usd_per_answer"].get<double>() ==
        doctest::Approx(*report.cost.actual / static_cast<double>(report.records.answered)));
  // Each record was asked for once, so that what they cost is what the run has cost.
  CHECK(rows_in(table, "SELECT sum(cost_usd) AS usd FROM v_records").at(0)["usd"].get<double>() ==
        doctest::Approx(*report.cost.actual));
  const std::vector<json> run = rows_in(table, "SELECT run, run_id, model FROM run");
  CHECK(run.at(0) == json{{"run", "qa"}, {"run_id", rig.run().id.value}, {"model", "gemini-2.5-flash"}});
}

TEST_CASE("records that were not sent are rows as well, and a repeated one costs nothing") {
  Rig rig;
  rig.request.settings.model = "gemini-2.5-flash";
  rig.request.settings.skip_invalid = true;
  rig.request.settings.dedupe = true;
  std::ofstream(rig.directory.path("qa.jsonl")) << R"({"id":"a","question":[]})" << '\n'
                                                << R"({"id":"b","question":"one"})" << '\n'
                                                << R"({"id":"c","question":"two"})" << '\n'
                                                << R"({"id":"d","question":"one"})" << '\n'
                                                << R"({"id":"e","question":7})" << '\n';
  rig.request.inputs = {rig.directory.path("qa.jsonl")};
  rig.submit(patiently());
  const std::string table = rig.directory.path("qa.db");
  CHECK(export_to(rig, table).exit == ExitCode::incomplete);
  check_same_as_results(rig, table);
  CHECK(rows_in(table, "SELECT error_code FROM v_failures").at(0)["error_code"] == "INVALID_INPUT");
  CHECK(rows_in(table, "SELECT same_as FROM record WHERE key = 'd'").at(0)["same_as"] == 1);
  CHECK(rows_in(table, "SELECT sum(cost_usd) AS usd FROM v_records").at(0)["usd"].get<double>() ==
        doctest::Approx(rig.report().cost.actual.value()));
}

TEST_CASE("without texts neither an answer nor a line of input is in the file") {
  Rig rig;
  rig.ask(4);
  rig.submit(patiently());
  const auto holds_a_question = [&](const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return bytes.find("question") != std::string::npos;
  };
  const std::string with = rig.directory.path("with.db"), without = rig.directory.path("without.db");
  CHECK(export_to(rig, with).exit == ExitCode::done);
  CHECK(export_to(rig, without, [](ExportRequest& request) { request.texts = RecordTexts::no; }).exit ==
        ExitCode::done);
  CHECK(holds_a_question(with));
  CHECK_FALSE(holds_a_question(without));
  const std::vector<json> rows = rows_in(without, "SELECT * FROM v_records");
  REQUIRE(rows.size() == 4);
  CHECK_FALSE(rows[0].contains("answer"));
  CHECK_FALSE(rows[0].contains("input"));
  CHECK(rows[0]["status"] == "ok");
  // No price is known of the rig's model: a cost of nothing would be a lie.
  CHECK(rows[0]["cost_usd"].is_null());
  const json cost = rows_in(without, "SELECT * FROM v_cost").at(0);
  CHECK(cost["answers"] == 4);
  CHECK(cost["cost_usd"].is_null());
  CHECK(cost["usd_per_answer"].is_null());
}

TEST_CASE("while answers can still come nothing is written, or with --partial what there is, and the exit is 75") {
  Rig rig(with_cap(1));
  rig.ask(4);
  CHECK(rig.submit().exit == ExitCode::not_finished);
  const std::string table = rig.directory.path("qa.db");
  const Downloaded early = export_to(rig, table);
  CHECK(early.exit == ExitCode::not_finished);
  CHECK_FALSE(early.written);
  CHECK_FALSE(std::filesystem::exists(table));
  const Downloaded partial = export_to(rig, table, [](ExportRequest& request) { request.partial = true; });
  CHECK(partial.exit == ExitCode::not_finished);
  CHECK(partial.written);
  check_same_as_results(rig, table);
  CHECK(rows_in(table, "SELECT count(*) AS n FROM record WHERE status = 'outstanding'").at(0)["n"] > 0);
}

TEST_CASE("a file that is there stays as it is without --overwrite, and the state file always") {
  Rig rig;
  rig.ask(2);
  rig.submit(patiently());
  const std::string table = rig.directory.path("qa.db");
  std::ofstream(table) << "precious";
  const auto code_of = [&](const std::string& path, bool overwrite) -> std::string {
    try {
      export_to(rig, path, [&](ExportRequest& request) { request.overwrite = overwrite; });
    } catch (const Fatal& problem) {
      CHECK(problem.exit() == ExitCode::failed);
      return problem.code();
    }
    return "";
  };
  CHECK(code_of(table, false) == "exists");
  CHECK(std::filesystem::file_size(table) == 8);
  rig.context.state_path = table;
  CHECK(code_of(table, true) == "exists");
  CHECK(std::filesystem::file_size(table) == 8);
  rig.context.state_path = rig.directory.path("state.db");
  CHECK(code_of(rig.directory.path("."), true) == "not_a_file");
  CHECK(code_of("/dev/null", true) == "not_a_file");
  CHECK(code_of(table, true).empty());
  CHECK(rows_in(table, "SELECT * FROM record").size() == 2);
}

TEST_CASE("an export that does not get to its end leaves nothing, and the file before it as it was") {
  Rig rig;
  rig.ask(6);
  rig.submit(patiently());
  const std::string table = rig.directory.path("qa.db");
  std::ofstream(table) << "before";
  const int files = files_in(rig.directory.path("."));
  ExportRequest request;
  request.output = table;
  request.overwrite = true;

  /// The file, with something that happens at its third record.
  struct Watched : RecordSink {
    std::unique_ptr<RecordSink> file;
    std::function<void()> third;
    int n = 0;
    void add(const RecordRow& row) override {
      file->add(row);
      if (++n == 3) third();
    }
    void finish() override { file->finish(); }
  };
  std::function<void()> third = [] {};
  const MakeRecordSink make = [&](const std::string& path, const ExportedRun& run, RecordTexts texts) {
    auto watched = std::make_unique<Watched>();
    watched->file = make_record_file(path, run, texts);
    watched->third = third;
    return watched;
  };
  ExitCode exit = ExitCode::failed;
  SUBCASE("a signal comes") {
    third = [&] { rig.signal = 15; };
    exit = ExitCode::terminated;
  }
  SUBCASE("the disk is full") {
    third = [] { throw Fatal(ExitCode::failed, "disk_full", "no room"); };
  }
  SUBCASE("it cannot get its name") {
    rig.files.before_publish = [] { throw Fatal(ExitCode::failed, "not_writable", "no"); };
  }
  try {
    export_records(rig.context, request, make);
    FAIL("it ended well");
  } catch (const Fatal& problem) {
    CHECK(problem.exit() == exit);
  }
  CHECK(std::filesystem::file_size(table) == 6);
  CHECK(files_in(rig.directory.path(".")) == files);
}

TEST_CASE("a place where nothing can be written is named") {
  Rig rig;
  rig.ask(2);
  rig.submit(patiently());
  try {
    export_to(rig, rig.directory.path("nowhere/qa.db"));
    FAIL("it ended well");
  } catch (const Fatal& problem) {
    CHECK(problem.code() == "not_writable");
    CHECK(std::string(problem.what()).find("nowhere/qa.db") != std::string::npos);
  }
}
