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

TEST_CASE("rows of every kind that is JSON, and the job that has them, are as the document says") {
  Judged judged(
      R"({"rows": {"error": 0.1, "status": 0.1, "missing": 0.1, "duplicate": 0.1, "keyless": 0.1, "blocked": 0.1,
                             "truncated": 0.1, "blocked_prompt": 0.1, "empty": 0.1, "shuffled": true}})");
  const std::string job = judged.job_of(400);
  judged.rig.pass(hours{1});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_SUCCEEDED");
  CHECK(judged.rig.download(job).status == 200);
}

TEST_CASE("a job that is cancelled while it runs, with part of its rows, is as the document says") {
  Judged judged(R"({"jobs": {"cancel": "partial"}})");
  const std::string job = judged.job_of(50);
  judged.rig.pass(minutes{8});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_RUNNING");
  judged.rig.post("/v1beta/" + job + ":cancel", "{}");
  judged.rig.pass(hours{1});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_CANCELLED");
  CHECK(judged.rig.download(job).status == 200);
}

TEST_CASE("a job that fails is as the document says") {
  Judged judged(R"({"jobs": {"failed": 1}})");
  const std::string job = judged.job_of(2);
  judged.rig.pass(hours{1});
  CHECK(judged.rig.state_of(job) == "BATCH_STATE_FAILED");
}

TEST_CASE("inline requests and their answers are as the document says") {
  Judged judged(R"({"rows": {"error": 0.3}})");
  sandbox::Json requests = sandbox::Json::array();
  for (int i = 0; i < 20; ++i)
    requests.push_back({{"request", {{"contents", {{{"parts", {{{"text", "Why " + std::to_string(i) + "?"}}}}}}}}},
                        {"metadata", {{"key", "r" + std::to_string(i)}}}});
  const sandbox::Json batch = {{"displayName", "inline"}, {"inputConfig", {{"requests", {{"requests", requests}}}}}};
  Rig& rig = judged.rig;
  const auto created = rig.post("/v1beta/models/gemini-x:batchGenerateContent", sandbox::Json{{"batch", batch}}.dump());
  REQUIRE(created.status == 200);
  rig.pass(hours{1});
  CHECK(rig.state_of(created.json().at("name")) == "BATCH_STATE_SUCCEEDED");
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("embeddings, of a file and inline, are as the document says") {
  Judged judged;
  Rig& rig = judged.rig;
  rig.upload("a", R"({"key":"r0","request":{"content":{"parts":[{"text":"Why?"}]},"output_dimensionality":8}})"
                  "\n");
  const auto embed = [&rig](const char* input) {
    const auto body = R"({"batch":{"displayName":"embed","inputConfig":)" + std::string(input) + "}}";
    const auto created = rig.post("/v1beta/models/gemini-embedding-001:asyncBatchEmbedContent", body);
    REQUIRE(created.status == 200);
    return created.json().at("name").get<std::string>();
  };
  const std::string of_file = embed(R"({"fileName":"files/a"})");
  const std::string within =
      embed(R"({"requests":{"requests":[{"request":{"content":{"parts":[{"text":"Why?"}]}}}]}})");
  rig.pass(hours{1});
  CHECK(rig.state_of(of_file) == "BATCH_STATE_SUCCEEDED");
  CHECK(rig.state_of(within) == "BATCH_STATE_SUCCEEDED");
  CHECK(rig.download(of_file).status == 200);
}

TEST_CASE("a count of tokens is as the document says") {
  Judged judged;
  const std::string path = "/v1beta/models/gemini-x:countTokens";
  CHECK(judged.rig.post(path, R"({"contents":[{"parts":[{"text":"Why?"}]}]})").status == 200);
  CHECK(judged.rig.post(path, R"({"generateContentRequest":{"contents":[{"parts":[{"text":"Why?"}]}]}})").status ==
        200);
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

TEST_CASE("a change of a job's priority is as the document says") {
  Judged judged;
  const std::string path = "/v1beta/" + judged.job_of(2) + ":updateGenerateContentBatch?updateMask=priority";
  const auto changed =
      judged.rig.client->Patch(path, {{"x-goog-api-key", "key"}}, R"({"priority":"5"})", "application/json");
  REQUIRE(changed);
  CHECK(changed->status == 200);
}

TEST_CASE("a job that expires is as the document says") {
  Judged judged(R"({"jobs": {"expired": 1}})");
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
