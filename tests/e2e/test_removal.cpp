// clean and purge by the real binary: the service keeps what is another's, the disk keeps what was counted.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>

#include "e2e/process.hpp"
#include "e2e/terminal.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr int kChunks = 4;
const Words kService = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};
const Words kSubmit = {"submit", "qa.jsonl", "--chunk-records", "2", "--wait", "--remote-cleanup"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// How many of its files and jobs a project sees.
std::pair<std::size_t, std::size_t> objects_at(const Sandbox& sandbox, const std::string& key) {
  httplib::Client client(sandbox.base_url());
  const httplib::Headers headers{{"x-goog-api-key", key}};
  const auto listed = [&](const char* path, const char* member) {
    const httplib::Result answer = client.Get(path, headers);
    REQUIRE(answer);
    const Json body = Json::parse(answer->body);
    std::size_t n = 0;
    // Outputs of jobs are in the list of files as well, and go with their jobs.
    for (const Json& one : body.value(member, Json::array()))
      n += one.value("name", "").starts_with("files/bc-") || std::string(member) == "operations" ? 1U : 0U;
    return n;
  };
  return {listed("/v1beta/files?pageSize=100", "files"), listed("/v1beta/batches?pageSize=100", "operations")};
}

void complete(const Desk& desk, const std::string& cleanup, const std::string& word) {
  desk.write("qa.jsonl", questions(2 * kChunks, word));
  const Outcome done = desk.run(joined(kSubmit, {cleanup}));
  REQUIRE_MESSAGE(done.exit == 0, done.told());
}

}  // namespace

TEST_CASE("clean deletes the objects of its database; a stranger's file and jobs in the same project stay") {
  const Sandbox sandbox(kService);
  const Desk stranger(sandbox, "one-key");
  const Desk desk(sandbox, "one-key");
  complete(stranger, "none", "theirs");
  complete(desk, "none", "ours");
  REQUIRE(objects_at(sandbox, "one-key") == std::pair<std::size_t, std::size_t>(2 * kChunks, 2 * kChunks));

  const Outcome listed = desk.run({"clean", "--dry-run"});
  CHECK_MESSAGE(listed.exit == 0, listed.told());
  CHECK(lines_of(listed.out).size() == 2 * kChunks);
  CHECK(objects_at(sandbox, "one-key").second == 2 * kChunks);

  const Outcome cleaned = desk.run({"clean", "qa", "--yes", "--json"});
  CHECK_MESSAGE(cleaned.exit == 0, cleaned.told());
  CHECK(schema_faults("clean", cleaned.json()) == "");
  CHECK(cleaned.json().at("deleted") == Json({{"files", kChunks}, {"jobs", kChunks}}));
  CHECK(objects_at(sandbox, "one-key") == std::pair<std::size_t, std::size_t>(kChunks, kChunks));
  const Json requests = sandbox.ledger().at("requests");

  const Outcome again = desk.run({"clean", "--yes"});
  CHECK_MESSAGE(again.exit == 0, again.told());
  CHECK(sandbox.ledger().at("requests") == requests);

  // All that is left is the stranger's, and it is whole.
  const Outcome theirs = stranger.run({"clean", "--yes", "--json"});
  CHECK_MESSAGE(theirs.exit == 0, theirs.told());
  CHECK(objects_at(sandbox, "one-key") == std::pair<std::size_t, std::size_t>(0, 0));
  CHECK(desk.run({"download"}).exit == 0);
  CHECK(lines_of(desk.read("qa.results.jsonl")).size() == 2 * kChunks);
}

TEST_CASE("clean and purge ask at a terminal, and refuse where there is none") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  complete(desk, "none", "asked");
  for (const char* verb : {"clean", "purge"}) {
    CAPTURE(verb);
    const Outcome refused = desk.run({verb, "--json"});
    CHECK(refused.exit == 2);
    CHECK(refused.last_event().at("error").at("code") == "not_confirmed");
    Terminal terminal(desk.start({verb}));
    REQUIRE(terminal.shows("[y/N] "));
    terminal.type("n\n");
    CHECK(terminal.wait().exit == 1);
  }
  CHECK(objects_at(sandbox, "test-key-of-a-desk").second == kChunks);
  {
    Terminal terminal(desk.start({"clean"}));
    REQUIRE(terminal.shows("Delete them at the service? [y/N] "));
    terminal.type("y\n");
    CHECK(terminal.wait().exit == 0);
  }
  CHECK(objects_at(sandbox, "test-key-of-a-desk").second == 0);
}

TEST_CASE("a clean killed between a deletion and its record is repeated to the same end") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  complete(desk, "none", "killed");
  Start start = desk.start({"clean", "--yes"});
  start.environment["BATCHCTL_CRASH_AT"] = "file-deleted:2";
  const Outcome killed = run(start);
  REQUIRE_MESSAGE(killed.signal == SIGKILL, killed.told());
  const Outcome again = desk.run({"clean", "--yes"});
  CHECK_MESSAGE(again.exit == 0, again.told());
  CHECK(objects_at(sandbox, "test-key-of-a-desk") == std::pair<std::size_t, std::size_t>(0, 0));
}

TEST_CASE("--remote-cleanup all leaves nothing at the service, after download and after submit --wait --output") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  complete(desk, "all", "downloaded");
  CHECK(objects_at(sandbox, "test-key-of-a-desk") == std::pair<std::size_t, std::size_t>(0, kChunks));
  const Outcome done = desk.run({"download"});
  CHECK_MESSAGE(done.exit == 0, done.told());
  CHECK(objects_at(sandbox, "test-key-of-a-desk") == std::pair<std::size_t, std::size_t>(0, 0));

  desk.write("more.jsonl", questions(2 * kChunks, "waited for"));
  const Outcome waited = desk.run({"submit", "more.jsonl", "--chunk-records", "2", "--wait", "--remote-cleanup", "all",
                                   "--output", "more.results.jsonl"});
  CHECK_MESSAGE(waited.exit == 0, waited.told());
  CHECK(lines_of(desk.read("more.results.jsonl")).size() == 2 * kChunks);
  CHECK(objects_at(sandbox, "test-key-of-a-desk") == std::pair<std::size_t, std::size_t>(0, 0));
  // Both runs are whole to every later command.
  CHECK(desk.run({"resume"}).exit == 0);
  CHECK(desk.status("more").at("state") == "complete");
}

TEST_CASE("purge removes raw results and spooled input, and download says why it writes nothing") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(2 * kChunks, "purged"));
  Start start = desk.start({"submit", "-", "--run", "qa", "--chunk-records", "2", "--wait"});
  start.input = desk.read("qa.jsonl");
  REQUIRE(run(start).exit == 0);
  REQUIRE(desk.run({"download"}).exit == 0);
  const Json before = desk.status("qa");
  const Outcome listed = desk.run({"purge", "--dry-run", "--json"});
  CHECK_MESSAGE(listed.exit == 0, listed.told());
  CHECK(schema_faults("purge", listed.json()) == "");
  CHECK(listed.json().at("files") == kChunks + 1);

  const Outcome purged = desk.run({"purge", "--yes"});
  CHECK_MESSAGE(purged.exit == 0, purged.told());
  CHECK(files_below(desk.state_path() + ".d").size() == 1);  // the lock
  const Outcome download = desk.run({"download", "--json"});
  CHECK(download.exit == 1);
  CHECK(download.last_event().at("error").at("code") == "purged");
  CHECK_FALSE(download.last_event().at("error").at("next").is_null());
  CHECK(lines_of(desk.read("qa.results.jsonl")).size() == 2 * kChunks);
  const Json after = desk.status("qa");
  for (const char* member : {"state", "records", "tokens", "jobs", "cost_usd", "inputs"})
    CHECK(after.at(member) == before.at(member));
  CHECK(after.at("next").is_null());
  CHECK(after.at("purged_at").is_string());
}

TEST_CASE("the first line of help says where clean and purge act") {
  const Sandbox sandbox(kService);
  const Desk desk(sandbox);
  CHECK(has(lines_of(desk.run({"clean", "--help"}).out).front(), "Remote: "));
  CHECK(has(lines_of(desk.run({"purge", "--help"}).out).front(), "Local: "));
}

}  // namespace batchctl::e2e
