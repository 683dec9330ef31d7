// What a person sees at a terminal: the real binary in a pseudo-terminal, screens compared. The clock of the command
// stands still, so that no screen depends on when it is looked at.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "e2e/process.hpp"
#include "e2e/terminal.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr const char* kCtrlC = "\x03";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A run of five chunks, paused with two jobs that never end; its desk then has a clock that stands still.
struct PausedRun {
  Sandbox sandbox{{"--time-scale", "1", "--pending", "1000h", "--running", "1000h"}};
  Desk desk{sandbox};

  explicit PausedRun(const std::string& name = "qa") {
    desk.write("qa.jsonl", questions(50));
    const Outcome submitted = desk.run({"submit", "qa.jsonl", "--run", name, "--chunk-records", "10", "--max-jobs", "2",
                                        "--group-delay", "0s", "--patience", "1s", "--no-calibrate"});
    REQUIRE_MESSAGE(submitted.exit == 75, submitted.told());
    desk.environment["BATCHCTL_CLOCK"] = "0.000001@2026-11-26T18:00:00Z";
    desk.environment["TERM"] = "xterm";
    desk.environment["TZ"] = "UTC";
    desk.environment["NO_COLOR"] = "1";
  }
};

}  // namespace

TEST_CASE("status at a terminal fits one screen, wraps at its edge and ends with the next step") {
  const PausedRun run;
  for (const auto& [columns, rows] : {std::pair(80, 24), std::pair(40, 24)}) {
    Terminal terminal(run.desk.start({"status", "--offline"}), columns, rows);
    const Outcome outcome = terminal.wait();
    const std::string screen = terminal.screen().text();
    CAPTURE(screen);
    CHECK(outcome.exit == 0);
    CHECK(terminal.screen().unknown().empty());
    CHECK(screen.rfind("qa: paused; no batchctl is at work on it", 0) == 0);
    CHECK(lines_of(screen).size() <= 24);
    CHECK(lines_of(screen).back() == "  next     batchctl resume qa");
    for (const std::string& line : lines_of(screen)) CHECK(line.size() <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("status --watch draws one block that follows the window, and Ctrl-C takes it away") {
  const PausedRun run;
  Terminal terminal(run.desk.start({"status", "--watch", "--offline"}), 80, 24);
  const auto block_of = [](const std::string& screen) { return lines_of(screen); };
  while (!has(terminal.screen().text(), "next     ")) REQUIRE(terminal.shows_more());
  const std::vector<std::string> wide = block_of(terminal.screen().text());
  CAPTURE(terminal.screen().text());
  REQUIRE(wide.size() == 8);
  CHECK(wide[0].rfind("qa  paused", 0) == 0);
  CHECK(wide[1].size() == 79);
  CHECK(has(wide[2], "2 submitted"));

  terminal.resize(40, 10);
  while (block_of(terminal.screen().text()).size() != 8 || block_of(terminal.screen().text())[1].size() != 39)
    REQUIRE_MESSAGE(terminal.shows_more(), terminal.screen().text());
  const std::string narrow = terminal.screen().text();
  CHECK(narrow.find("qa  paused") == narrow.rfind("qa  paused"));  // nothing of the old block is left

  terminal.resize(60, 12);
  while (block_of(terminal.screen().text()).size() != 8 || block_of(terminal.screen().text())[1].size() != 59)
    REQUIRE_MESSAGE(terminal.shows_more(), terminal.screen().text());

  terminal.type(kCtrlC);
  const Outcome outcome = terminal.wait();
  CHECK(outcome.exit == 130);
  CHECK(terminal.screen().unknown().empty());
  CHECK(!has(terminal.screen().text(), "qa  paused"));
  CHECK(has(terminal.screen().text(), "the watch has ended"));
}

TEST_CASE("a driver at a terminal draws its block and leaves only words behind") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  Desk desk(sandbox);
  desk.environment["TERM"] = "xterm";
  desk.write("qa.jsonl", questions(30));
  Terminal terminal(desk.start({"submit", "qa.jsonl", "--chunk-records", "10", "--wait", "--no-calibrate"}));
  const Outcome outcome = terminal.wait();
  CHECK_MESSAGE(outcome.exit == 0, outcome.told());
  CHECK(has(outcome.out, "\x1b[J"));  // there was a block
  const std::string screen = terminal.screen().text();
  CAPTURE(screen);
  CHECK(terminal.screen().unknown().empty());
  CHECK(has(screen, "30 of 30 records answered"));
  CHECK(!has(screen, "qa  "));  // as a block begins
}

TEST_CASE("Ctrl-C at a driver is answered at once, saves, and says how to go on") {
  const PausedRun paused;
  Desk desk = Desk(paused.sandbox);
  desk.environment["TERM"] = "xterm";
  desk.write("qa.jsonl", questions(30));
  Terminal terminal(desk.start({"submit", "qa.jsonl", "--chunk-records", "10", "--wait", "--no-calibrate"}));
  REQUIRE(terminal.shows("3 submitted"));
  terminal.type(kCtrlC);
  const Outcome outcome = terminal.wait();
  CHECK(outcome.exit == 130);
  CHECK(has(terminal.screen().text(), "batchctl resume qa"));
}

TEST_CASE("nothing is redrawn where that is not wanted or not possible") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(10));
  const auto drawn = [&](const Words& more, const std::string& run) {
    Terminal terminal(desk.start(joined({"submit", "qa.jsonl", "--wait", "--no-calibrate", "--run", run}, more)));
    const Outcome outcome = terminal.wait();
    CHECK_MESSAGE(outcome.exit == 0, outcome.told());
    return outcome.out;
  };
  CHECK(!has(drawn({}, "a"), "\x1b"));  // a terminal that does not say what it is
  desk.environment["TERM"] = "dumb";
  CHECK(!has(drawn({}, "b"), "\x1b"));
  desk.environment["TERM"] = "xterm";
  CHECK(!has(drawn({"--quiet"}, "c"), "\x1b"));
  CHECK(!has(drawn({"--json"}, "d"), "\x1b"));
  CHECK(!has(drawn({"--color", "never"}, "e"), "\x1b[3"));
  CHECK(has(drawn({}, "f"), "\x1b[3"));
  desk.environment["NO_COLOR"] = "1";
  CHECK(!has(drawn({}, "g"), "\x1b[3"));
}

TEST_CASE("status and doctor are painted where there are colours") {
  PausedRun run;
  run.desk.environment["NO_COLOR"] = "";
  for (const char* verb : {"status", "doctor"}) {
    CAPTURE(verb);
    Terminal terminal(run.desk.start({verb, "--offline"}));
    const Outcome outcome = terminal.wait();
    CHECK(has(outcome.out, "\x1b[3"));
    CHECK(!has(outcome.out, "\xEF\xBF\xBD"));
    CHECK(terminal.screen().unknown().empty());
  }
}

TEST_CASE("hostile names of files reach no terminal as commands") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  Desk desk(sandbox);
  const std::string name =
      "a\x1b[31mred\x07\xE2\x80\xAE"
      "b.jsonl";
  desk.write(name, questions(3));
  desk.write("bad.jsonl", "{\"question\":\"x\"}\n");
  const auto clean = [](const Outcome& outcome) {
    for (const std::string& text : {outcome.out, outcome.err})
      for (const char* mark : {"\x1b", "\x07", "\xE2\x80\xAE"}) CHECK_MESSAGE(!has(text, mark), outcome.words);
  };
  const Outcome submitted = desk.run({"submit", name, "--run", "qa", "--chunk-per-file", "--no-calibrate", "--wait"});
  CHECK_MESSAGE(submitted.exit == 0, submitted.told());
  clean(submitted);
  for (const Words& words :
       {Words{"status", "--chunks"}, Words{"explain", "qa", "0"}, Words{"status", "--json", "--chunks"},
        Words{"report"}, Words{"submit", "no-such\x1b]0;x\x07.jsonl"}, Words{"explain", "qa\x1b[2J", "0"}})
    clean(desk.run(words));
  CHECK(desk.status("qa")["inputs"][0]["path"] == name);  // the JSON says the same as before
}

TEST_CASE(
    "a command of --on-event is told of a run's end once, with the run on its standard input and without the key") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  const Desk desk(sandbox, "canary-key-of-this-desk");
  desk.write("qa.jsonl", questions(10));
  const Outcome submitted = desk.run({"submit", "qa.jsonl", "--wait", "--no-calibrate", "--on-event",
                                      "cat >> events; env >> environment; echo told; exit 3"});
  CHECK_MESSAGE(submitted.exit == 0, submitted.told());  // its failure is a warning
  CHECK(has(submitted.err, "exit status 3"));
  CHECK(has(submitted.err, "told"));
  int done = 0;
  for (const std::string& line : lines_of(desk.read("events"))) {
    const Json event = Json::parse(line);
    CHECK(schema_faults("notice", event) == "");
    done += event["event"] == "done" ? 1 : 0;
  }
  CHECK(done == 1);
  CHECK(!has(desk.read("environment"), "canary"));
  CHECK(desk.run({"resume", "qa"}).exit == 0);  // remembered with the run, and told already
  CHECK(lines_of(desk.read("events")).back().find("\"done\"") != std::string::npos);
  int again = 0;
  for (const std::string& line : lines_of(desk.read("events"))) again += Json::parse(line)["event"] == "done" ? 1 : 0;
  CHECK(again == 1);
}

TEST_CASE("the doctor finds a healthy place healthy, and names what mends a broken one") {
  const Sandbox sandbox({"--time-scale", "1000"});
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(3));
  CHECK(desk.run({"submit", "qa.jsonl", "--no-calibrate"}).exit == 0);
  const Outcome well = desk.run({"doctor", "--json"});
  CHECK_MESSAGE(well.exit == 0, well.told());
  CHECK(schema_faults("doctor", well.json()) == "");
  CHECK(has(well.out, "GEMINI_API_KEY"));
  CHECK(!has(well.out, desk.environment.at("GEMINI_API_KEY")));
  const Outcome offline = desk.run({"doctor", "--offline"});
  CHECK(offline.exit == 0);
  CHECK(has(offline.out, "not asked"));
  desk.environment.erase("GEMINI_API_KEY");
  const Outcome without = desk.run({"doctor"});
  CHECK(without.exit == 4);
  CHECK(has(without.out, "GEMINI_API_KEY="));
  desk.environment["GEMINI_API_KEY"] = "bad-key";
  CHECK(desk.run({"doctor"}).exit == 4);
}

}  // namespace batchctl::e2e
