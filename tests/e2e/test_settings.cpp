// What the program tells about itself, and what it takes from a configuration file, by the real binary.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_config(const Desk& desk, const std::string& toml) {
  const fs::path place = fs::path(desk.environment.at("HOME")) / ".config/batchctl";
  fs::create_directories(place);
  std::ofstream(place / "config.toml") << toml;
}

}  // namespace

TEST_CASE("a configuration file in its place is read by every command, and a mistake in it ends each with exit 2") {
  Desk desk;
  desk.environment.erase("XDG_CONFIG_HOME");
  write_config(desk, "json = true\n");
  CHECK(schema_faults("status", desk.run({"runs"}).json()) == "");
  write_config(desk, "json = true\nspeed = 3\n");
  const Outcome refused = desk.run({"runs", "--json"});
  CHECK(refused.exit == 2);
  CHECK(has(refused.err, "config.toml:2: \"speed\" is not known"));
  REQUIRE(schema_faults("error", refused.last_event()) == "");
  CHECK(refused.last_event()["error"]["code"] == "config_file");
  CHECK(desk.run({"runs", "--config", "none"}).exit == 0);
  CHECK(desk.run({"runs", "--help"}).exit == 0);
}

TEST_CASE("config tells values and origins, and shows no key") {
  Desk desk;
  desk.environment.erase("XDG_CONFIG_HOME");
  write_config(desk, "project = \"ours\"\n[submit]\ntier = 2\n");
  desk.environment["BATCHCTL_SUBMIT_MAX_JOBS"] = "7";
  desk.environment["GEMINI_API_KEY"] = "canary-key-of-config";
  const Outcome text = desk.run({"config"});
  CHECK(text.exit == 0);
  CHECK(has(text.out, "config.toml:1"));
  CHECK(has(text.out, "environment BATCHCTL_SUBMIT_MAX_JOBS"));
  CHECK(!has(text.told(), "canary-key-of-config"));
  const Json json = desk.run({"config", "submit", "--json"}).json();
  REQUIRE(schema_faults("config", json) == "");
  CHECK(json["config_file_read"] == true);
  for (const Json& setting : json["settings"]) CHECK(setting["command"] == "submit");
}

TEST_CASE("schema prints a schema that stands by itself for each name it lists") {
  const Desk desk;
  const Json list = desk.run({"schema", "--json"}).json();
  REQUIRE(schema_faults("schemas", list) == "");
  CHECK(list["schemas"].size() >= 11);
  const std::string names = desk.run({"schema"}).out;
  for (const Json& row : list["schemas"]) {
    const std::string name = row["name"];
    CAPTURE(name);
    CHECK(has(names, name));
    const Outcome one = desk.run({"schema", name});
    CHECK(one.exit == 0);
    const Json schema = one.json();
    REQUIRE(schema.is_object());
    CHECK(schema["title"] == row["title"]);
    CHECK(!has(one.out, ".schema.json#"));
  }
  CHECK(desk.run({"schema", "statsu"}).exit == 2);
}

TEST_CASE("what a run prints and writes is of the schemas that the binary itself gives") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(30));
  const auto fits = [&](const std::string& name, const Json& document) {
    return faults_by(desk.run({"schema", name}).json(), document);
  };
  const Outcome submit = desk.run({"submit", "qa.jsonl", "--chunk-records", "10", "--wait", "--json"});
  CHECK_MESSAGE(submit.exit == 0, submit.told());
  for (const Json& event : submit.events()) CHECK(fits("event", event) == "");
  for (const char* verb : {"runs", "status", "report"}) CHECK(fits("status", desk.run({verb, "--json"}).json()) == "");
  CHECK(fits("status", desk.run({"status", "--chunks", "--json"}).json()) == "");
  CHECK(fits("plan", desk.run({"plan", "qa.jsonl", "--json"}).json()) == "");
  CHECK(fits("explain", desk.run({"explain", "qa", "0", "--json"}).json()) == "");
  CHECK(fits("event", desk.run({"download", "--output", "out.jsonl", "--json"}).last_event()) == "");
  CHECK(fits("event", desk.run({"export", "--output", "out.db", "--json"}).last_event()) == "");
  CHECK(fits("event", desk.run({"resume", "--json"}).last_event()) == "");
  CHECK(fits("event", desk.run({"retry", "--json"}).last_event()) == "");
  CHECK(fits("event", desk.run({"cancel", "--json"}).last_event()) == "");
  CHECK(fits("clean", desk.run({"clean", "--dry-run", "--json"}).json()) == "");
  CHECK(fits("purge", desk.run({"purge", "--dry-run", "--json"}).json()) == "");
  CHECK(fits("config", desk.run({"config", "--json"}).json()) == "");
  CHECK(fits("error", desk.run({"status", "nobody", "--json"}).last_event()) == "");
  CHECK(fits("sandbox", {{"base_url", sandbox.base_url()}, {"pid", 1}, {"clock", sandbox.clock()}}) == "");
  const std::vector<std::string> lines = lines_of(desk.read("out.jsonl"));
  CHECK(lines.size() == 30);
  for (const std::string& line : lines) CHECK(fits("answer", Json::parse(line)) == "");
  CHECK(fits("status", Json::object()) != "");
}

TEST_CASE("manual and completion need no home, no state and no key") {
  Desk desk;
  desk.environment.erase("HOME");
  desk.environment.erase("GEMINI_API_KEY");
  CHECK(has(desk.run({"manual"}).out, ".TH BATCHCTL 1"));
  CHECK(has(desk.run({"manual", "submit"}).out, "BATCHCTL_SUBMIT_TIER"));
  CHECK(desk.run({"manual", "sumbit"}).exit == 2);
  for (const char* shell : {"bash", "zsh", "fish"}) CHECK(has(desk.run({"completion", shell}).out, "chunk-records"));
  CHECK(desk.run({"completion", "tcsh"}).exit == 2);
  fs::create_directory(desk.path("pages"));
  CHECK(desk.run({"manual", "--directory", "pages"}).exit == 0);
  CHECK(fs::exists(desk.path("pages/batchctl.1")));
  CHECK(fs::exists(desk.path("pages/batchctl-submit.1")));
  CHECK(desk.run({"manual", "--directory", "nowhere"}).exit == 1);
}

}  // namespace batchctl::e2e
