// Uploads that are refused, cut or answered oddly, and files that the service no longer gives.
#include "scenarios/world.hpp"

namespace batchctl::scenarios {

TEST_CASE("14: a refused MIME type is followed by the next one, and what worked is remembered") {
  World world(R"({"files": {"refused_types": ["application/jsonl", "jsonl"]}})");
  world.request.choose = [](Options& options) { options.upload_ahead = 1; };  // no two at once find out
  world.ask(8);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.chunk(0).state == ChunkState::done);
  CHECK(world.store->newest_file(world.chunk(0).key)->mime == "application/json");
  CHECK(world.requests("start") == 4 + 1);
  world.use_key("scenario.key-1");  // another process, the same database
  world.ask(8);
  world.request.run_name = "second";
  world.request.settings.system = "Answer briefly.";
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.requests("start") == 4 + 1 + 4);
}

TEST_CASE("14: when every type is refused the service's words are shown") {
  World world(R"({"files": {"refused_types": ["application/jsonl", "application/json", "text/plain"]}})");
  world.ask(2);
  CHECK(world.submit() == ExitCode::incomplete);
  CHECK(world.witness.heard("Unsupported MIME type"));
  CHECK(world.ledger().creates == 0);
}

TEST_CASE("15: a finalize answered without a file is looked up, not taken for a file") {
  World world(R"({"faults": [{"on": "upload", "nth": 1, "do": "status", "status": 200, "body": "{}"}]})");
  world.ask(4);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.download() == ExitCode::done);
  world.check_results(4);
  world.check_nothing_twice();
}

TEST_CASE("24: uploads go on through 503 without a body, cuts and resets, and no file is made twice") {
  World world(R"({"faults": [{"on": "start", "nth": 1, "do": "503", "times": 2},
                             {"on": "upload", "nth": 1, "do": "503"},
                             {"on": "upload", "nth": 3, "do": "drop-after"},
                             {"on": "upload", "nth": 5, "do": "reset-before"},
                             {"on": "upload", "nth": 7, "do": "cut-request", "bytes": 100}]})");
  world.ask(16);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().uploads == 8);
  CHECK(world.download() == ExitCode::done);
  world.check_results(16);
  world.check_nothing_twice();
}

TEST_CASE("25: a 403 on our own file names every cause, and is believed after three generations") {
  World world(R"({"faults": [{"on": "create", "nth": 1, "times": 9, "do": "status", "status": 403, "body":
      "{\"error\": {\"code\": 403, \"message\": \"You do not have permission to access the File x or it may not exist.\", \"status\": \"PERMISSION_DENIED\"}}"}]})");
  world.ask(2);
  CHECK(world.submit() == ExitCode::incomplete);
  CHECK(world.ledger().create_requests == 3);
  CHECK(world.ledger().uploads == 3);
  const std::string error = world.chunk(0).error.value_or("");
  CAPTURE(error);
  CHECK(error.find("You do not have permission to access the File") != std::string::npos);
  for (const char* cause : {"expired", "deleted", "project", "billing"})
    CHECK_MESSAGE(error.find(cause) != std::string::npos, cause);
}

TEST_CASE("a file in PROCESSING is waited for, one that stays there or fails is not used") {
  SUBCASE("for a while") {
    World world(R"({"files": {"processing": "40s"}})");
    world.ask(6);
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().create_requests == 3);
    CHECK(world.ledger().uploads == 3);
  }
  SUBCASE("and failed") {
    World world(R"({"faults": [{"on": "start", "nth": 1, "do": "file-fails"}]})");
    world.ask(4);
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().uploads == 3);
    world.check_nothing_twice();
  }
}

}  // namespace batchctl::scenarios
