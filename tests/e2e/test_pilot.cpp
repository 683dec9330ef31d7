// --pilot on the real binary: a few records go first, a person looks, then the rest goes.
#include <doctest/doctest.h>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

TEST_CASE("a pilot is planned, sent alone, shown, and released; killed or not, every record goes once") {
  const Sandbox sandbox({"--time-scale", "1000", "--pending", "1m", "--running", "1m"});
  const Desk desk(sandbox);
  desk.write("qa.jsonl", questions(20));
  const Words plan = {"qa.jsonl", "--chunk-records", "4", "--pilot", "3"};

  const Outcome planned = desk.run(joined({"plan", "--json"}, plan));
  REQUIRE_MESSAGE(planned.exit == 0, planned.told());
  CHECK(planned.json()["runs"][0]["pilot"]["records"] == 3);
  CHECK(planned.json()["runs"][0]["jobs_planned"] == 6);
  CHECK(desk.run(joined({"plan"}, plan)).out.find("batchctl resume qa --release") != std::string::npos);

  Start killed = desk.start(joined({"submit"}, plan));
  killed.environment["BATCHCTL_CRASH_AT"] = "plan-stored";
  CHECK(run(killed).signal == 9);
  const Outcome submitted = desk.run(joined({"submit", "--json"}, plan));
  CHECK_MESSAGE(submitted.exit == 4, submitted.told());
  CHECK(submitted.last_event()["run"]["pause"]["kind"] == "pilot");
  CHECK(submitted.last_event()["run"]["pause"]["reason"] == "PILOT");
  CHECK(submitted.last_event()["run"]["next"] == "batchctl resume qa --release");
  CHECK(sandbox.ledger()["create_requests"] == 1);
  CHECK(desk.run({"status", "--offline", "--exit-status"}).exit == 4);

  CHECK(desk.run({"resume", "--wait"}).exit == 4);
  const Outcome shown = desk.run({"download", "--partial", "--output", "look.jsonl"});
  CHECK_MESSAGE(shown.exit == 75, shown.told());
  int ok = 0, outstanding = 0;
  for (const std::string& line : lines_of(desk.read("look.jsonl"))) {
    const Json row = Json::parse(line);
    ok += row["status"] == "ok" ? 1 : 0;
    outstanding += row["status"] == "outstanding" ? 1 : 0;
  }
  CHECK(ok == 3);
  CHECK(outstanding == 17);
  CHECK(desk.run({"resume", "qa"}).exit == 4);
  CHECK(sandbox.ledger()["create_requests"] == 1);

  const Outcome released = desk.run({"resume", "qa", "--release", "--wait"});
  CHECK_MESSAGE(released.exit == 0, released.told());
  CHECK(desk.run({"download"}).exit == 0);
  CHECK(lines_of(desk.read("qa.results.jsonl")).size() == 20);
  CHECK(not_exactly_once(sandbox.ledger(true), desk.status("qa")["run_id"], 20, 6).empty());
  CHECK(desk.run({"submit", "qa.jsonl", "--chunk-per-file", "--pilot", "3", "--run", "other"}).exit == 2);
}

}  // namespace batchctl::e2e
