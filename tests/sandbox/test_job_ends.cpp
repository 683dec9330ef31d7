#include <doctest/doctest.h>

#include <set>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

using CancelEnd = JobRules::CancelEnd;

struct Ended {
  Rig rig;
  std::string job;

  explicit Ended(const Options& options, int lines = 1) : rig(options) {
    rig.upload("a", many_lines(lines));
    job = rig.create_job("a", "bc/run/0");
  }
  Json get() { return rig.get("/v1beta/" + job).json(); }
};

}  // namespace

TEST_CASE("a job that fails has no output and the service's error") {
  Options options;
  options.scenario.jobs.failed = 1;
  Ended one(options, 9);
  CHECK(one.get()["metadata"]["state"] == "BATCH_STATE_PENDING");
  one.rig.pass(hours{1});
  const Json ended = one.get();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_FAILED");
  CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "9"}, {"pendingRequestCount", "9"}});
  CHECK(ended["error"] == Json{{"code", 13}, {"message", "An internal error has occurred."}});
  CHECK_FALSE(ended.contains("response"));
  CHECK_FALSE(ended["metadata"].contains("output"));
  CHECK(one.rig.download(one.job).status == 404);
}

TEST_CASE("a job that never ends runs until it expires after 48 hours") {
  Options options;
  options.scenario.jobs.expired = 1;
  Ended one(options);
  one.rig.pass(hours{48} - milliseconds{1});
  CHECK(one.rig.state_of(one.job) == "BATCH_STATE_RUNNING");
  one.rig.pass(milliseconds{1});
  const Json ended = one.get();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_EXPIRED");
  CHECK(ended["error"]["code"] == 4);
  CHECK(ended["metadata"]["endTime"].get<std::string>().substr(0, 13) == "2026-11-24T10");
}

TEST_CASE("the shares of jobs that fail and expire hold over many jobs") {
  Options options;
  options.scenario.jobs.failed = 0.25;
  options.scenario.jobs.expired = 0.25;
  quota_of(options.scenario, QuotaRule::Limit::jobs).most = 1000;
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  std::map<std::string, int> ends;
  std::vector<std::string> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back(rig.create_job("a", "bc/run/" + std::to_string(i)));
  rig.pass(hours{48});
  for (const auto& job : jobs) ++ends[rig.state_of(job)];
  CHECK(ends["BATCH_STATE_FAILED"] > 25);
  CHECK(ends["BATCH_STATE_FAILED"] < 75);
  CHECK(ends["BATCH_STATE_EXPIRED"] > 25);
  CHECK(ends["BATCH_STATE_EXPIRED"] < 75);
}

TEST_CASE("a pending job that is cancelled has no output, whatever the rules") {
  Options options;
  options.scenario.jobs.cancel = CancelEnd::succeeds;
  Ended one(options, 9);
  one.rig.post("/v1beta/" + one.job + ":cancel", "{}");
  const Json ended = one.get();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_CANCELLED");
  CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "9"}, {"pendingRequestCount", "9"}});
  CHECK(ended["error"] == Json{{"code", 13}, {"message", "Batch " + one.job.substr(8) + " failed without error."}});
}

TEST_CASE("a running job that is cancelled keeps the rows that were done") {
  Options options;
  options.scenario.rows.error = 0.2;
  std::string state;
  SUBCASE("and is CANCELLED") {
    options.scenario.jobs.cancel = CancelEnd::partial;
    state = "BATCH_STATE_CANCELLED";
  }
  SUBCASE("and is SUCCEEDED") {
    options.scenario.jobs.cancel = CancelEnd::succeeds;
    state = "BATCH_STATE_SUCCEEDED";
  }
  Ended one(options, 400);
  one.rig.pass(minutes{8});
  REQUIRE(one.rig.state_of(one.job) == "BATCH_STATE_RUNNING");
  one.rig.post("/v1beta/" + one.job + ":cancel", "{}");
  one.rig.pass(hours{1});
  const Json ended = one.get();
  CHECK(ended["metadata"]["state"] == state);
  CHECK_FALSE(ended.contains("error"));
  CHECK(ended["response"]["responsesFile"] == "files/batch-" + one.job.substr(8));
  const auto rows = lines_of(one.rig.download(one.job).body);
  REQUIRE(rows.size() == 400);
  std::size_t answered = 0;
  std::size_t unserved = 0;
  for (const Json& row : rows) {
    if (row.contains("response")) ++answered;
    if (row.contains("error") && row["error"] == Json{{"code", 1}}) ++unserved;
    CHECK((unserved == 0 || !row.contains("response")));  // rows are done in order
  }
  CHECK(answered > 50);
  CHECK(unserved > 50);
  CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "400"},
                                                {"successfulRequestCount", std::to_string(answered)},
                                                {"failedRequestCount", std::to_string(400 - answered)}});
}

TEST_CASE("the output of a job is named some time after it succeeded") {
  Options options;
  options.scenario.jobs.output_after = hours{2};
  Ended one(options);
  one.rig.pass(hours{1});
  const Json early = one.get();
  CHECK(early["metadata"]["state"] == "BATCH_STATE_SUCCEEDED");
  CHECK(early["metadata"]["batchStats"]["successfulRequestCount"] == "1");
  CHECK_FALSE(early["metadata"].contains("output"));
  CHECK_FALSE(early.contains("response"));
  CHECK_FALSE(early.contains("error"));
  CHECK(one.rig.download(one.job).status == 404);
  one.rig.pass(hours{2});
  CHECK(one.get()["metadata"]["output"] == Json{{"responsesFile", "files/batch-" + one.job.substr(8)}});
  CHECK(one.rig.download(one.job).status == 200);
}

TEST_CASE("the list shows a job later than get does") {
  Options options;
  options.scenario.jobs.listed_after = seconds{20};
  Ended one(options);
  CHECK(one.get()["name"] == one.job);
  CHECK(one.rig.get("/v1beta/batches").json() == Json::object());
  one.rig.pass(seconds{20});
  CHECK(one.rig.get("/v1beta/batches").json()["operations"].size() == 1);
}

TEST_CASE("an order decides how the next job ends") {
  Rig rig;
  rig.upload("a", many_lines(3));
  FaultOrder order;
  SUBCASE("it fails") {
    order.action = FaultAction::job_fails;
    rig.server->add_fault(order);
    const std::string job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{1});
    CHECK(rig.state_of(job) == "BATCH_STATE_FAILED");
  }
  SUBCASE("it expires") {
    order.action = FaultAction::job_expires;
    rig.server->add_fault(order);
    const std::string job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{48});
    CHECK(rig.state_of(job) == "BATCH_STATE_EXPIRED");
  }
  SUBCASE("it succeeds and every row is an error") {
    order.action = FaultAction::job_rows_fail;
    rig.server->add_fault(order);
    const std::string job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{1});
    const Json ended = rig.get("/v1beta/" + job).json();
    CHECK(ended["metadata"]["state"] == "BATCH_STATE_SUCCEEDED");
    CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "3"}, {"failedRequestCount", "3"}});
    for (const Json& row : lines_of(rig.download(job).body)) CHECK(row["error"]["code"] == 13);
  }
  SUBCASE("it succeeds and its output is never there") {
    order.action = FaultAction::output_gone;
    rig.server->add_fault(order);
    const std::string job = rig.create_job("a", "bc/run/0");
    rig.pass(hours{1});
    CHECK(rig.get("/v1beta/" + job).json()["response"]["responsesFile"] == "files/batch-" + job.substr(8));
    CHECK(rig.download(job).status == 404);
  }
  rig.upload("b", many_lines(1));
  const std::string next = rig.create_job("b", "bc/run/1");
  rig.pass(hours{1});
  CHECK(rig.state_of(next) == "BATCH_STATE_SUCCEEDED");
}

}  // namespace batchctl::sandbox
