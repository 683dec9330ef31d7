// The state file was damaged between two commands.
#include <doctest/doctest.h>

#include <fstream>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

constexpr std::size_t kPage = 4096;

void overwrite(const std::string& path, std::size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file << bytes;
}

}  // namespace

TEST_CASE("a damaged state file is named, nothing is sent from it, and with its bytes restored the run goes on") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m", "--max-jobs", "3"});
  Desk desk(sandbox);
  desk.write("qa.jsonl", questions(12));
  const Words submit = {"submit", "qa.jsonl", "--chunk-records", "2", "--json"};
  desk.run(submit);
  const Json run = desk.status("qa");
  const std::string whole = read_file(desk.state_path());
  REQUIRE(whole.size() > 30 * kPage);
  const Json before = sandbox.ledger();
  for (std::size_t page = 4; page < whole.size() / kPage; page += 6) {
    CAPTURE(page);
    overwrite(desk.state_path(), page * kPage, std::string(kPage, '\xff'));
    for (const Words& words : {submit, Words{"resume", "qa", "--wait", "--json"}}) {
      const Outcome refused = desk.run(words);
      CAPTURE(refused.told());
      CHECK(refused.exit == 1);
      const Json error = refused.last_event();
      REQUIRE(schema_faults("error", error) == "");
      CHECK(error.at("error").at("code") == "database_damaged");
      CHECK(refused.err.find(desk.state_path()) != std::string::npos);
      CHECK(refused.err.find("estore it from a backup") != std::string::npos);
    }
    overwrite(desk.state_path(), 0, whole);
  }
  CHECK(sandbox.ledger() == before);
  const Outcome done = desk.run({"resume", "qa", "--wait"});
  CHECK_MESSAGE(done.exit == 0, done.told());
  CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), 12, 6) == "");
}

}  // namespace batchctl::e2e
