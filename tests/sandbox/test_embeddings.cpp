#include <doctest/doctest.h>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

std::string embed_line(const std::string& key, const std::string& text, int dimensions = 0) {
  Json request = {{"content", {{"parts", {{{"text", text}}}}}}};
  if (dimensions > 0) request["output_dimensionality"] = dimensions;
  return Json{{"key", key}, {"request", request}}.dump() + "\n";
}

Reply create_embeddings(Rig& rig, const Json& input) {
  const Json body = {{"batch", {{"displayName", "vectors"}, {"inputConfig", input}}}};
  return rig.post("/v1beta/models/gemini-embedding-001:asyncBatchEmbedContent", body.dump());
}

}  // namespace

TEST_CASE("an embedding job answers vectors that follow from the text") {
  Rig rig;
  rig.upload("a", embed_line("r0", "One", 8) + embed_line("r1", "Two", 8) + embed_line("r2", "One", 8) +
                      embed_line("r3", "One"));
  const Json pending = create_embeddings(rig, {{"file_name", "files/a"}}).json();
  const std::string job = pending["name"];
  CHECK(pending["metadata"]["@type"] == "type.googleapis.com/google.ai.generativelanguage.v1main.EmbedContentBatch");
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  CHECK(ended["response"]["@type"] ==
        "type.googleapis.com/google.ai.generativelanguage.v1main.EmbedContentBatchOutput");
  CHECK(ended["metadata"]["batchStats"] == Json{{"requestCount", "4"}, {"successfulRequestCount", "4"}});
  const auto rows = lines_of(rig.download(job).body);
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]["key"] == "r0");
  CHECK(rows[0]["response"]["tokenCount"] == "1");
  CHECK(rows[0]["response"]["embedding"]["values"].size() == 8);
  CHECK(rows[0]["response"] == rows[2]["response"]);
  CHECK(rows[0]["response"] != rows[1]["response"]);
  CHECK(rows[3]["response"]["embedding"]["values"].size() == 3072);
  CHECK(rig.server->ledger().tokens.prompt == 4);
}

TEST_CASE("inline embedding requests are answered with inline vectors") {
  Rig rig;
  const Json one = {{"request", {{"content", {{"parts", {{{"text", "One"}}}}}}, {"outputDimensionality", 4}}}};
  const std::string job = create_embeddings(rig, {{"requests", {{"requests", {one, one}}}}}).json()["name"];
  rig.pass(hours{1});
  const Json ended = rig.get("/v1beta/" + job).json();
  const Json responses = ended["metadata"]["output"]["inlinedResponses"]["inlinedResponses"];
  REQUIRE(responses.size() == 2);
  CHECK(responses[1]["response"]["embedding"]["values"].size() == 4);
}

TEST_CASE("lines of the other kind are refused by line") {
  Rig rig;
  rig.upload("questions", line("r0", "Why?"));
  rig.upload("texts", embed_line("r0", "One"));
  CHECK(create_embeddings(rig, {{"file_name", "files/questions"}}).json()["error"]["message"] ==
        "Error on line 1: invalid JSON, near column 24: no such field: 'contents'");
  CHECK(rig.create("texts", "bc/run/0").json()["error"]["message"] ==
        "Error on line 1: invalid JSON, near column 24: no such field: 'content'");
}

TEST_CASE("a dimensionality that is not there fails as a row") {
  Rig rig;
  rig.upload("a", embed_line("r0", "One", 5000));
  const std::string job = create_embeddings(rig, {{"file_name", "files/a"}}).json()["name"];
  rig.pass(hours{1});
  CHECK(lines_of(rig.download(job).body).at(0)["error"]["code"] == 3);
}

}  // namespace batchctl::sandbox
