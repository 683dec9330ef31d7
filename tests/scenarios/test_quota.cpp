// Refusals: what binds is named, nothing is lost, and the service is not hammered.
#include "scenarios/world.hpp"

namespace batchctl::scenarios {

namespace {

/// The shortest time between two creates of which the first was refused.
Duration shortest_pause(const std::vector<Instant>& creates, std::size_t refused) {
  Duration shortest = hours{1000};
  for (std::size_t i = 1; i <= refused && i < creates.size(); ++i)
    shortest = std::min(shortest, creates[i] - creates[i - 1]);
  return shortest;
}

}  // namespace

TEST_CASE("1: a create refused with nothing in use stays queued, waits for minutes, and is made in the end") {
  World world(R"({"faults": [{"on": "create", "nth": 1, "do": "429", "form": "resource", "for": "40m"}]})");
  world.ask(4);
  REQUIRE(world.submit_without_waiting() == ExitCode::not_finished);
  const app::RunReport paused = world.report();
  REQUIRE(paused.pause.has_value());
  CHECK(paused.pause->reason == "RESOURCE_EXHAUSTED");
  CHECK(paused.pause->message == "Resource has been exhausted (e.g. check quota).");
  REQUIRE(paused.pause->resume_at.has_value());
  CHECK(*paused.pause->resume_at >= world.clock.now() + minutes{1});

  CHECK(world.resume() == ExitCode::done);
  const auto creates = world.service->times_of<CreateJob>();
  CHECK(creates.size() <= 2 + 6);  // two made; at most six refused in 40 minutes
  CHECK(world.download() == ExitCode::done);
  world.check_results(4);
  world.check_nothing_twice();
}

TEST_CASE("2: without a hint the waits are its own, and grow") {
  for (const char* form : {"bare", "help", "spend"}) {
    CAPTURE(form);
    World world(std::string(R"({"faults": [{"on": "create", "nth": 1, "do": "429", "for": "2h", "form": ")") + form +
                R"("}]})");
    world.ask(2);
    CHECK(world.submit() == ExitCode::done);
    const auto creates = world.service->times_of<CreateJob>();
    REQUIRE(creates.size() >= 3);
    CHECK(creates.size() <= 16);
    CHECK(shortest_pause(creates, creates.size() - 1) >= seconds{51});  // a minute less its jitter
    CHECK(creates.back() - creates[creates.size() - 2] >= minutes{7});
    world.check_nothing_twice();
  }
}

TEST_CASE("3: capacity that comes back 20 minutes late is waited for, not hammered at") {
  World world(R"({"quotas": [{"limit": "jobs", "most": 3, "release_after": "20m"}]})");
  world.ask(24);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.download() == ExitCode::done);
  world.check_results(24);
  world.check_nothing_twice();
  CHECK(world.ledger().peak_active_jobs <= 3);
  CHECK(world.ledger().refusals <= 31);  // what the study allows a run
}

TEST_CASE("4: full storage is told as such, its endless retry delay is not obeyed, and finished inputs make room") {
  // Room for two files of two questions.
  World world(R"({"quotas": [{"limit": "storage", "most": 520}, {"limit": "jobs", "most": 100}]})");
  world.ask(12);
  CHECK(world.submit_without_waiting() == ExitCode::not_finished);
  const app::RunReport paused = world.report();
  REQUIRE(paused.pause.has_value());
  CHECK(paused.pause->kind == PauseKind::storage);
  CHECK(paused.pause->message.find("file_storage_bytes") != std::string::npos);
  CHECK(world.resume() == ExitCode::done);
  CHECK(world.clock.now() - world.run().created_at < hours{47});  // it did not wait for files to expire
  CHECK(world.download() == ExitCode::done);
  world.check_results(12);
  world.check_nothing_twice();
}

TEST_CASE("29: the file quota is not taken for the batch quota: creates go on, no limit of tokens is learned") {
  World world(R"({"faults": [{"on": "start", "nth": 3, "do": "429", "form": "storage"}]})");
  world.ask(8);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().refusals == 0);
  CHECK_FALSE(world.store->quota("project", "gemini-2.5-flash").learned_tokens.has_value());
  CHECK(world.download() == ExitCode::done);
  world.check_results(8);
}

}  // namespace batchctl::scenarios
