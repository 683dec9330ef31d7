#include <doctest/doctest.h>

#include "sandbox/rows.hpp"

namespace batchctl::sandbox {
namespace {

Reply patch(Rig& rig, const std::string& target, const Json& body) {
  const auto result =
      rig.client->Patch("/v1beta/" + target, {{"x-goog-api-key", "key"}}, body.dump(), "application/json");
  return result ? Reply{result->status, result->body, result->headers} : Reply{};
}

}  // namespace

TEST_CASE("a job's priority is changed, and the answer is the batch without an operation around it") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  CHECK_FALSE(rig.get("/v1beta/" + job).json()["metadata"].contains("priority"));
  const Json batch = patch(rig, job + ":updateGenerateContentBatch?updateMask=priority", {{"priority", "5"}}).json();
  CHECK(batch["name"] == job);
  CHECK(batch["priority"] == "5");
  CHECK(batch["state"] == "BATCH_STATE_PENDING");
  CHECK_FALSE(batch.contains("metadata"));
  CHECK(rig.get("/v1beta/" + job).json()["metadata"]["priority"] == "5");
}

TEST_CASE("another display name changes no row") {
  Options options;
  options.scenario.rows.error = 0.5;
  Rig rig(options);
  rig.upload("a", many_lines(100));
  const std::string job = rig.create_job("a", "bc/run/0");
  const std::string twin = rig.create_job("a", "bc/run/0");
  CHECK(patch(rig, job + ":updateGenerateContentBatch?updateMask=displayName", {{"displayName", "new"}}).status == 200);
  rig.pass(hours{1});
  CHECK(rig.get("/v1beta/" + job).json()["metadata"]["displayName"] == "new");
  CHECK(rig.download(job).body == rig.download(twin).body);
}

TEST_CASE("what cannot be changed is refused") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  CHECK(patch(rig, job + ":updateGenerateContentBatch?updateMask=state", {{"state", "x"}}).status == 400);
  CHECK(patch(rig, job + ":updateGenerateContentBatch?updateMask=priority", {{"priority", "high"}}).status == 400);
  CHECK(patch(rig, job + ":updateEmbedContentBatch?updateMask=priority", {{"priority", "5"}}).status == 404);
  CHECK(patch(rig, "batches/none:updateGenerateContentBatch?updateMask=priority", {{"priority", "5"}}).status == 404);
}

}  // namespace batchctl::sandbox
