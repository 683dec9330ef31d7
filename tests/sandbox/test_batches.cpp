#include <doctest/doctest.h>

#include <fstream>
#include <set>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {

TEST_CASE("calls without a key or with a bad one are refused in the service's words") {
  Options options;
  SUBCASE("no keys configured") {
    Rig rig(options);
    rig.key = "";
    const Reply none = rig.get("/v1beta/batches");
    CHECK(none.status == 403);
    CHECK(none.json()["error"]["status"] == "PERMISSION_DENIED");
    CHECK(rig.get("/v1beta/batches?key=any").status == 200);
    const Reply bad = rig.get("/v1beta/batches?key=bad-one");
    CHECK(bad.status == 400);
    CHECK(bad.json()["error"]["message"] == "API key not valid. Please pass a valid API key.");
    CHECK(bad.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID");
  }
  SUBCASE("keys configured") {
    options.keys = {"good"};
    Rig rig(options);
    CHECK(rig.get("/v1beta/batches").status == 400);
    rig.key = "good";
    CHECK(rig.get("/v1beta/batches").status == 200);
  }
}

TEST_CASE("create is refused without effect") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  SUBCASE("for a model that is not there") {
    const Reply reply = rig.create("a", "bc/run/0", "unknown-model");
    CHECK(reply.status == 404);
    CHECK(reply.json()["error"]["message"].get<std::string>().find("no longer available") != std::string::npos);
  }
  SUBCASE("for a file that is not there") {
    const Reply reply = rig.create("b", "bc/run/0");
    CHECK(reply.status == 403);
    CHECK(reply.json()["error"]["message"] == "You do not have permission to access the File b or it may not exist.");
  }
  SUBCASE("for another project's file") {
    rig.key = "other";
    CHECK(rig.create("a", "bc/run/0").status == 403);
  }
  SUBCASE("without a display name") { CHECK(rig.create("a", "").status == 400); }
  SUBCASE("with a member that the schema does not know") {
    CHECK(rig.post("/v1beta/models/m:batchGenerateContent", R"({"batch":{"name_of_it":"x"}})").status == 400);
  }
  SUBCASE("with a body that is not JSON") {
    CHECK(rig.post("/v1beta/models/m:batchGenerateContent", "{\"batch\"").status == 400);
  }
  rig.key = "key";
  CHECK(rig.get("/v1beta/batches").json() == Json::object());
  CHECK(rig.server->ledger().creates == 0);
  CHECK(rig.server->ledger().refusals == 1);
}

TEST_CASE("every bad line is named in one refusal") {
  Rig rig;
  rig.upload("a", line("r0", "Fine") + R"({"key":"r1", "request":[{"contents":[]}]})" + "\n" + line("r2", "Fine") +
                      "{\"key\":\n" + R"({"key":"r4","request":{"contents":[{}],"config":{}}})" + "\n");
  const Reply reply = rig.create("a", "bc/run/0");
  CHECK(reply.status == 400);
  CHECK(reply.json()["error"]["message"] ==
        "Error on line 2: invalid JSON, near column 24: unexpected character: '['; expected '{'\n"
        "Error on line 4: invalid JSON, near column 8: unexpected end of input\n"
        "Error on line 5: invalid JSON, near column 40: no such field: 'config'");
}

TEST_CASE("a job past the cap of jobs or tokens is refused until another ends") {
  Options options;
  SUBCASE("jobs") { quota_of(options.scenario, QuotaRule::Limit::jobs).most = 2; }
  SUBCASE("tokens") { quota_of(options.scenario, QuotaRule::Limit::tokens).most = 25; }
  Rig rig(options);
  rig.upload("a", line("r0", std::string(40, 'x')));  // 10 tokens
  CHECK(rig.create("a", "bc/run/0").status == 200);
  CHECK(rig.create("a", "bc/run/1").status == 200);
  const Reply refused = rig.create("a", "bc/run/2");
  CHECK(refused.status == 429);
  CHECK_FALSE(refused.json()["error"].contains("details"));
  CHECK(refused.json()["error"]["status"] == "RESOURCE_EXHAUSTED");
  rig.pass(hours{1});
  CHECK(rig.create("a", "bc/run/2").status == 200);
  CHECK(rig.server->ledger().peak_active_jobs == 2);
  CHECK(rig.server->ledger().refusals_by_status.at("429") == 1);
}

TEST_CASE("caps can be changed while the sandbox runs") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  CHECK(rig.post("/__sandbox/scenario", R"({"quotas":[{"limit":"jobs","most":0}]})").status == 200);
  CHECK(rig.create("a", "bc/run/0").status == 429);
  CHECK(rig.post("/__sandbox/scenario", R"({"quotas":[]})").status == 200);
  CHECK(rig.create("a", "bc/run/0").status == 200);
}

TEST_CASE("the same create twice makes two jobs") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  CHECK(rig.create_job("a", "bc/run/0") != rig.create_job("a", "bc/run/0"));
}

TEST_CASE("jobs are listed newest first in pages, and a new job does not shift the later pages") {
  Options options;
  options.scenario.lists.page = 2;
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  for (int i = 0; i < 5; ++i) rig.create("a", "bc/run/" + std::to_string(i));
  std::vector<std::string> names;
  std::string token;
  do {
    const Json page = rig.get("/v1beta/batches?pageSize=100&pageToken=" + token).json();
    CHECK(page["operations"].size() <= 2);
    for (const auto& one : page["operations"]) names.push_back(one["metadata"]["displayName"]);
    token = page.value("nextPageToken", "");
    if (names.size() == 2) rig.create("a", "bc/run/new");
  } while (!token.empty());
  CHECK(names == std::vector<std::string>{"bc/run/4", "bc/run/3", "bc/run/2", "bc/run/1", "bc/run/0"});
  CHECK(rig.get("/v1beta/batches?pageToken=nonsense").status == 400);
}

TEST_CASE("jobs belong to the project of the key") {
  Rig rig;
  rig.key = "mine.first";
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.key = "mine.second";
  CHECK(rig.get("/v1beta/" + job).status == 200);
  rig.key = "other";
  CHECK(rig.get("/v1beta/" + job).status == 404);
  CHECK(rig.get("/v1beta/batches").json() == Json::object());
}

TEST_CASE("a cancelled job ends without output, and an ended one cannot be cancelled") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  const std::string other = rig.create_job("a", "bc/run/1");
  CHECK(rig.post("/v1beta/" + job + ":cancel", "{}").json() == Json::object());
  CHECK(rig.post("/v1beta/" + job + ":cancel", "{}").status == 200);
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_CANCELLED");
  CHECK(ended["done"] == true);
  CHECK(ended["error"]["code"] == 13);
  CHECK(rig.download(job).status == 404);
  CHECK(rig.post("/v1beta/" + other + ":cancel", "{}").status == 400);
}

TEST_CASE("a deleted job is gone with its output") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  CHECK(rig.download(job).status == 200);
  CHECK(rig.remove("/v1beta/" + job).json() == Json::object());
  CHECK(rig.download(job).status == 404);
  CHECK(rig.get("/v1beta/" + job).status == 404);
  CHECK(rig.remove("/v1beta/" + job).json()["error"]["message"] == "Requested entity was not found.");
}

TEST_CASE("a job keeps its input when the file is deleted") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.remove("/v1beta/files/a");
  rig.pass(hours{1});
  CHECK(rig.download(job).status == 200);
}

TEST_CASE("a job that takes longer than 48 hours expires without output") {
  Options options;
  options.scenario.jobs.running = hours{100};
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{48});
  CHECK(rig.state_of(job) == "BATCH_STATE_EXPIRED");
  CHECK(rig.download(job).status == 404);
}

TEST_CASE("generated files are too long for get and delete, and are not listed") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  rig.download(job);
  const std::string path = "/v1beta/files/batch-" + job.substr(8);
  CHECK(rig.get(path).status == 400);
  CHECK(rig.remove(path).json()["error"]["message"] ==
        "* DeleteFileRequest.name: File ID (name excluding 'files/') cannot be more than 40 characters.\n");
  CHECK(rig.get("/v1beta/files").json()["files"].size() == 1);
}

TEST_CASE("short pages of any length show every job once, also when one of them is empty") {
  Options options;
  options.scenario.lists.is_short = true;
  quota_of(options.scenario, QuotaRule::Limit::jobs).most = 1000;
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  for (int i = 0; i < 60; ++i) rig.create("a", "bc/run/" + std::to_string(i));
  std::vector<std::string> names;
  std::set<std::size_t> lengths;
  std::string token;
  do {
    const Json page = rig.get("/v1beta/batches?pageSize=5&pageToken=" + token).json();
    CHECK(page == rig.get("/v1beta/batches?pageSize=5&pageToken=" + token).json());
    const Json operations = page.value("operations", Json::array());
    lengths.insert(operations.size());
    for (const auto& one : operations) names.push_back(one["metadata"]["displayName"]);
    token = page.value("nextPageToken", "");
    CHECK(token.empty() == (names.size() == 60));
  } while (!token.empty());
  REQUIRE(names.size() == 60);
  for (std::size_t i = 0; i < 60; ++i) CHECK(names[59 - i] == "bc/run/" + std::to_string(i));
  CHECK(*lengths.begin() == 0);
  CHECK(*lengths.rbegin() == 5);
}

TEST_CASE("a page token that nobody gave is refused") {
  Rig rig;
  CHECK(rig.get("/v1beta/batches?pageToken=nonsense").status == 400);
  CHECK(rig.get("/v1beta/batches?pageToken=YmVmb3JlOg==").status == 400);  // "before:"
}

TEST_CASE("jobs take different times, all near the median") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  std::vector<std::string> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(rig.create_job("a", "bc/run/" + std::to_string(i)));
  rig.pass(minutes{9});
  for (const auto& job : jobs) CHECK(rig.state_of(job) != "BATCH_STATE_SUCCEEDED");
  rig.pass(minutes{6});
  std::set<std::string> ends;
  for (const auto& job : jobs) ends.insert(rig.get("/v1beta/" + job).json()["metadata"]["endTime"].get<std::string>());
  CHECK(ends.size() == 20);
}

}  // namespace batchctl::sandbox
