// A state file that is a copy, or older than the service, and two state files that use one name.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>

#include "e2e/process.hpp"

namespace batchctl::e2e {

namespace {

namespace fs = std::filesystem;

// Long enough that no job ends before the first submit does, however slow the machine is.
const Words kQuick = {"--time-scale", "1000", "--pending", "10m", "--running", "10m", "--max-jobs", "3"};
constexpr int kRecords = 16;
constexpr int kChunks = 8;
const Words kSubmit = {"submit", "qa.jsonl", "--chunk-records", "2", "--json"};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::string error_code(const Outcome& outcome) { return outcome.last_event().at("error").at("code"); }

std::size_t jobs_made(const Sandbox& sandbox) { return sandbox.ledger(true).at("jobs_by_display_name").size(); }

void remove_with_log(const std::string& state) {
  for (const char* part : {"", "-wal", "-shm"}) fs::remove(state + part);
}

}  // namespace

TEST_CASE("a copied state file sends nothing until it is taken over, and then creates nothing twice") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(kRecords));
  CHECK(desk.run(kSubmit).exit == 75);
  const std::string state = desk.state_path(), kept = state + ".kept";
  // No process has it open, so the file alone is the database.
  fs::copy_file(state, kept);
  CHECK(desk.run({"resume", "--wait"}).exit == 0);
  remove_with_log(state);
  fs::rename(kept, state);

  for (const Words& words : {Words{"resume", "--json"}, kSubmit, Words{"cancel", "qa", "--json"}}) {
    const Outcome refused = desk.run(words);
    CHECK_MESSAGE(refused.exit == 4, refused.told());
    CHECK(error_code(refused) == "copied_database");
    CHECK(has(refused.last_event().at("error").at("next"), "resume --take-over"));
  }
  CHECK(desk.run({"status"}).exit == 0);
  CHECK(desk.status("qa").at("next") == "batchctl resume --take-over qa");
  CHECK(jobs_made(sandbox) == kChunks);

  const Outcome taken = desk.run({"resume", "--take-over", "--wait"});
  CHECK_MESSAGE(taken.exit == 0, taken.told());
  CHECK(has(taken.err, "taken over"));
  const Json run = desk.status("qa");
  CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), kRecords, kChunks) == "");
  CHECK(desk.run({"download", "qa"}).exit == 0);
  CHECK(desk.run({"resume", "qa"}).exit == 0);  // it is the original now
}

TEST_CASE("a state file restored in place is noticed by what the service has") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(kRecords));
  CHECK(desk.run(kSubmit).exit == 75);
  const std::string state = desk.state_path();
  const std::string backup = read_file(state);
  CHECK(desk.run({"resume", "--wait"}).exit == 0);
  for (const char* part : {"-wal", "-shm"}) fs::remove(state + part);
  {
    std::FILE* file = std::fopen(state.c_str(), "wb");  // the same file, with yesterday's bytes
    REQUIRE(file != nullptr);
    CHECK(std::fwrite(backup.data(), 1, backup.size(), file) == backup.size());
    std::fclose(file);
  }
  const Outcome refused = desk.run({"resume", "--wait", "--json"});
  CHECK_MESSAGE(refused.exit == 4, refused.told());
  CHECK(jobs_made(sandbox) == kChunks);
  CHECK(desk.status("qa").at("state") == "needs_attention");
  CHECK(has(desk.run({"status", "qa"}).out, "copied_database"));
  const Outcome taken = desk.run({"resume", "--take-over", "--wait"});
  CHECK_MESSAGE(taken.exit == 0, taken.told());
  const Json run = desk.status("qa");
  CHECK(not_exactly_once(sandbox.ledger(true), run.at("run_id"), kRecords, kChunks) == "");
}

TEST_CASE("the same run name on two state files of one project are two runs, and neither touches the other's jobs") {
  const Sandbox sandbox(kQuick);
  const Desk one(sandbox), other(sandbox);
  one.write("qa.jsonl", questions(kRecords, "one"));
  other.write("qa.jsonl", questions(kRecords, "other"));
  CHECK(one.run(kSubmit).exit == 75);
  const int exit = other.run(kSubmit).exit;
  CHECK((exit == 75 || exit == 0));  // on a slow machine the first run's jobs have ended, and all of these fit
  for (const Desk* desk : {&one, &other}) CHECK(desk->run({"resume", "--wait"}).exit == 0);
  const Json ledger = sandbox.ledger(true);
  CHECK(one.status("qa").at("run_id") != other.status("qa").at("run_id"));
  for (const Desk* desk : {&one, &other}) {
    CHECK(not_exactly_once(ledger, desk->status("qa").at("run_id"), kRecords, kChunks) == "");
    CHECK(desk->run({"download", "qa"}).exit == 0);
  }
  CHECK(!has(one.read("qa.results.jsonl"), "other 1"));
  CHECK(!has(other.read("qa.results.jsonl"), "one 1"));
}

}  // namespace batchctl::e2e
