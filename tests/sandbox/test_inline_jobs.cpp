#include <doctest/doctest.h>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

Json question(const std::string& text) { return {{"contents", {{{"role", "user"}, {"parts", {{{"text", text}}}}}}}}; }

Json inline_body(const Json& requests) {
  return {{"batch", {{"displayName", "small"}, {"inputConfig", {{"requests", {{"requests", requests}}}}}}}};
}

Reply create_inline(Rig& rig, const Json& requests) {
  return rig.post("/v1beta/models/gemini-x:batchGenerateContent", inline_body(requests).dump());
}

const Json kTwo = {{{"request", question("One?")}, {"metadata", {{"key", "q-1"}, {"page", 7}}}},
                   {{"request", {{"contents", Json::array()}}}, {"metadata", {{"key", "q-2"}}}}};

}  // namespace

TEST_CASE("inline responses come with get, each with its metadata, and not with the list") {
  Rig rig;
  const Json pending = create_inline(rig, kTwo).json();
  const std::string job = pending["name"];
  CHECK(pending["metadata"]["batchStats"] == Json{{"requestCount", "2"}, {"pendingRequestCount", "2"}});
  CHECK_FALSE(pending["metadata"].contains("inputConfig"));
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["metadata"]["batchStats"] ==
        Json{{"requestCount", "2"}, {"successfulRequestCount", "1"}, {"failedRequestCount", "1"}});
  const Json responses = ended["metadata"]["output"]["inlinedResponses"]["inlinedResponses"];
  REQUIRE(responses.size() == 2);
  CHECK(part_text(responses[0]).substr(15) == " to: One?");
  CHECK(responses[0]["metadata"] == Json{{"key", "q-1"}, {"page", 7}});
  CHECK(responses[1] == Json{{"error", {{"code", 3}, {"message", "Request contains an invalid argument."}}},
                             {"metadata", {{"key", "q-2"}}}});
  CHECK(ended["response"]["inlinedResponses"]["inlinedResponses"] == responses);
  CHECK(rig.get("/v1beta/" + job).json() == ended);

  const Json listed = rig.get("/v1beta/batches").json()["operations"][0];
  CHECK(listed["metadata"]["state"] == "BATCH_STATE_SUCCEEDED");
  CHECK_FALSE(listed["metadata"].contains("output"));
  CHECK_FALSE(listed["response"].contains("inlinedResponses"));
  CHECK(rig.get("/v1beta/files").json() == Json::object());
}

TEST_CASE("the ledger counts inline requests by the keys in their metadata") {
  Rig rig;
  const std::string job = create_inline(rig, kTwo).json()["name"];
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  const Json ledger = rig.get("/__sandbox/ledger").json();
  CHECK(ledger["accepted"] == Json{{"small", {{"q-1", 1}, {"q-2", 1}}}});
  const Json responses = ended["metadata"]["output"]["inlinedResponses"]["inlinedResponses"];
  CHECK(ledger["tokens_by_display_name"]["small"] == sum_of_tokens(responses.get<std::vector<Json>>()));
}

TEST_CASE("inline requests without metadata are answered without metadata") {
  Rig rig;
  const std::string job = create_inline(rig, Json::array({{{"request", question("One?")}}})).json()["name"];
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  const Json response = ended["metadata"]["output"]["inlinedResponses"]["inlinedResponses"][0];
  CHECK(response.contains("response"));
  CHECK_FALSE(response.contains("metadata"));
}

TEST_CASE("snake_case names are taken in a create call") {
  Rig rig;
  const Json body = {{"batch", {{"display_name", "small"}, {"input_config", {{"requests", {{"requests", kTwo}}}}}}}};
  CHECK(rig.post("/v1beta/models/gemini-x:batchGenerateContent", body.dump()).status == 200);
}

TEST_CASE("an inline create that is wrong is refused, and the place is named") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  Json body = inline_body(kTwo);
  std::string says;
  SUBCASE("both a file and requests") {
    body["batch"]["inputConfig"]["fileName"] = "files/a";
    says = "exactly one of file_name and requests must be set";
  }
  SUBCASE("neither") {
    body["batch"]["inputConfig"] = Json::object();
    says = "exactly one of file_name and requests must be set";
  }
  SUBCASE("no requests") {
    body = inline_body(Json::array());
    says = "no requests were given";
  }
  SUBCASE("an unknown member of the input") {
    body["batch"]["inputConfig"]["file"] = "files/a";
    says = "Unknown name \"file\" at 'batch.input_config'";
  }
  SUBCASE("a key beside the request") {
    body["batch"]["inputConfig"]["requests"]["requests"][1]["key"] = "q-2";
    says = "Unknown name \"key\" at 'batch.input_config.requests.requests[1]'";
  }
  SUBCASE("an unknown member of a request") {
    body["batch"]["inputConfig"]["requests"]["requests"][1]["request"]["config"] = Json::object();
    says = "Unknown name \"config\" at 'batch.input_config.requests.requests[1].request'";
  }
  SUBCASE("a body that is too large") {
    body["batch"]["inputConfig"]["requests"]["requests"][0]["request"] = question(std::string(20971520, 'x'));
    says = "Request payload size exceeds the limit: 20971520 bytes.";
  }
  const Reply reply = rig.post("/v1beta/models/gemini-x:batchGenerateContent", body.dump());
  CHECK(reply.status == 400);
  CHECK(reply.json()["error"]["message"].get<std::string>().find(says) != std::string::npos);
  CHECK(rig.server->ledger().creates == 0);
}

TEST_CASE("an inline job is cancelled and deleted as any other") {
  Options options;
  options.scenario.jobs.cancel = JobRules::CancelEnd::partial;
  Rig rig(options);
  Json requests = Json::array();
  for (int i = 0; i < 10; ++i) requests.push_back({{"request", question("Why?")}, {"metadata", {{"key", i}}}});
  const std::string job = create_inline(rig, requests).json()["name"];
  rig.pass(minutes{8});
  CHECK(rig.post("/v1beta/" + job + ":cancel", "{}").status == 200);
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["metadata"]["state"] == "BATCH_STATE_CANCELLED");
  const Json responses = ended["metadata"]["output"]["inlinedResponses"]["inlinedResponses"];
  REQUIRE(responses.size() == 10);
  CHECK(responses[0].contains("response"));
  CHECK(responses[9] == Json{{"error", {{"code", 1}}}, {"metadata", {{"key", 9}}}});
  CHECK(rig.remove("/v1beta/" + job).status == 200);
  CHECK(rig.get("/v1beta/" + job).status == 404);
}

}  // namespace batchctl::sandbox
