// What becomes of a file after its upload, and generated files.
#include <doctest/doctest.h>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {
namespace {

std::string output_path(const std::string& job) {
  return "/v1beta/files/batch-" + job.substr(std::string("batches/").size());
}

}  // namespace

TEST_CASE("a new file is PROCESSING for as long as the scenario says, and no job takes it before") {
  Options options;
  options.scenario.files.processing = seconds{30};
  Rig rig(options);
  const Json file = rig.upload("a", line("r0", "Why?")).json()["file"];
  CHECK(file["state"] == "PROCESSING");
  const Reply early = rig.create("a", "bc/run/0");
  CHECK(early.status == 400);
  CHECK(early.json()["error"]["status"] == "FAILED_PRECONDITION");
  rig.pass(seconds{30} - milliseconds{1});
  CHECK(rig.get("/v1beta/files/a").json()["state"] == "PROCESSING");
  rig.pass(milliseconds{1});
  const Json active = rig.get("/v1beta/files/a").json();
  CHECK(active["state"] == "ACTIVE");
  CHECK(active["createTime"] == file["createTime"]);
  CHECK(active["updateTime"] != file["updateTime"]);
  CHECK(rig.create("a", "bc/run/0").status == 200);
}

TEST_CASE("a file can be ordered to stay PROCESSING, or to fail after it") {
  const ScratchDirectory home;
  Options options;
  options.dir = home.path();
  const auto state = [](Rig& rig, const char* id) {
    return rig.get(std::string("/v1beta/files/") + id).json()["state"].get<std::string>();
  };
  {
    Rig rig(options);
    rig.server->add_fault({.on = "start", .action = FaultAction::file_stuck, .body = {}});
    rig.server->add_fault({.on = "start", .nth = 2, .action = FaultAction::file_fails, .body = {}});
    CHECK(rig.upload("stuck", "four").json()["file"]["state"] == "PROCESSING");
    CHECK(rig.upload("fails", "four").json()["file"]["state"] == "PROCESSING");
    CHECK(rig.upload("fine", "four").json()["file"]["state"] == "ACTIVE");
  }
  Rig rig(options);  // the same after a restart
  rig.pass(hours{1});
  CHECK(state(rig, "stuck") == "PROCESSING");
  CHECK(state(rig, "fails") == "FAILED");
  CHECK(state(rig, "fine") == "ACTIVE");
  CHECK(rig.get("/v1beta/files/fails").json()["error"]["code"].is_number());
  CHECK(rig.create("fails", "bc/run/0").json()["error"]["status"] == "FAILED_PRECONDITION");
}

TEST_CASE("an order for a file holds also when the sandbox restarts before the bytes come") {
  const ScratchDirectory home;
  Options options;
  options.dir = home.path();
  std::string target;
  {
    Rig rig(options);
    rig.server->add_fault({.on = "start", .action = FaultAction::file_stuck, .body = {}});
    target = rig.upload_target(rig.start_upload({{"name", "files/a"}}, 4));
  }
  Rig rig(options);
  CHECK(rig.piece(target, "upload, finalize", 0, "four").json()["file"]["state"] == "PROCESSING");
}

TEST_CASE("a generated output is forbidden to get and delete by the length of its id, and the list leaves it out") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  rig.pass(hours{1});
  rig.download(job);
  const Reply got = rig.get(output_path(job));
  CHECK(got.status == 400);
  CHECK(got.json()["error"]["message"] ==
        "* GetFileRequest.name: File ID (name excluding 'files/') cannot be more than 40 characters.\n");
  const Reply removed = rig.remove(output_path(job));
  CHECK(removed.status == 400);
  CHECK(removed.json()["error"]["message"] ==
        "* DeleteFileRequest.name: File ID (name excluding 'files/') cannot be more than 40 characters.\n");
  CHECK(rig.get("/v1beta/files").json()["files"].size() == 1);
}

TEST_CASE("a scenario can let generated outputs be read, also before they were downloaded") {
  Options options;
  options.scenario.files.outputs_readable = true;
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  const std::string job = rig.create_job("a", "bc/run/0");
  CHECK(rig.get(output_path(job)).status == 403);
  rig.pass(hours{1});
  const Json file = rig.get(output_path(job)).json();
  CHECK(file["name"] == output_path(job).substr(std::string("/v1beta/").size()));
  CHECK(file["mimeType"] == "application/octet-stream");
  CHECK(file["sizeBytes"] == std::to_string(rig.download(job).body.size()));
  CHECK(file["source"] == "GENERATED");
  CHECK(file["state"] == "ACTIVE");
  CHECK(file["downloadUri"] == rig.server->base_url() + output_path(job) + ":download?alt=media");
  CHECK_FALSE(file.contains("expirationTime"));
  CHECK(rig.remove(output_path(job)).status == 400);
  CHECK(rig.get("/v1beta/files/" + std::string(41, 'a')).status == 400);
  rig.key = "other";
  CHECK(rig.get(output_path(job)).status == 403);
}

}  // namespace batchctl::sandbox
