#include <doctest/doctest.h>

#include "sandbox/rig.hpp"

namespace batchctl::sandbox {

TEST_CASE("a create that is dropped after its effect leaves a job and no answer") {
  Options options;
  options.scenario.faults = {{"create", 2, FaultAction::drop_after, 0, "", 1}};
  Rig rig(options);
  rig.upload("a", line("r0", "Why?"));
  CHECK(rig.create("a", "bc/run/0").status == 200);
  CHECK(rig.create("a", "bc/run/1").status == 0);
  CHECK(rig.create("a", "bc/run/2").status == 200);
  CHECK(rig.server->ledger().jobs_by_display_name.at("bc/run/1") == 1);
  CHECK(rig.get("/v1beta/batches").json()["operations"].size() == 3);
}

TEST_CASE("a dropped connection ends without a status line") {
  Rig rig;
  rig.server->add_fault({"list", 1, FaultAction::drop_before, 0, "", 1});
  httplib::Client client("127.0.0.1", rig.server->port());
  const auto result = client.Get("/v1beta/batches?key=key");
  CHECK(result.error() == httplib::Error::Read);
}

TEST_CASE("a create that is dropped before its effect leaves nothing") {
  Rig rig;
  rig.upload("a", line("r0", "Why?"));
  CHECK(rig.post("/__sandbox/faults", R"({"on":"create","nth":1,"do":"drop-before"})").status == 200);
  CHECK(rig.create("a", "bc/run/0").status == 0);
  CHECK(rig.server->ledger().creates == 0);
  CHECK(rig.create("a", "bc/run/0").status == 200);
}

TEST_CASE("a status can be ordered for several requests in a row") {
  Rig rig;
  CHECK(
      rig.post("/__sandbox/faults", R"({"on":"list","nth":2,"do":"status","status":503,"body":"","times":2})").status ==
      200);
  CHECK(rig.get("/v1beta/batches").status == 200);
  const Reply overloaded = rig.get("/v1beta/batches");
  CHECK(overloaded.status == 503);
  CHECK(overloaded.body.empty());
  CHECK(rig.get("/v1beta/batches").status == 503);
  CHECK(rig.get("/v1beta/batches").status == 200);
}

TEST_CASE("an upload whose last answer is lost is final when asked") {
  Rig rig;
  rig.server->add_fault({"upload", 1, FaultAction::drop_after, 0, "", 1});
  const std::string target = rig.upload_target(rig.start_upload({{"name", "files/lost"}}, 4));
  CHECK(rig.piece(target, "upload, finalize", 0, "four").status == 0);
  CHECK(rig.query(target).header("x-goog-upload-status") == "final");
  CHECK(rig.get("/v1beta/files/lost").status == 200);
}

TEST_CASE("an order that makes no sense is refused") {
  Rig rig;
  CHECK(rig.post("/__sandbox/faults", R"({"on":"create","do":"explode"})").status == 400);
  CHECK(rig.post("/__sandbox/faults", R"({"on":"nothing","do":"drop-after"})").status == 400);
  CHECK(rig.post("/__sandbox/faults", R"({"on":"create","nth":0,"do":"drop-after"})").status == 400);
}

}  // namespace batchctl::sandbox
