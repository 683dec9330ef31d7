#include <doctest/doctest.h>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

Reply count(Rig& rig, const Json& body, const std::string& model = "gemini-x") {
  return rig.post("/v1beta/models/" + model + ":countTokens", body.dump());
}

Json contents(const std::string& text) { return {{{"role", "user"}, {"parts", {{{"text", text}}}}}}; }

}  // namespace

TEST_CASE("tokens are counted as a job's answer counts them") {
  Rig rig;
  const std::string text(123, 'x');
  const Json counted = count(rig, {{"contents", contents(text)}}).json();
  CHECK(counted == Json{{"totalTokens", 31}, {"promptTokensDetails", {{{"modality", "TEXT"}, {"tokenCount", 31}}}}});
  rig.upload("a", line("r0", text));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  CHECK(lines_of(rig.download(job).body).at(0)["response"]["usageMetadata"]["promptTokenCount"] == 31);
}

TEST_CASE("a whole request counts with its system instruction") {
  Rig rig;
  const Json request = {{"model", "models/gemini-x"},
                        {"contents", contents("12345678")},
                        {"systemInstruction", {{"parts", {{{"text", "1234"}}}}}}};
  CHECK(count(rig, {{"generateContentRequest", request}}).json()["totalTokens"] == 3);
}

TEST_CASE("counting is refused when it is not clear what to count") {
  Rig rig;
  CHECK(count(rig, Json::object()).status == 400);
  CHECK(count(rig, {{"contents", contents("a")}, {"generateContentRequest", {{"contents", contents("a")}}}}).status ==
        400);
  CHECK(count(rig, {{"contents", "a"}}).status == 400);
  CHECK(count(rig, {{"content", contents("a")}}).status == 400);
  CHECK(count(rig, {{"contents", contents("a")}}, "unknown-model").status == 404);
  CHECK(rig.server->ledger().requests.at("count_tokens") == 5);
}

}  // namespace batchctl::sandbox
