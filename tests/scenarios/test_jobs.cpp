// Creates whose answers get lost, jobs that end in every way, lists and polls that say less than they should.
#include <set>

#include "gemini/wire.hpp"
#include "scenarios/world.hpp"

namespace batchctl::scenarios {

TEST_CASE("5: a job that is pending for more than a day gets no second one beside it") {
  World world(R"({"jobs": {"pending": "34h", "running": "5m"}})");
  world.ask(4);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 2);
  CHECK(world.requests("cancel") == 0);
  world.check_nothing_twice();
}

TEST_CASE("6: a job that runs for 30 hours gets no second one beside it") {
  World world(R"({"jobs": {"pending": "1m", "running": "30h"}})");
  world.ask(4);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 2);
  world.check_nothing_twice();
}

TEST_CASE("7: a job that expires is tried again; a second one in a row stops the run and says so") {
  World world(R"({"jobs": {"expired": 1}})");
  world.ask(2);
  CHECK(world.submit() == ExitCode::attention);
  CHECK(world.ledger().creates == 2);
  CHECK(world.ledger().peak_active_jobs == 1);  // never both at once
  REQUIRE(world.run().stop.has_value());
  CHECK(world.run().stop->message.find("EXPIRED") != std::string::npos);
  world.check_no_attempt_twice();

  world.change(R"({"jobs": {"expired": 0}})");
  CHECK(world.resume() == ExitCode::done);
  CHECK(world.download() == ExitCode::done);
  world.check_results(2);
}

TEST_CASE("8: a create that took effect and lost its answer is found and adopted, not sent again") {
  for (const char* how : {"drop-after", "reset-after"}) {
    CAPTURE(how);
    World world(std::string(R"({"faults": [{"on": "create", "nth": 2, "do": ")") + how + R"("}]})");
    world.ask(8);
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().create_requests == 4);
    CHECK(world.ledger().creates == 4);
    CHECK(world.witness.heard("reconciling -> submitted"));
    CHECK(world.download() == ExitCode::done);
    world.check_results(8);
    world.check_nothing_twice();
  }
}

TEST_CASE("8: a create that took no effect and lost its answer is sent again, once that is known") {
  for (const char* how : {"drop-before", "reset-before", "500", "503", "html"}) {
    CAPTURE(how);
    World world(std::string(R"({"faults": [{"on": "create", "nth": 2, "do": ")") + how + R"("}]})");
    world.ask(8);
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().create_requests == 5);
    CHECK(world.ledger().creates == 4);
    CHECK(world.witness.heard("reconciling -> uploaded"));
    world.check_nothing_twice();
  }
}

TEST_CASE("8: answers that promise nothing are unclear, also when they look like a success") {
  for (const int status : {201, 202, 204, 302, 408, 499, 504}) {
    CAPTURE(status);
    World world(R"({"faults": [{"on": "create", "nth": 1, "do": "status", "status": )" + std::to_string(status) +
                R"(, "body": "{}"}]})");
    world.ask(2);
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.witness.heard("creating -> reconciling"));
    CHECK(world.ledger().creates == 1);
  }
}

TEST_CASE("9: a lost create's job is found on the last page of a list with short and empty pages") {
  World world(R"({"lists": {"page": 2, "short": true}, "jobs": {"listed_after": "50s"},
                  "faults": [{"on": "create", "nth": 1, "do": "drop-after"}]})");
  world.ask(24);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 12);
  CHECK(world.ledger().create_requests == 12);
  CHECK(world.download() == ExitCode::done);
  world.check_results(24);
  world.check_nothing_twice();
}

TEST_CASE("10: with a key of another project nothing is concluded about jobs, and nothing is made anew") {
  World world;
  world.ask(6);
  CHECK(world.submit_without_waiting() == ExitCode::done);
  const std::uint64_t creates = world.ledger().create_requests;
  world.use_key("stranger.key-1");
  CHECK(world.resume() == ExitCode::attention);
  CHECK(world.ledger().create_requests == creates);
  CHECK(world.count(ChunkState::submitted) == 3);
  world.use_key("scenario.key-1");
  CHECK(world.resume() == ExitCode::done);
  CHECK(world.download() == ExitCode::done);
  world.check_results(6);
  world.check_nothing_twice();
}

TEST_CASE("11: the same input submitted again goes on with the run that is there") {
  World world;
  world.ask(6);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 3);
  CHECK(world.ledger().uploads == 3);
  world.check_nothing_twice();
}

TEST_CASE("12: finished results are brought home before anything new is sent") {
  World world(R"({"quotas": [{"limit": "jobs", "most": 3}]})");
  world.ask(12);
  CHECK(world.submit_without_waiting() == ExitCode::not_finished);
  world.clock.advance(hours{1});  // all three have ended, and nobody has looked
  world.service->asked.clear();
  CHECK(world.resume() == ExitCode::done);
  int fetched = 0;
  for (const Asked& one : world.service->asked) {
    if (std::holds_alternative<FetchOutput>(one.request)) ++fetched;
    if (std::holds_alternative<CreateJob>(one.request)) break;
  }
  CHECK(fetched == 3);
  world.check_nothing_twice();
}

TEST_CASE("13: outputs are neither asked for nor deleted by name, and every create names a file") {
  World world;
  world.request.choose = [](Options& options) { options.remote_cleanup = "inputs"; };
  world.ask(8);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.requests("file_delete") == 4);
  for (const Asked& one : world.service->asked) {
    if (const auto* find = std::get_if<FindFile>(&one.request))
      CHECK(find->name.value.find("batch-") == std::string::npos);
    if (const auto* gone = std::get_if<DeleteFile>(&one.request))
      CHECK(gone->name.value.find("batch-") == std::string::npos);
    if (const auto* create = std::get_if<CreateJob>(&one.request)) CHECK_FALSE(create->input.empty());
  }
}

TEST_CASE("26: states are read with either prefix, and an unknown one is no end") {
  const auto state = [](const std::string& word) {
    return gemini::observation({{"name", "batches/b"}, {"metadata", {{"state", word}}}}).value();
  };
  for (const std::string prefix : {"BATCH_STATE_", "JOB_STATE_"}) {
    CHECK(state(prefix + "SUCCEEDED").state == JobState::succeeded);
    CHECK(state(prefix + "EXPIRED").ended);
    CHECK_FALSE(state(prefix + "RUNNING").ended);
    CHECK_FALSE(state(prefix + "PAUSED").ended);
  }
}

TEST_CASE("28: polls that fail say nothing about the jobs") {
  World world(R"({"faults": [{"on": "list", "nth": 1, "do": "503", "times": 12},
                             {"on": "get", "nth": 1, "do": "503", "times": 3}]})");
  world.ask(8);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 4);
  CHECK(world.download() == ExitCode::done);
  world.check_results(8);
  world.check_nothing_twice();
}

TEST_CASE("30: a 500 is repeated where that is safe, and looked up where it is not") {
  const std::string body = R"(\"error\": {\"code\": 500, \"message\": \"Failed to convert server response to JSON\"})";
  std::string faults;
  for (const char* on : {"start", "upload", "file_get", "list", "get", "download", "create"})
    faults += std::string(faults.empty() ? "" : ",") + R"({"on": ")" + on +
              R"(", "nth": 1, "do": "status", "status": 500, "body": "{)" + body + R"(}"})";
  World world(R"({"faults": [)" + faults + "]}");
  world.ask(8);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().creates == 4);
  CHECK(world.ledger().create_requests == 5);
  CHECK(world.witness.heard("Failed to convert server response to JSON"));
  CHECK(world.download() == ExitCode::done);
  world.check_results(8);
  world.check_nothing_twice();
}

TEST_CASE("31: when whole jobs fail, one chunk's second failure in a row stops the run before more is paid") {
  World world(R"({"jobs": {"failed": 1}, "quotas": [{"limit": "jobs", "most": 2}]})");
  world.ask(40);
  CHECK(world.submit() == ExitCode::attention);
  CHECK(world.ledger().creates <= 6);
  REQUIRE(world.run().stop.has_value());
  CHECK(world.run().stop->message.find("FAILED") != std::string::npos);
  world.check_no_attempt_twice();
}

}  // namespace batchctl::scenarios
