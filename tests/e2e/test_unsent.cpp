// --skip-invalid and --dedupe on the real binary: the counts of status, results, list of errors and the service agree.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "e2e/process.hpp"
#include "schemas/schema.hpp"

namespace batchctl::e2e {

namespace {

const Words kQuick = {"--time-scale", "1000", "--pending", "1m", "--running", "1m"};

struct Counts {
  int ok = 0, failed = 0, same = 0, invalid = 0;
};

Counts counts_in(const std::string& text) {
  Counts counts;
  for (const std::string& line : lines_of(text)) {
    const Json row = Json::parse(line);
    ++(row["status"] == "ok" ? counts.ok : counts.failed);
    if (row.contains("same_as")) ++counts.same;
    if (row["error"].is_object() && row["error"]["code"] == "INVALID_INPUT") ++counts.invalid;
  }
  return counts;
}

/// The chunks of a run as they were planned.
Json plan_of(const Desk& desk, const std::string& run) {
  Json planned = Json::array();
  const Json status = desk.status(run, {"--offline", "--chunks"});
  for (const Json& chunk : status["chunk_list"])
    planned.push_back(
        {chunk["index"], chunk["records"], chunk["first_record"], chunk["unsent"], chunk["bytes"], chunk["tokens"]});
  return planned;
}

}  // namespace

TEST_CASE("bad lines are skipped and told, equal requests are sent once, and every count agrees") {
  const Sandbox sandbox(kQuick);
  const Desk desk(sandbox);
  std::string input;
  for (int i = 0; i < 60; ++i)
    input += i % 6 == 1   ? fmt::format("{{\"id\":{},\"question\":null}}\n", i)
             : i % 6 == 4 ? std::string("{\"id\":\n")
                          : fmt::format("{{\"id\":{},\"question\":\"What is {}?\"}}\n", i, i % 15);
  desk.write("qa.jsonl", input);
  const Words plan = {"qa.jsonl", "--chunk-records", "4", "--skip-invalid", "--dedupe"};

  CHECK(desk.run({"submit", "qa.jsonl"}).exit == 1);
  const Outcome planned = desk.run(joined({"plan", "--json"}, plan));
  REQUIRE_MESSAGE(planned.exit == 0, planned.told());
  const Json records = planned.json()["runs"][0]["records"];
  CHECK(records["total"] == 60);
  CHECK(records["skipped"] == 20);
  CHECK(planned.json()["runs"][0]["warnings"].dump().find("qa.jsonl:2") != std::string::npos);

  const Outcome done = desk.run(joined({"submit", "--wait", "--json"}, plan));
  CHECK_MESSAGE(done.exit == 3, done.told());
  CHECK(done.err.find("20 records skipped") != std::string::npos);
  const Outcome downloaded = desk.run({"download"});
  CHECK_MESSAGE(downloaded.exit == 3, downloaded.told());
  const Counts results = counts_in(desk.read("qa.results.jsonl")),
               errors = counts_in(desk.read("qa.results.errors.jsonl"));
  const Json status = desk.status("qa");
  CHECK(results.ok + results.failed == 60);
  CHECK(results.invalid == 20);
  CHECK(errors.invalid == 20);
  CHECK(errors.failed == results.failed);
  CHECK(errors.ok == 0);
  CHECK(status["records"]["answered"] == results.ok);
  CHECK(status["records"]["failed"] == results.failed);
  CHECK(status["records"]["skipped"] == 20);
  CHECK(status["records"]["repeated"] == results.same);
  CHECK(results.same == records["repeated"]);
  CHECK(status["state"] == "complete_with_failures");
  std::int64_t sent = 0;
  const Json with_chunks = desk.status("qa", {"--offline", "--chunks"});
  for (const Json& chunk : with_chunks["chunk_list"]) sent += chunk["records"].get<std::int64_t>();
  CHECK(sent + 20 + results.same == 60);
  CHECK(results.ok == 40);
  CHECK(desk.run({"explain", "qa", "0"}).exit == 0);
}

TEST_CASE("a scan that is killed between two commits leaves the same records out as one that is not") {
  const Sandbox sandbox(joined(kQuick, {"--max-jobs", "1"}));
  const Desk desk(sandbox);
  std::string input;
  for (int i = 0; i < 2600; ++i)
    input += i % 7 == 3 ? std::string("no json\n")
                        : fmt::format("{{\"question\":\"What is {}?\"}}\n", i % 11 == 0 ? i / 500 : 10'000 + i);
  desk.write("qa.jsonl", input);
  const auto submit = [](const std::string& run) {
    return Words{"submit", "qa.jsonl", "--run", run, "--chunk-records", "1", "--skip-invalid", "--dedupe"};
  };
  CHECK(desk.run(submit("whole")).exit == 75);
  CHECK(plan_of(desk, "whole").size() == 2600 - 371 - desk.status("whole")["records"]["repeated"].get<std::size_t>());
  for (const std::string nth : {"1", "2"}) {
    Start killed = desk.start(submit("killed-" + nth));
    killed.environment["BATCHCTL_CRASH_AT"] = "chunks-stored:" + nth;
    CHECK(run(killed).signal == 9);
    const Outcome resumed = desk.run({"resume", "killed-" + nth});
    CHECK_MESSAGE(resumed.exit == 75, resumed.told());
    CHECK(plan_of(desk, "killed-" + nth) == plan_of(desk, "whole"));
    CHECK(desk.status("killed-" + nth)["records"]["total"] == 2600);
    for (const char* count : {"skipped", "repeated", "failed"})
      CHECK(desk.status("killed-" + nth)["records"][count] == desk.status("whole")["records"][count]);
  }
  CHECK(desk.status("whole")["records"]["skipped"] == 371);
}

}  // namespace batchctl::e2e
