#include <doctest/doctest.h>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
TEST_CASE("a file is uploaded, its job runs by the clock, and every answer names its question") {
  Rig rig;
  const std::string input = line("r0", "How high?") + line("r1", "How \"deep\"?\nReally?");
  const Json file = rig.upload("run-1-c0", input).json().at("file");
  CHECK(file["name"] == "files/run-1-c0");
  CHECK(file["sizeBytes"] == std::to_string(input.size()));
  CHECK(file["state"] == "ACTIVE");

  const Json pending = rig.create("run-1-c0", "bc/run/0").json();
  const std::string job = pending["name"];
  CHECK(job.size() == std::string("batches/").size() + 36);
  CHECK_FALSE(pending.contains("done"));
  CHECK(pending["metadata"]["state"] == "BATCH_STATE_PENDING");
  CHECK(pending["metadata"]["batchStats"] == Json{{"requestCount", "2"}, {"pendingRequestCount", "2"}});
  CHECK(rig.download(job).status == 404);

  rig.pass(minutes{6});
  CHECK(rig.state_of(job) == "BATCH_STATE_RUNNING");
  rig.pass(minutes{10});
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_SUCCEEDED");
  CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "2"}, {"successfulRequestCount", "2"}});
  CHECK(ended["done"] == true);
  const std::string output = ended["response"]["responsesFile"];
  CHECK(output == "files/batch-" + job.substr(8));
  CHECK(ended["metadata"]["output"]["responsesFile"] == output);

  const Reply results = rig.download(job);
  CHECK(results.body.compare(0, 12, "{\"response\":") == 0);
  CHECK(rig.get("/v1beta/" + output + ":download?alt=media").body == results.body);
  const auto rows = lines_of(results.body);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["key"] == "r1");
  const Json candidate = rows[1]["response"]["candidates"][0];
  const std::string text = candidate["content"]["parts"][0]["text"];
  CHECK(text.substr(0, 7) == "Answer ");
  CHECK(text.substr(15) == " to: How \"deep\"?\nReally?");
  CHECK(candidate["finishReason"] == "STOP");
  const Json usage = rows[1]["response"]["usageMetadata"];
  CHECK(usage["totalTokenCount"] == usage["promptTokenCount"].get<int>() + usage["candidatesTokenCount"].get<int>() +
                                        usage.value("thoughtsTokenCount", 0));
}

TEST_CASE("the same question gets the same answer in another job") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  rig.upload("b", line("r7", "Because.") + line("r8", "Why?"));
  const std::string first = rig.create_job("a", "bc/run/0");
  const std::string second = rig.create_job("b", "bc/run/1");
  rig.pass(hours{1});
  const Json one = lines_of(rig.download(first).body).at(0)["response"];
  const auto rows = lines_of(rig.download(second).body);
  CHECK(one == rows.at(1)["response"]);
  CHECK(one != rows.at(0)["response"]);
}

TEST_CASE("shares of rows fail or are left out, as the rates say, and come again the same") {
  Options options;
  options.scenario.rows.error = 0.25;
  options.scenario.rows.missing = 0.25;
  Rig rig(options);
  std::string input;
  for (int i = 0; i < 400; ++i) input += line("r" + std::to_string(i), "Question " + std::to_string(i));
  rig.upload("a", input);
  const std::string job = rig.create_job("a", "bc/run/0");
  const std::string again = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  const auto rows = lines_of(rig.download(job).body);
  std::size_t failed = 0;
  for (const auto& row : rows) failed += row.contains("error") ? 1U : 0U;
  CHECK(rows.size() > 250);
  CHECK(rows.size() < 350);
  CHECK(failed > 60);
  CHECK(failed < 140);
  CHECK(rig.get("/v1beta/" + job).json()["metadata"]["batchStats"]["failedRequestCount"] == std::to_string(failed));
  CHECK(rig.download(again).body == rig.download(job).body);
}

TEST_CASE("answers carry the date of the sandbox's clock") {
  Rig rig;
  CHECK(rig.get("/v1beta/batches").header("Date") == "Sun, 22 Nov 2026 10:00:00 GMT");
}

}  // namespace batchctl::sandbox
