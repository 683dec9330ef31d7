// What the sandbox answers, against the discovery document: what the contract suite does not come by.
#include <doctest/doctest.h>

#include "discovery/exchanges.hpp"
#include "sandbox/rig.hpp"

using namespace batchctl;
using namespace batchctl::discovery;
using sandbox::Options;
using sandbox::Rig;

namespace {

/// A sandbox whose every exchange is judged in the end.
struct Judged {
  Listener listener;
  Rig rig;

  explicit Judged(const char* scenario = "{}") : rig(options(scenario)) {}
  ~Judged() {
    rig.server->stop();
    CHECK_MESSAGE(listener.faults() == "", listener.faults());
    if (Discovery::beside_the_project() != nullptr) CHECK(listener.heard() > 0);
  }

  std::string job_of(int records) {
    std::string input;
    for (int i = 0; i < records; ++i) input += sandbox::line("r" + std::to_string(i), "Question " + std::to_string(i));
    rig.upload("a", input);
    return rig.create_job("a", "bc/run/0");
  }

 private:
  Options options(const char* scenario) {
    Options options;
    auto read = sandbox::parse_scenario(scenario, {});
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error()));
    options.scenario = read.value();
    options.on_exchange = listener.ear();
    return options;
  }
};

}  // namespace

TEST_CASE("rows of every kind, and the job that has them, are as the document says") {
  Judged judged(R"({"rows": {"error": 0.2, "missing": 0.1}})");
  const std::string job = judged.job_of(200);
  judged.rig.pass(hours{1});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_SUCCEEDED");
  CHECK(judged.rig.download(job).status == 200);
}

TEST_CASE("jobs in every state are as the document says") {
  Judged judged;
  const std::string done = judged.job_of(2);
  CHECK(judged.rig.state_of(done) == "BATCH_STATE_PENDING");
  const std::string cancelled = judged.rig.create_job("a", "bc/run/1");
  judged.rig.post("/v1beta/" + cancelled + ":cancel", "{}");
  CHECK(judged.rig.state_of(cancelled) == "BATCH_STATE_CANCELLED");
  judged.rig.pass(minutes{6});
  CHECK(judged.rig.state_of(done) == "BATCH_STATE_RUNNING");
  judged.rig.pass(hours{1});
  CHECK(judged.rig.state_of(done) == "BATCH_STATE_SUCCEEDED");
  CHECK(judged.rig.get("/v1beta/batches").status == 200);
  CHECK(judged.rig.remove("/v1beta/" + done).status == 200);
}

TEST_CASE("a job that expires is as the document says") {
  Judged judged(R"({"jobs": {"pending": "60h"}})");
  const std::string job = judged.job_of(2);
  judged.rig.pass(hours{49});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_EXPIRED");
}

TEST_CASE("refusals are as the document says") {
  Judged judged(R"({"quotas": [{"limit": "jobs", "most": 1}, {"limit": "storage", "most": 1000}]})");
  Rig& rig = judged.rig;
  judged.job_of(2);
  CHECK(rig.create("a", "bc/run/1").status == 429);
  CHECK(rig.create("b", "bc/run/1").status == 403);
  CHECK(rig.create("a", "bc/run/1", "unknown-model").status == 404);
  CHECK(rig.upload("c", std::string(2000, 'x')).status == 429);
  CHECK(rig.upload("d", "x", "jsonl").status == 400);
  CHECK(rig.upload("a", "x").status == 409);
  CHECK(rig.upload("A", "x").status == 400);
  CHECK(rig.get("/v1beta/batches/none").status == 404);
  CHECK(rig.get("/v1beta/files/none").status == 403);
  rig.key = "bad";
  CHECK(rig.get("/v1beta/files").status == 400);
  rig.key = "";
  CHECK(rig.get("/v1beta/files").status == 403);
}
