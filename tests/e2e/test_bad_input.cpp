// What goes wrong outside: one clear message that names the file and line or the host, the right exit code, and nothing
// half-done.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};

int failures_told(const std::string& text) {
  const std::vector<std::string> lines = lines_of(text);
  return static_cast<int>(std::count_if(lines.begin(), lines.end(),
                                        [](const std::string& line) { return line.rfind("batchctl: ", 0) == 0; }));
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A command that ended with `exit` and one message that holds `words`; the same words in the JSON error.
void check_refused(const Outcome& outcome, int exit, const std::string& words) {
  CAPTURE(outcome.told());
  CHECK(outcome.exit == exit);
  CHECK(failures_told(outcome.err) == 1);
  CHECK(has(outcome.err, words));
  if (outcome.words.find("--json") == std::string::npos) return;
  const Json error = outcome.last_event();
  REQUIRE(schema_faults("error", error) == "");
  CHECK(has(error.at("error").at("message"), words));
}

/// No run is remembered, and nothing lies about but what was there before.
void check_nothing_done(const Desk& desk, const std::vector<std::string>& files_before) {
  const Outcome status = desk.run({"status", "--json", "--offline"});
  CHECK_MESSAGE(status.json().at("runs").empty(), status.told());
  for (const std::string& file : files_below(fs::path(desk.state_path()).parent_path()))
    CHECK_MESSAGE(file == "state.db", "left behind: " << file);
  CHECK(files_below(desk.directory()) == files_before);
}

/// A small disk of its own, which may be full or read-only; `good` is false where this process may not mount one.
class Disk {
 public:
  Disk(const std::string& options, const Desk& desk) : desk_(desk), path_(desk.path("disk")) {
    fs::create_directory(path_);
    mounted_ = ::geteuid() == 0 && command("mount", {"-t", "tmpfs", "-o", options, "tmpfs", path_});
  }
  ~Disk() {
    if (mounted_) command("umount", {path_});
  }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  bool good() const { return mounted_; }
  bool change(const std::string& options) const { return command("mount", {"-o", "remount," + options, path_}); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  bool command(const std::string& name, const Words& words) const {
    Start start;
    start.program = (fs::exists("/usr/bin/" + name) ? "/usr/bin/" : "/bin/") + name;
    start.words = words;
    start.environment = desk_.environment;
    return e2e::run(start).exit == 0;
  }

  const Desk& desk_;
  std::string path_;
  bool mounted_ = false;
};

/// Nothing was asked of the service but how many tokens a few records are.
bool only_counted(const Sandbox& sandbox) {
  Json requests = sandbox.ledger().at("requests");
  requests.erase("count_tokens");
  return requests.empty();
}

}  // namespace

TEST_CASE("input that cannot be sent is refused with its file and line, and nothing of it is kept") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("not_json.jsonl", questions(2) + "this is no JSON\n" + questions(1));
  desk.write("not_utf8.jsonl", "{\"question\":\"What is caf\xe9?\"}\n");
  desk.write("empty_line.jsonl", questions(3) + "\n" + questions(1));
  desk.write("no_object.jsonl", questions(1) + "[1,2]\n");
  desk.write("no_question.jsonl", questions(1) + "{\"id\":1}\n");
  desk.write("nothing.jsonl", "");
  desk.write("cut.jsonl.gz", "\x1f\x8b\x08");
  fs::create_directory(desk.path("empty_directory"));
  const std::vector<std::string> before = files_below(desk.directory());

  struct Case {
    std::string input, words;
  };
  const std::vector<Case> cases = {
      {"not_json.jsonl", "not_json.jsonl:3: "},
      {"not_utf8.jsonl", "not_utf8.jsonl:1: "},
      {"empty_line.jsonl", "empty_line.jsonl:4: "},
      {"no_object.jsonl", "no_object.jsonl:2: "},
      {"no_question.jsonl", "no_question.jsonl:2: "},
      {"nothing.jsonl", "nothing.jsonl"},
      {"cut.jsonl.gz", "cut.jsonl.gz"},
      {"no_such_file.jsonl", "no_such_file.jsonl"},
      {"not_json.jsonl/below.jsonl", "not_json.jsonl/below.jsonl"},
      {"no_match_*.jsonl", "no_match_*.jsonl"},
      {"empty_directory", "empty_directory"},
      {"/proc/self/mem", "/proc/self/mem"},  // opens, but cannot be read, not even by root
  };
  for (const Case& one : cases) {
    CAPTURE(one.input);
    check_refused(desk.run({"submit", one.input, "--run", "bad", "--json"}), 1, one.words);
    check_refused(desk.run({"plan", one.input, "--run", "bad", "--json"}), 1, one.words);
    check_nothing_done(desk, before);
  }
  CHECK(only_counted(sandbox));
}

TEST_CASE("all bad lines are told in one message, before anything is kept") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  const std::string good = R"({"request":{"contents":[{"parts":[{"text":"a"}]}]}})";
  const std::string misspelt = R"({"request":{"contents":[{"parts":[{"txt":"a"}]}]}})";
  desk.write("g.jsonl", good + "\n" + misspelt + "\n" + good + "\n{}\n");
  const std::vector<std::string> before = files_below(desk.directory());
  const std::string first =
      R"(g.jsonl:2: "request"."contents"[0]."parts"[0]."txt" is no member that the service knows)";
  for (const char* verb : {"submit", "plan"}) {
    const Outcome refused = desk.run({verb, "g.jsonl", "--run", "bad", "--json"});
    check_refused(refused, 1, first);
    check_refused(refused, 1, "\ng.jsonl:4: no \"request\" object");
    CHECK(refused.last_event().at("error").at("code") == "bad_input");
    check_nothing_done(desk, before);
  }
  const Outcome template_refused = desk.run({"submit", "g.jsonl", "--prompt", "{{#a}}", "--json"});
  check_refused(template_refused, 2, "--prompt: the section \"a\" is not closed (line 1, column 1)");
  check_nothing_done(desk, before);
}

TEST_CASE("bad lines on standard input are named by their line") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  Start start = desk.start({"submit", "-", "--run", "bad", "--json"});
  start.input = questions(1) + "{\"question\":\"b\",}\n";
  check_refused(run(start), 1, "-:2: ");
  check_nothing_done(desk, {});
}

TEST_CASE("a key that the service refuses stops the run, keeps its chunks, and a good key goes on") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox, "bad-key-of-this-test");
  desk.write("qa.jsonl", questions(4));
  const Outcome refused = desk.run({"submit", "qa.jsonl", "--chunk-records", "2"});
  CHECK_MESSAGE(refused.exit == 4, refused.told());
  CHECK(has(refused.err, "API key not valid"));
  CHECK(has(refused.err, "batchctl resume qa"));
  const Json run = desk.status("qa");
  CHECK(run.at("state") == "needs_attention");
  CHECK(run.at("stop").at("reason") == "key");
  CHECK(run.at("chunks").at("failed") == 0);
  CHECK(run.at("records").at("outstanding") == 4);
  CHECK(desk.run({"status", "qa", "--exit-status"}).exit == 4);

  desk.environment["GEMINI_API_KEY"] = "good-key-of-this-test";
  const Outcome resumed = desk.run({"resume", "qa", "--wait"});
  CHECK_MESSAGE(resumed.exit == 0, resumed.told());
  const Json whole = sandbox.ledger(true);
  CHECK(not_exactly_once(whole, run.at("run_id"), 4, 2) == "");
}

TEST_CASE("a run with work at the service is not driven with another key") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox, "first-key");
  desk.write("qa.jsonl", questions(2));
  REQUIRE(desk.run({"submit", "qa.jsonl"}).exit == 0);
  desk.environment["GEMINI_API_KEY"] = "second-key";
  check_refused(desk.run({"resume", "qa", "--json"}), 4, "another API key");
}

TEST_CASE("without a key submit says how to give one, and nothing is kept") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  desk.environment.erase("GEMINI_API_KEY");
  desk.write("qa.jsonl", questions(2));
  check_refused(desk.run({"submit", "qa.jsonl", "--json"}), 4, "no API key");
  CHECK(has(desk.run({"submit", "qa.jsonl"}).err, "GEMINI_API_KEY"));
  check_nothing_done(desk, {"qa.jsonl"});
}

TEST_CASE("an unknown model stops the run with the service's words, and the uploaded chunk stays") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  const Outcome refused = desk.run({"submit", "qa.jsonl", "--model", "unknown-model", "--chunk-records", "2"});
  CHECK_MESSAGE(refused.exit == 4, refused.told());
  CHECK(has(refused.err, "models/unknown-model"));
  const Json run = desk.status("qa");
  CHECK(run.at("state") == "needs_attention");
  CHECK(run.at("stop").at("reason") == "model");
  CHECK(run.at("chunks").at("failed") == 0);
  CHECK(run.at("chunks").at("uploaded") >= 1);
  CHECK(desk.run({"resume", "qa"}).exit == 4);  // tries once more, and says the same
}

TEST_CASE("a service that is down is named, and the run goes on once it is up") {
  std::optional<Sandbox> sandbox(std::in_place, kQuick);
  Desk desk(*sandbox);
  const std::string address = sandbox->base_url().substr(std::string("http://").size());
  const std::string port = address.substr(address.find(':') + 1);
  sandbox->stop();
  desk.environment.erase("BATCHCTL_CLOCK");  // at its own pace, so that the pause is not over before it is told
  desk.write("qa.jsonl", questions(4));
  const Outcome paused = desk.run({"submit", "qa.jsonl", "--patience", "2s"});
  CHECK_MESSAGE(paused.exit == 75, paused.told());
  CHECK(has(paused.err, "127.0.0.1"));
  CHECK(has(paused.err, port));
  CHECK(has(paused.err, "batchctl resume qa"));
  const Json run = desk.status("qa");
  CHECK(run.at("records").at("outstanding") == 4);

  sandbox.emplace(kQuick);
  desk.talk_to(*sandbox);
  const Outcome resumed = desk.run({"resume", "qa", "--wait"});
  CHECK_MESSAGE(resumed.exit == 0, resumed.told());
  CHECK(not_exactly_once(sandbox->ledger(true), run.at("run_id"), 4, 1) == "");
}

TEST_CASE("creates that fail, or lose their answer, lead to each record accepted once") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(8));
  std::vector<Json> orders;
  SUBCASE("503 without effect") { orders = {{{"on", "create"}, {"nth", 2}, {"do", "status"}, {"status", 503}}}; }
  SUBCASE("cut before the effect") { orders = {{{"on", "create"}, {"nth", 2}, {"do", "drop-before"}}}; }
  SUBCASE("cut after the effect") { orders = {{{"on", "create"}, {"nth", 2}, {"do", "drop-after"}}}; }
  SUBCASE("uploads, lists and results cut as well") {
    for (const char* kind : {"start", "upload", "list", "download"})
      for (const char* what : {"drop-before", "drop-after"}) orders.push_back({{"on", kind}, {"nth", 2}, {"do", what}});
  }
  for (const Json& order : orders) sandbox.order(order);
  const Outcome done = desk.run({"submit", "qa.jsonl", "--chunk-records", "2", "--wait"});
  CHECK_MESSAGE(done.exit == 0, done.told());
  const Json run = desk.status("qa");
  CHECK(run.at("records").at("answered") == 8);
  CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), 8, 4) == "");
}

TEST_CASE("http to another machine is refused before anything is sent") {
  Desk desk;
  desk.environment["GEMINI_API_KEY"] = "test-key";
  desk.write("qa.jsonl", questions(2));
  check_refused(desk.run({"submit", "qa.jsonl", "--base-url", "http://192.0.2.1", "--json"}), 2, "http://192.0.2.1");
  check_nothing_done(desk, {"qa.jsonl"});
}

TEST_CASE("wrong usage ends with 2 and names what is wrong") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(50));
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"submit", "qa.jsonl", "--frobnicate"}, "--frobnicate"},
      {{"submit"}, "INPUT"},
      {{"submit", "qa.jsonl", "--group-delay", "soon"}, "soon"},
      {{"submit", "qa.jsonl", "--wait=never"}, "never"},
      {{"submit", "qa.jsonl", "--chunk-bytes", "3 elephants"}, "3 elephants"},
      {{"submit", "qa.jsonl", "--run", ".hidden"}, ".hidden"},
      {{"submit", "qa.jsonl", "--generation-config", "{\"temperature\":"}, "generation"},
      {{"submit", "qa.jsonl", "--chunk-records", "50", "--enqueued-tokens", "20"}, "20"},
      {{"plan", "qa.jsonl", "--chunk-records", "50", "--enqueued-tokens", "20"}, "20"},
      {{"submit", "qa.jsonl", "--enqueued-tokens", "1"}, "1"},
      {{"status", "--chunks=9-3"}, "9-3"},
      {{"frobnicate"}, "frobnicate"},
      {{}, "ommand"},
  };
  for (const auto& [words, named] : cases) {
    Words line = words;
    line.insert(line.begin(), "--json");
    const Outcome outcome = desk.run(line);
    check_refused(outcome, 2, named);
  }
  check_nothing_done(desk, {"qa.jsonl"});
  CHECK(only_counted(sandbox));
}

TEST_CASE("other input or settings under the same name are refused with the difference and a free name") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  desk.write("other.jsonl", questions(4, "other"));
  const Words first = {"submit", "qa.jsonl", "--run", "mine", "--chunk-records", "2"};
  REQUIRE(desk.run(first).exit == 0);
  const Json before = desk.status("mine");
  const std::vector<std::pair<Words, std::string>> cases = {
      {{"submit", "other.jsonl", "--run", "mine", "--chunk-records", "2"}, "other.jsonl"},
      {{"submit", "qa.jsonl", "--run", "mine", "--chunk-records", "4"}, "records a chunk"},
      {{"submit", "qa.jsonl", "--run", "mine", "--chunk-records", "2", "--model", "gemini-2.5-pro"}, "gemini-2.5-pro"},
      {{"submit", "qa.jsonl", "--run", "mine", "--chunk-records", "2", "--system", "Be brief."}, "system"},
      {{"submit", "qa.jsonl", "other.jsonl", "--run", "mine", "--chunk-records", "2"}, "2"},
  };
  for (const auto& [words, difference] : cases) {
    Words line = words;
    line.emplace_back("--json");
    const Outcome outcome = desk.run(line);
    check_refused(outcome, 10, difference);
    CHECK(has(outcome.err, "--run mine-2"));
  }
  const Json after = desk.status("mine");
  CHECK(after.at("run_id") == before.at("run_id"));
  CHECK(after.at("chunks").at("total") == before.at("chunks").at("total"));
  CHECK(sandbox.ledger().at("creates") == 2);
}

TEST_CASE("input that changed after it was submitted is not sent") {
  const Sandbox sandbox({"--time-scale", "1000", "--max-jobs", "1", "--pending", "30m", "--running", "30m"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(4));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--chunk-records", "1", "--upload-ahead", "1"}).exit == 75);
  std::string text = desk.read("qa.jsonl");
  std::replace(text.begin(), text.end(), '3', '7');
  desk.write("qa.jsonl", text);
  const Outcome refused = desk.run({"resume", "qa", "--wait"});
  CHECK_MESSAGE(refused.exit == 10, refused.told());
  CHECK_MESSAGE(has(refused.err, "qa.jsonl"), refused.told());
  CHECK(sandbox.ledger().at("records_accepted") < 4);
}

TEST_CASE("a run is driven by one process at a time, and the other is told which") {
  const Sandbox sandbox({"--time-scale", "1"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2));
  Process driver(desk.start({"submit", "qa.jsonl", "--wait"}));
  while (desk.run({"status", "--json", "--offline"}).json().at("runs").empty() ||
         desk.status("qa").at("chunks").at("submitted") == 0)
    REQUIRE(driver.running());
  const std::string pid = fmt::format("pid {}", driver.pid());
  check_refused(desk.run({"resume", "qa", "--json"}), 11, pid);
  check_refused(desk.run({"submit", "qa.jsonl", "--json"}), 11, pid);
  CHECK(desk.run({"status"}).exit == 0);
  driver.send(SIGTERM);
  CHECK(driver.wait().exit == 143);
  CHECK(desk.run({"resume", "qa", "--patience", "0"}).exit == 75);
}

TEST_CASE("a place for the state that cannot be made is named") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2));
  check_refused(desk.run({"submit", "qa.jsonl", "--state", desk.path("qa.jsonl") + "/state.db", "--json"}), 1,
                desk.path("qa.jsonl"));
  check_refused(desk.run({"submit", "qa.jsonl", "--state", desk.path("qa.jsonl"), "--json"}), 1, desk.path("qa.jsonl"));
  CHECK(desk.read("qa.jsonl") == questions(2));
  CHECK(files_below(desk.directory()) == std::vector<std::string>{"qa.jsonl"});
  CHECK(only_counted(sandbox));
}

TEST_CASE("results that cannot be written leave nothing behind, and a device stays a device") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(20));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--wait"}).exit == 0);
  const std::vector<std::string> before = files_below(desk.directory());

  check_refused(desk.run({"download", "qa", "--output", "no/such/place.jsonl"}), 1, "no/such/place.jsonl");
  check_refused(desk.run({"download", "qa", "--output", "qa.jsonl/place.jsonl"}), 1, "qa.jsonl/place.jsonl");
  check_refused(desk.run({"download", "qa", "--output", "/dev/full"}), 1, "/dev/full");
  CHECK(fs::is_character_file("/dev/full"));
  CHECK(desk.run({"download", "qa", "--output", "/dev/null"}).exit == 0);
  CHECK(fs::is_character_file("/dev/null"));
  Start to_full = desk.start({"download", "qa", "--output", "-"});
  to_full.output_path = "/dev/full";
  CHECK(run(to_full).exit == 1);
  CHECK(files_below(desk.directory()) == before);
  CHECK(!fs::exists("/dev/full.errors.jsonl"));
}

TEST_CASE("a full disk is named, and once there is room the run goes on") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  const Disk disk("size=400k", desk);
  if (!disk.good()) return skipped("a full disk: this process may not mount a small one");
  desk.write("qa.jsonl", questions(1200));

  SUBCASE("below the state file") {
    desk.environment["BATCHCTL_STATE"] = disk / "state.db";
    const Outcome full = desk.run({"submit", "qa.jsonl", "--chunk-records", "1", "--json"});
    check_refused(full, 1, disk.path());
    CHECK(full.last_event().at("error").at("code") == "disk_full");
    REQUIRE(disk.change("size=64m"));
    const Outcome done = desk.run({"submit", "qa.jsonl", "--run", "again", "--chunk-records", "100", "--wait"});
    CHECK_MESSAGE(done.exit == 0, done.told());
    CHECK(desk.status("again").at("records").at("answered") == 1200);
  }
  SUBCASE("below the raw results") {
    desk.environment["BATCHCTL_STATE"] = disk / "state.db";
    const Outcome full = desk.run({"submit", "qa.jsonl", "--chunk-records", "400", "--wait", "--json"});
    check_refused(full, 1, disk.path());
    for (const std::string& file : files_below(disk.path())) CHECK_MESSAGE(!file.ends_with(".part"), file);
    const Json run = desk.status("qa");
    REQUIRE(disk.change("size=64m"));
    const Outcome done = desk.run({"resume", "qa", "--wait"});
    CHECK_MESSAGE(done.exit == 0, done.told());
    CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), 1200, 3) == "");
  }
  SUBCASE("below the results") {
    REQUIRE(desk.run({"submit", "qa.jsonl", "--wait"}).exit == 0);
    check_refused(desk.run({"download", "qa", "--output", disk / "qa.results.jsonl", "--json"}), 1, disk.path());
    CHECK(files_below(disk.path()).empty());
    REQUIRE(disk.change("size=64m"));
    CHECK(desk.run({"download", "qa", "--output", disk / "qa.results.jsonl"}).exit == 0);
    CHECK(lines_of(read_file(disk / "qa.results.jsonl")).size() == 1200);
  }
}

TEST_CASE("a read-only directory is named") {
  const Sandbox sandbox(kQuick);
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2));
  const Disk disk("ro,size=1m", desk);
  std::string place = disk.path();
  if (!disk.good()) {
    if (::geteuid() == 0) return skipped("a read-only directory: root may write anywhere, and may not mount here");
    ::chmod(place.c_str(), 0500);
  }
  check_refused(desk.run({"submit", "qa.jsonl", "--state", place + "/state.db", "--json"}), 1, place);
  CHECK(only_counted(sandbox));
  REQUIRE(desk.run({"submit", "qa.jsonl", "--wait"}).exit == 0);
  check_refused(desk.run({"download", "qa", "--output", place + "/r.jsonl", "--json"}), 1, place);
}

TEST_CASE("the key is in no output, no file and no page of the database") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m", "--max-jobs", "2"});
  const std::string key = "key-that-nobody-may-see-7f3a9c";
  Desk desk(sandbox, key);
  desk.write("qa.jsonl", questions(8));
  sandbox.order({{"on", "upload"}, {"nth", 2}, {"do", "drop-before"}});
  sandbox.order({{"on", "create"}, {"nth", 1}, {"do", "status"}, {"status", 400}, {"body", "no such thing as " + key}});
  std::string told;
  for (const Words& words :
       {Words{"-vv", "submit", "qa.jsonl", "--chunk-records", "2", "--json"}, Words{"-vv", "resume", "--wait"},
        Words{"-vv", "status", "--chunks", "--json"}, Words{"explain", "qa", "0"}, Words{"-vv", "download", "qa"},
        Words{"-vv", "submit", "qa.jsonl", "--run", "x", "--base-url", "http://" + key + ".invalid"}}) {
    const Outcome outcome = desk.run(words);
    told += outcome.out + outcome.err;
  }
  CHECK(!told.empty());
  CHECK(!has(told, key));
  const fs::path home = fs::path(desk.directory()).parent_path();
  for (const std::string& file : files_below(home)) CHECK_MESSAGE(!has(read_file(home / file), key), file);
}

}  // namespace batchctl::e2e
