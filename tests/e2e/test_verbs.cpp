// Each verb as a person or a script meets it: what it prints, what it promises by its exit code, what it leaves behind.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};
const Words kSlow = {"--time-scale", "1000", "--pending", "100d", "--running", "100d"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<Json> results_in(const std::string& text) {
  std::vector<Json> list;
  for (const std::string& line : lines_of(text)) list.push_back(Json::parse(line));
  return list;
}

void write_packed(const std::string& path, const std::string& text) {
  gzFile file = ::gzopen(path.c_str(), "wb");
  ::gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  ::gzclose(file);
}

int mode_of(const std::string& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? static_cast<int>(facts.st_mode & 0777U) : -1;
}

}  // namespace

TEST_CASE("looking without any run says so, and makes no state file") {
  const Desk desk;  // no key, no service
  const Outcome text = desk.run({"status"});
  CHECK_MESSAGE(text.exit == 0, text.told());
  CHECK(has(text.out, "no runs yet"));
  for (const char* verb : {"status", "runs"}) {
    const Outcome json = desk.run({verb, "--json"});
    CHECK(json.exit == 0);
    CHECK(schema_faults("status", json.json()) == "");
    CHECK(json.json().at("runs").empty());
  }
  CHECK(desk.run({"status", "nobody", "--json"}).exit == 10);
  CHECK(desk.run({"explain", "nobody", "0"}).exit == 10);
  CHECK(desk.run({"download"}).exit == 10);
  CHECK(desk.run({"resume"}).exit == 0);
  CHECK(desk.run({"resume", "nobody"}).exit == 10);
  CHECK(desk.run({"status", "--exit-status"}).exit == 0);
  CHECK(!fs::exists(fs::path(desk.state_path()).parent_path()));
}

TEST_CASE("submit asks the service what a few records' tokens are, unless it was told not to") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(400));
  const auto asked = [&] { return sandbox.ledger().at("requests").value("count_tokens", 0); };
  REQUIRE(desk.run({"submit", "qa.jsonl", "--run", "silent", "--no-calibrate"}).exit == 0);
  CHECK(asked() == 0);
  REQUIRE(desk.run({"submit", "qa.jsonl", "--run", "asking"}).exit == 0);
  CHECK(asked() > 0);
  CHECK(asked() <= 3);
  const auto estimated = [&](const char* run) {
    return desk.run({"status", run, "--offline", "--json"}).json()["runs"][0]["tokens"]["estimated_input"].get<int>();
  };
  CHECK(estimated("asking") != estimated("silent"));
}

TEST_CASE("help of every verb ends with the exit codes") {
  const Desk desk;
  for (const char* verb : {"", "submit", "plan", "resume", "status", "download", "export", "report", "explain", "runs",
                           "adopt", "clean", "purge", "sandbox"}) {
    Words words = {"--help"};
    if (*verb != '\0') words.insert(words.begin(), verb);
    const Outcome help = desk.run(words);
    CAPTURE(help.told());
    CHECK(help.exit == 0);
    CHECK(has(help.out, "Exit codes:"));
    for (const char* code : {"  75", "  10", "  11", "  130"}) CHECK(has(help.out, code));
    CHECK(lines_of(help.out).back().find("143") != std::string::npos);
  }
  CHECK(desk.run({"--version"}).out.rfind("batchctl ", 0) == 0);
}

TEST_CASE("plan and submit --dry-run tell what would be done, and write and send nothing") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  desk.environment.erase("GEMINI_API_KEY");
  desk.write("qa.jsonl", questions(45));
  write_packed(desk.path("packed.jsonl.gz"), questions(45));
  const std::vector<std::string> before = files_below(desk.directory());
  for (const Words& verb : {Words{"plan"}, Words{"submit", "--dry-run"}}) {
    for (const char* input : {"qa.jsonl", "packed.jsonl.gz"}) {
      const Words words = joined(verb, {input, "--chunk-records", "10", "--max-jobs", "2"});
      const Outcome json = desk.run(joined(words, {"--json"}));
      CAPTURE(json.told());
      CHECK(json.exit == 0);
      REQUIRE(schema_faults("plan", json.json()) == "");
      const Json run = json.json().at("runs").at(0);
      CHECK(run.at("jobs_planned") == 5);
      CHECK(run.at("waves") == 3);
      CHECK(run.at("records").at("total") == 45);
      CHECK(run.at("chunks").at("planned") == 5);
      CHECK(run.at("inputs").at(0).at("path") == input);
      CHECK(run.at("cost_usd").at("estimated").get<double>() > 0);
      const Outcome text = desk.run(words);
      CHECK(text.exit == 0);
      CHECK(has(text.out, "45 records"));
      CHECK(has(text.out, "5 chunks"));
    }
  }
  const Outcome single = desk.run({"plan", "qa.jsonl", "--chunk-records", "1", "--json"});
  CHECK(has(single.out, "one_record_per_job"));
  CHECK(!fs::exists(fs::path(desk.state_path()).parent_path()));
  CHECK(files_below(desk.directory()) == before);
  CHECK(files_below(desk.environment.at("TMPDIR")).empty());
  CHECK(sandbox.ledger().at("requests").empty());
}

TEST_CASE("status, runs and explain show how a run stands, also without key and service") {
  std::optional<Sandbox> sandbox(std::in_place, kSlow);
  Desk desk(*sandbox);
  desk.write("qa.jsonl", questions(10));
  desk.write("more.jsonl", questions(3, "more"));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--chunk-records", "2"}).exit == 0);
  REQUIRE(desk.run({"submit", "more.jsonl"}).exit == 0);
  sandbox->stop();
  desk.environment.erase("GEMINI_API_KEY");
  // Past the half minute for which what was seen is new enough, at 1000 times the pace.
  std::this_thread::sleep_for(std::chrono::milliseconds{100});

  const Outcome both = desk.run({"status", "--json"});
  CAPTURE(both.told());
  CHECK(both.exit == 0);
  CHECK(schema_faults("status", both.json()) == "");
  CHECK(both.json().at("runs").size() == 2);
  CHECK(both.json().at("runs").at(0).at("state") == "waiting");
  CHECK(has(both.err, "no key"));
  desk.environment["GEMINI_API_KEY"] = "test-key-of-a-desk";
  const Outcome down = desk.run({"status", "qa"});
  CHECK(down.exit == 0);
  CHECK(has(down.err, "could not be asked"));
  CHECK(desk.run({"status", "qa", "--offline"}).err.empty());
  CHECK(desk.run({"status", "qa", "--offline", "--exit-status"}).exit == 75);

  const Json all = desk.status("qa", {"--offline", "--chunks"});
  REQUIRE(all.at("chunk_list").size() == 5);
  const Json some = desk.status("qa", {"--offline", "--chunks=1-2"});
  REQUIRE(some.at("chunk_list").size() == 2);
  const Json& chunk = some.at("chunk_list").at(0);
  CHECK(chunk.at("index") == 1);
  CHECK(chunk.at("first_record") == 2);
  CHECK(chunk.at("state") == "submitted");
  CHECK(chunk.at("file_name").get<std::string>().rfind("files/", 0) == 0);
  CHECK(chunk.at("job_name").get<std::string>().rfind("batches/", 0) == 0);
  CHECK(desk.status("qa", {"--offline", "--chunks=3"}).at("chunk_list").size() == 1);
  CHECK(!desk.status("qa").contains("chunk_list"));
  CHECK(has(desk.run({"status", "qa", "--offline", "--chunks"}).out, chunk.at("job_name")));

  const Outcome runs = desk.run({"runs"});
  CHECK(runs.exit == 0);
  CHECK(has(runs.out, "qa"));
  CHECK(has(runs.out, "more"));
  CHECK(schema_faults("status", desk.run({"runs", "--json"}).json()) == "");

  const Outcome told = desk.run({"explain", "qa", "1"});
  CHECK(told.exit == 0);
  CHECK(has(told.out, "Chunk 1 of run qa: submitted"));
  CHECK(has(told.out, "its job to end"));
  const Outcome explained = desk.run({"explain", "qa", "1", "--json"});
  CHECK(schema_faults("explain", explained.json()) == "");
  CHECK(explained.json().at("journal").size() == 4);
  CHECK(desk.run({"explain", "qa", "5"}).exit == 2);

  const Outcome which = desk.run({"download"});
  CHECK(which.exit == 2);
  CHECK(has(which.err, "qa, more"));
}

TEST_CASE("submit again goes on, and ends with 0 once every chunk has its job") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "30m", "--running", "30m", "--max-jobs", "2"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(8));
  const Words submit = {"submit", "qa.jsonl", "--chunk-records", "2", "--json"};
  const Outcome first = desk.run(submit);
  CHECK_MESSAGE(first.exit == 75, first.told());
  CHECK(first.last_event().at("exit") == 75);
  CHECK(desk.run(submit).exit == 75);  // the same, as nothing has ended
  const std::string id = desk.status("qa").at("run_id");
  const Outcome waited = desk.run({"resume", "--wait=3h", "--json"});
  CHECK_MESSAGE(waited.exit == 0, waited.told());
  for (const Json& event : waited.events()) CHECK(schema_faults("event", event) == "");
  const Outcome last = desk.run(submit);
  CHECK_MESSAGE(last.exit == 0, last.told());
  CHECK(desk.status("qa").at("run_id") == id);
  CHECK(not_exactly_once(sandbox.ledger(true), id, 8, 4) == "");
  CHECK(desk.run({"resume"}).exit == 0);  // nothing to resume
}

TEST_CASE("--patience and --wait=D bound how long a command stays") {
  // Slow enough that the pause between groups is still on when the first group is done.
  const Sandbox sandbox({"--time-scale", "20", "--pending", "100d", "--running", "100d"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(12));
  const Words submit = {"submit", "qa.jsonl", "--chunk-records", "1", "--group-delay", "50s"};
  const Outcome impatient = desk.run(joined(submit, {"--patience", "0"}));
  CHECK_MESSAGE(impatient.exit == 75, impatient.told());
  CHECK(desk.status("qa").at("chunks").at("submitted") == 10);  // one group
  const Outcome patient = desk.run(submit);
  CHECK_MESSAGE(patient.exit == 0, patient.told());
  CHECK(desk.status("qa").at("chunks").at("submitted") == 12);
  CHECK(desk.run({"resume"}).exit == 75);  // one round: the jobs are not waited for
  CHECK(desk.run({"resume", "--wait=20s"}).exit == 75);
  CHECK(desk.status("qa").at("state") == "waiting");
}

TEST_CASE("download writes nothing before everything is there, and what there is with --partial") {
  std::optional<Sandbox> sandbox;
  const TemporaryDirectory service;
  sandbox.emplace(Words{"--dir", service.path(), "--time-scale", "10", "--max-jobs", "1"});
  Desk desk(*sandbox);
  const std::string text = questions(4);
  desk.write("qa.jsonl", text);
  REQUIRE(desk.run({"submit", "qa.jsonl", "--chunk-records", "2"}).exit == 75);
  const Outcome early = desk.run({"download", "--json"});
  CHECK_MESSAGE(early.exit == 75, early.told());
  CHECK(schema_faults("event", early.last_event()) == "");
  CHECK(files_below(desk.directory()) == std::vector<std::string>{"qa.jsonl"});

  const Words faster = clock_going_on(*sandbox, 1000);
  sandbox.emplace(joined({"--dir", service.path(), "--max-jobs", "1"}, faster));
  desk.talk_to(*sandbox);
  while (desk.status("qa", {}).at("jobs").at("succeeded") == 0) {
  }
  const Outcome partial = desk.run({"download", "--partial"});
  CHECK_MESSAGE(partial.exit == 75, partial.told());
  const std::vector<Json> some = results_in(desk.read("qa.results.jsonl"));
  REQUIRE(some.size() == 4);
  const std::size_t here = some[0].at("status") == "ok" ? 0 : 2;  // which of two files is there first is not promised
  for (const std::size_t i : {here, here + 1}) CHECK(some[i].at("status") == "ok");
  for (const std::size_t i : {2 - here, 3 - here}) {
    CHECK(some[i].at("status") == "outstanding");
    CHECK(some[i].at("answer").is_null());
  }
  CHECK(results_in(desk.read("qa.results.errors.jsonl")).size() == 2);

  REQUIRE(desk.run({"resume", "--wait"}).exit == 0);
  const Outcome whole = desk.run({"download", "qa", "-o", "-"});
  CHECK_MESSAGE(whole.exit == 0, whole.told());
  CHECK(results_in(whole.out).size() == 4);
  for (const auto& [output, errors] :
       std::vector<std::pair<std::string, std::string>>{{"there.v1/answers.txt", "there.v1/answers.errors.jsonl"},
                                                        {"there.v1/answers", "there.v1/answers.errors.jsonl"},
                                                        {"a.b.jsonl", "a.b.errors.jsonl"}}) {
    fs::create_directories(desk.path("there.v1"));
    CHECK(desk.run({"download", "--output", output}).exit == 0);
    CHECK(desk.read(output) == whole.out);
    CHECK_MESSAGE(desk.has(errors), errors);
    CHECK(desk.read(errors).empty());
  }
}

TEST_CASE("submit --wait --output writes the results at the end") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  fs::create_directory(desk.path("elsewhere"));
  const Outcome done = desk.run({"submit", "qa.jsonl", "--wait", "--output", "elsewhere/answers.jsonl"});
  CHECK_MESSAGE(done.exit == 0, done.told());
  CHECK(results_in(desk.read("elsewhere/answers.jsonl")).size() == 4);
  // The place is remembered as it was meant where submit ran.
  fs::remove(desk.path("elsewhere/answers.jsonl"));
  Start download = desk.start({"download"});
  download.directory = desk.path("elsewhere");
  CHECK(run(download).exit == 0);
  CHECK(desk.has("elsewhere/answers.jsonl"));
}

TEST_CASE("input comes from files, packed files, standard input, a directory or a glob, in that order of lines") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  struct Source {
    std::string file, line;
  };
  Words inputs;
  std::optional<std::string> standard_input;
  std::vector<std::string> expected;  // source.file of each record
  SUBCASE("a file with empty lines at its end") {
    desk.write("a.jsonl", questions(2) + "\n\n");
    inputs = {"a.jsonl"};
    expected = {"a.jsonl", "a.jsonl"};
  }
  SUBCASE("a packed file") {
    write_packed(desk.path("a.jsonl.gz"), questions(3));
    inputs = {"a.jsonl.gz"};
    expected = {"a.jsonl.gz", "a.jsonl.gz", "a.jsonl.gz"};
  }
  SUBCASE("standard input") {
    standard_input = questions(2);
    inputs = {"-"};
    expected = {"-", "-"};
  }
  SUBCASE("a directory: byte order, nothing hidden, not what lies deeper") {
    fs::create_directories(desk.path("d/deeper"));
    for (const char* name : {"d/b.jsonl", "d/a.jsonl", "d/B.jsonl", "d/.hidden.jsonl", "d/deeper/c.jsonl"})
      desk.write(name, questions(1, fs::path(name).stem().string()));
    inputs = {"d"};
    expected = {"B.jsonl", "a.jsonl", "b.jsonl"};
  }
  SUBCASE("a glob, and a file before it") {
    for (const char* name : {"x2.jsonl", "x1.jsonl", "y.jsonl"}) desk.write(name, questions(1, name));
    inputs = {"y.jsonl", "x*.jsonl"};
    expected = {"y.jsonl", "x1.jsonl", "x2.jsonl"};
  }
  Start submit = desk.start(joined({"submit", "--run", "r", "--wait"}, inputs));
  submit.input = standard_input;
  const Outcome done = run(submit);
  REQUIRE_MESSAGE(done.exit == 0, done.told());
  const Outcome all = desk.run({"download", "--output", "-"});
  std::vector<std::string> files;
  for (const Json& result : results_in(all.out)) {
    files.push_back(result.at("source").at("file"));
    CHECK(result.at("status") == "ok");
    CHECK(has(result.at("answer"), result.at("input").at("question")));
  }
  CHECK(files == expected);
  // The same input again is the same run.
  if (!standard_input) CHECK(desk.run(joined({"submit", "--run", "r"}, inputs)).exit == 0);
}

TEST_CASE("gemini lines go as they are, with keys and further members kept at home") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  const auto line = [](const std::string& key, const std::string& question) {
    return "{\"key\":" + key + ",\"request\":{\"contents\":[{\"parts\":[{\"text\":\"" + question +
           "\"}]}]},\"note\":\"mine\"}\n";
  };
  desk.write("g.jsonl", line("\"first\"", "Why?") + line("\"first\"", "How \\u00e0 la?") + line("7", "When?"));
  const Outcome done = desk.run({"submit", "g.jsonl", "--wait"});
  REQUIRE_MESSAGE(done.exit == 0, done.told());
  const std::vector<Json> results = results_in(desk.run({"download", "--output", "-"}).out);
  REQUIRE(results.size() == 3);
  CHECK(results[0].at("key") == "first");
  CHECK(results[2].at("key") == 7);
  CHECK(has(results[0].at("answer"), "Why?"));
  CHECK(has(results[1].at("answer"), "How \u00e0 la?"));
  CHECK(results[1].at("input").at("note") == "mine");
}

TEST_CASE("a chunk that the service refuses is listed record by record, and the exit code is 3") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  const auto line = [](const std::string& member) {
    return "{\"request\":{\"contents\":[{\"parts\":[{\"text\":\"Why?\"}]}]" + member + "}}\n";
  };
  desk.write("g.jsonl", line("") + line(",\"frobnicate\":1") + line(""));
  const Outcome done = desk.run({"submit", "g.jsonl", "--chunk-records", "1", "--no-check-requests", "--wait"});
  CHECK_MESSAGE(done.exit == 3, done.told());
  const Json run = desk.status("g");
  CHECK(run.at("state") == "complete_with_failures");
  CHECK(run.at("chunks").at("failed") == 1);
  CHECK(run.at("records").at("failed") == 1);
  CHECK(desk.run({"status", "--exit-status"}).exit == 3);
  CHECK(desk.run({"download"}).exit == 3);
  const std::vector<Json> results = results_in(desk.read("g.results.jsonl"));
  REQUIRE(results.size() == 3);
  CHECK(results[0].at("status") == "ok");
  CHECK(results[1].at("status") == "error");
  CHECK(has(results[1].at("error").at("message"), "frobnicate"));
  CHECK(results[2].at("status") == "ok");
  const std::vector<Json> errors = results_in(desk.read("g.results.errors.jsonl"));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0] == results[1]);
}

TEST_CASE("a flag wins over the environment, the environment over the default") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(12));
  desk.environment["BATCHCTL_SUBMIT_CHUNK_RECORDS"] = "3";
  desk.environment["BATCHCTL_SUBMIT_RUN"] = "from-environment";
  REQUIRE(desk.run({"submit", "qa.jsonl"}).exit == 0);
  CHECK(desk.status("from-environment").at("chunks").at("total") == 4);
  REQUIRE(desk.run({"submit", "qa.jsonl", "--chunk-records", "6", "--run", "from-flag"}).exit == 0);
  CHECK(desk.status("from-flag").at("chunks").at("total") == 2);

  // What is meant for submit says nothing to other commands.
  CHECK(desk.run({"status", "--json", "--offline"}).json().at("runs").size() == 2);
  const std::string elsewhere = desk.path("elsewhere.db");
  CHECK(desk.run({"status", "--state", elsewhere, "--json"}).json().at("runs").empty());
  desk.environment["BATCHCTL_JSON"] = "true";
  CHECK(desk.run({"runs"}).json().at("runs").size() == 2);
  desk.environment["BATCHCTL_PLAN_TIER"] = "1";
  CHECK(desk.run({"plan", "qa.jsonl", "--enqueued-tokens", "100000"}).exit == 0);
  CHECK(desk.run({"plan", "qa.jsonl", "--enqueued-tokens", "100000", "--tier", "1"}).exit == 2);
  desk.environment["BATCHCTL_SUBMIT_CHUNK_RECORDS"] = "several";
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "x"}).exit == 2);
}

TEST_CASE("two different keys in the environment: the first is used, with one warning") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2));
  desk.environment["GOOGLE_API_KEY"] = "good-google-key";
  desk.environment["GEMINI_API_KEY"] = "bad-gemini-key";  // would be refused
  const Outcome done = desk.run({"submit", "qa.jsonl", "--wait"});
  CHECK_MESSAGE(done.exit == 0, done.told());
  const std::vector<std::string> lines = lines_of(done.err);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
          return has(line, "GOOGLE_API_KEY") && has(line, "GEMINI_API_KEY");
        }) == 1);
  desk.environment["GEMINI_API_KEY"] = "good-google-key";
  CHECK(!has(desk.run({"resume"}).err, "GOOGLE_API_KEY"));
}

TEST_CASE("a key comes from a file or a command, and the flag wins over the environment") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox, "bad-key-in-the-environment");
  desk.write("qa.jsonl", questions(2));
  desk.write("key", "good-key-in-a-file\nsecond line\n");
  CHECK(::chmod(desk.path("key").c_str(), 0644) == 0);
  const Outcome open_to_all = desk.run({"submit", "qa.jsonl", "--run", "a", "--api-key-file", "key"});
  CHECK(open_to_all.exit == 4);
  CHECK(has(open_to_all.err, "chmod 600"));
  CHECK(::chmod(desk.path("key").c_str(), 0600) == 0);
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "a", "--api-key-file", "key"}).exit == 0);
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "b", "--api-key-command", "echo good-key-of-a-command"}).exit == 0);
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "c"}).exit == 4);
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "d", "--api-key-file", "no-such-file"}).exit == 4);
  CHECK(desk.run({"submit", "qa.jsonl", "--run", "e", "--api-key", "x"}).exit == 2);
}

TEST_CASE("state, raw results and spooled input are for the owner alone") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  write_packed(desk.path("a.jsonl.gz"), questions(2));
  REQUIRE(desk.run({"submit", "a.jsonl.gz", "--wait"}).exit == 0);
  const std::string home = fs::path(desk.state_path()).parent_path();
  CHECK(mode_of(home) == 0700);
  CHECK(mode_of(desk.state_path() + ".d") == 0700);
  const std::vector<std::string> files = files_below(home);
  CHECK(std::any_of(files.begin(), files.end(), [](const std::string& file) { return has(file, "/raw/"); }));
  CHECK(std::any_of(files.begin(), files.end(), [](const std::string& file) { return has(file, "/spool/"); }));
  for (const std::string& file : files) {
    CHECK_MESSAGE(mode_of(home + "/" + file) == 0600, file);
    const fs::path directory = fs::path(home + "/" + file).parent_path();
    CHECK_MESSAGE(mode_of(directory) == 0700, directory.string());
  }
}

TEST_CASE("--quiet leaves stderr to what goes wrong, and stdout has only the result") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2));
  const Outcome quiet = desk.run({"submit", "qa.jsonl", "--wait", "--quiet"});
  CHECK_MESSAGE(quiet.exit == 0, quiet.told());
  CHECK(quiet.out.empty());
  CHECK(quiet.err.empty());
  const Outcome loud = desk.run({"resume", "qa"});
  CHECK(loud.out.empty());
  CHECK(!loud.err.empty());
  CHECK(has(desk.run({"submit", "nothing.jsonl", "--quiet"}).err, "nothing.jsonl"));
}

TEST_CASE("runs share the quota of their key, and resume without a name drives them all") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m", "--max-jobs", "3"});
  const Desk desk(sandbox);
  desk.write("a.jsonl", questions(8, "a"));
  desk.write("b.jsonl", questions(8, "b"));
  for (const char* file : {"a.jsonl", "b.jsonl"}) {
    const int exit = desk.run({"submit", file, "--chunk-records", "1"}).exit;
    CHECK((exit == 75 || exit == 0));
  }
  const Outcome all = desk.run({"resume", "--wait", "--json"});
  CHECK_MESSAGE(all.exit == 0, all.told());
  for (const Json& event : all.events()) CHECK(schema_faults("event", event) == "");
  for (const char* name : {"a", "b"}) {
    const Json run = desk.status(name);
    CHECK(run.at("records").at("answered") == 8);
    CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), 8, 8) == "");
  }
}

TEST_CASE("of several runs those that are over are a line each, below those that are not") {
  const Sandbox sandbox(kSlow);
  Desk desk(sandbox);
  for (const char* name : {"first", "second", "third"}) {
    desk.write(std::string(name) + ".jsonl", questions(10, name));
    const Outcome outcome = desk.run({"submit", std::string(name) + ".jsonl", "--no-calibrate"});
    CHECK_MESSAGE((outcome.exit == 0 || outcome.exit == 75), outcome.told());
  }
  REQUIRE(desk.run({"cancel", "first", "--wait"}).exit == 0);
  const std::string told = desk.run({"status", "--offline"}).out;
  CHECK(has(told, "second: "));
  CHECK(has(told, "third: "));
  CHECK(!has(told, "first: "));
  CHECK(told.find("first ") > told.find("third: "));
  CHECK(has(desk.run({"status", "first", "--offline"}).out, "first: "));
}

}  // namespace batchctl::e2e
