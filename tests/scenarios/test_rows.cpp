// What single lines can be: refused before anything is sent, out of order, failed, blocked, cut short.
#include <algorithm>

#include "scenarios/world.hpp"

namespace batchctl::scenarios {

namespace {

constexpr int kRecords = 40;

/// All the way to the results of 40 questions.
ExitCode results_of(World& world) {
  world.ask(kRecords);
  static_cast<void>(world.submit());
  return world.download();
}

std::ptrdiff_t count_of(const World& world, const std::string& status) {
  const auto words = world.statuses();
  return std::count(words.begin(), words.end(), status);
}

}  // namespace

TEST_CASE("16: a line in the SDK's shape is refused by file and line before anything is sent") {
  World world;
  world.ask_text(R"({"key":"a","request":{"contents":"a bare text, as the SDK takes it"}})"
                 "\n");
  CHECK(world.submit() == ExitCode::failed);
  CHECK(world.witness.heard("qa.jsonl:1: \"request\".\"contents\" must be an array (the REST shape)"));
  CHECK(world.ledger().requests.empty());
}

TEST_CASE("17: rows in any order end beside their own questions") {
  World world(R"({"rows": {"shuffled": true}})");
  CHECK(results_of(world) == ExitCode::done);
  world.check_results(kRecords);
  CHECK(count_of(world, "ok") == kRecords);
}

TEST_CASE("19: a job that succeeded with every row failed is no success") {
  World world(R"({"rows": {"error": 1, "code": 3}})");
  CHECK(results_of(world) == ExitCode::incomplete);
  world.check_results(kRecords);
  CHECK(count_of(world, "error") == kRecords);
  CHECK(world.report().records.failed == kRecords);
}

TEST_CASE("20: half of the rows failed: the others are answers, each failed one carries its code and words") {
  World world(R"({"rows": {"error": 0.25, "status": 0.25, "code": 3}})");  // 3: nothing that comes again by itself
  CHECK(results_of(world) == ExitCode::incomplete);
  world.check_results(kRecords);
  const auto failed = count_of(world, "error");
  CHECK(failed > 5);
  CHECK(failed < 35);
  CHECK(count_of(world, "ok") == kRecords - failed);
  for (const auto& line : world.results()) {
    if (line["status"] != "error") continue;
    CHECK(line["error"]["code"] == 3);
    CHECK(line["answer"].is_null());
  }
}

TEST_CASE("22: an answer cut short is truncated, not answered") {
  World world(R"({"rows": {"truncated": 1}})");
  CHECK(results_of(world) == ExitCode::incomplete);
  CHECK(count_of(world, "truncated") == kRecords);
  CHECK(world.report().records.answered == 0);
}

TEST_CASE("27: blocked and empty answers are no answers") {
  World world(R"({"rows": {"blocked": 0.3, "blocked_prompt": 0.3, "empty": 0.4}})");
  CHECK(results_of(world) == ExitCode::incomplete);
  CHECK(count_of(world, "ok") == 0);
  CHECK(count_of(world, "blocked") > 5);
  CHECK(count_of(world, "empty") > 5);
  CHECK(count_of(world, "blocked") + count_of(world, "empty") == kRecords);
}

TEST_CASE("rows that are missing, doubled, without a key or no JSON leave one honest line a record") {
  // So many that repairs, which come by themselves, do not heal them all.
  World world(R"({"rows": {"missing": 0.3, "duplicate": 0.1, "keyless": 0.3, "garbled": 0.3}})");
  CHECK(results_of(world) == ExitCode::incomplete);
  world.check_results(kRecords);
  CHECK(count_of(world, "missing") > 3);
  CHECK(count_of(world, "missing") + count_of(world, "ok") == kRecords);
}

}  // namespace batchctl::scenarios
