// Limits that nobody named: how many creates are refused until they are known, and that everything is answered.
#include <fmt/format.h>

#include <algorithm>

#include "scenarios/world.hpp"

namespace batchctl::scenarios {

namespace {

/// 154 chunks of two questions each, of unlike length.
std::string unlike_questions(int n) {
  std::string lines;
  for (int i = 0; i < n; ++i)
    lines += fmt::format("{{\"id\":\"q-{0}\",\"question\":\"What is {0}? {1}\"}}\n", i,
                         std::string(static_cast<std::size_t>(300 + i * 7919 % 200), 'x'));
  return lines;
}

void check_done(World& world, int records) {
  CHECK(world.download() == ExitCode::done);
  CHECK(world.statuses() == std::vector<std::string>(static_cast<std::size_t>(records), "ok"));
  world.check_nothing_twice();
}

Duration length(World& world) { return world.clock.now() - world.run().created_at; }

}  // namespace

TEST_CASE(
    "154 chunks of unlike size under a limit of 21 jobs that no 429 names: few refusals, and the slots are full") {
  for (const char* form : {"bare", "resource", "help"}) {
    CAPTURE(form);
    World world(std::string(R"({"quotas": [{"limit": "jobs", "most": 21, "form": ")") + form + R"("}]})");
    world.ask_text(unlike_questions(308));
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().peak_active_jobs == 21);
    CHECK(world.ledger().refusals <= 8);
    CHECK(length(world) <= minutes{120});  // 154 / 21 jobs of 12 minutes each: 88 and the tail
    check_done(world, 308);
  }
}

TEST_CASE("a cap that falls to 30 % and rises again is followed both ways") {
  World world(R"({"quotas": [{"limit": "tokens", "most": 4200}]})");
  world.ask_text(unlike_questions(308));
  world.change_in(minutes{30}, R"({"quotas": [{"limit": "tokens", "most": 1300}]})");
  world.change_in(hours{3}, R"({"quotas": [{"limit": "tokens", "most": 4200}]})");
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().refusals <= 25);
  CHECK(length(world) <= hours{5});
  check_done(world, 308);
}

TEST_CASE("a cap below the printed one is found with few refusals") {
  World world(R"({"quotas": [{"limit": "tokens", "most": 3000}]})");
  world.request.choose = [](Options& options) { options.tier = 1; };
  world.ask_text(unlike_questions(308));
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().refusals <= 15);
  check_done(world, 308);
}

TEST_CASE("a daily limit with a hint of 5 seconds is asked once an hour and goes on after midnight") {
  World world(R"({"quotas": [{"limit": "requests-per-day", "most": 20, "form": "details", "hint": "5s"}]})");
  world.ask(48);  // 24 chunks of two: three days
  CHECK(world.submit() == ExitCode::done);
  CHECK(length(world) >= hours{24});
  CHECK(world.ledger().refusals <= static_cast<std::uint64_t>(length(world) / hours{1}) + 3);
  check_done(world, 48);
}

TEST_CASE("2 creations in 15 minutes, named by nothing, are found and kept to") {
  World world(R"({"quotas": [{"limit": "creates", "most": 2, "per": "15m"}]})");
  world.ask(160);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().refusals <= 30);
  CHECK(length(world) <= scaled(hours{10}, 1.2));  // 80 chunks, two in a quarter of an hour: ten hours
  check_done(world, 160);
}

TEST_CASE("quota that comes back 15 minutes late is waited for") {
  World world(R"({"quotas": [{"limit": "jobs", "most": 10, "release_after": "15m"}]})");
  world.ask(200);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().refusals <= 31);
  check_done(world, 200);
}

TEST_CASE("83 jobs of others leave 17 slots of 100: what is refused at first is not asked for again") {
  World world(R"({"jobs": {"pending": "10h", "running": "10h"}})");
  world.others_create(83);
  world.change(R"({"jobs": {"pending": "4m", "running": "8m"}})");
  world.ask(120);
  CHECK(world.submit() == ExitCode::done);
  CHECK(world.ledger().peak_active_jobs <= 100);
  CHECK(world.ledger().refusals <= 6);
  CHECK(world.download() == ExitCode::done);
  CHECK(world.statuses() == std::vector<std::string>(120, "ok"));
}

TEST_CASE("two runs of one project that are driven together create as many jobs each, and one heavier run more") {
  for (const double weight : {1.0, 3.0}) {
    CAPTURE(weight);
    World world(R"({"quotas": [{"limit": "jobs", "most": 12}]})");
    world.request.choose = [](Options& options) { options.max_jobs = 12; };
    world.ask(200);
    REQUIRE(world.submit_without_waiting() == ExitCode::not_finished);  // holds all twelve slots
    world.request.run_name = "second";
    world.request.choose = [&](Options& options) {
      options.max_jobs = 12;
      options.weight = weight;
    };
    REQUIRE(world.submit_without_waiting() == ExitCode::not_finished);
    const Run second = world.store->run_named("second").value();
    world.request.choose = [](Options&) {};
    CHECK(world.resume() == ExitCode::done);

    // After the first jobs have ended: who made the next 80?
    const auto made = [&](RunKey run) {
      std::vector<Instant> times;
      for (const JournalLine& line : world.store->journal(run, std::nullopt))
        if (line.event == "create_succeeded") times.push_back(line.at);
      return times;
    };
    const std::vector<Instant> first = made(world.run().key), other = made(second.key);
    REQUIRE(first.size() == 100);
    REQUIRE(other.size() == 100);
    const Instant from = world.run().created_at + minutes{30};
    const auto within = [&](const std::vector<Instant>& times) {
      return static_cast<double>(
          std::count_if(times.begin(), times.end(), [&](Instant at) { return at >= from && at < from + minutes{50}; }));
    };
    const double ratio = within(other) / within(first);
    CAPTURE(within(first));
    CAPTURE(within(other));
    CHECK(ratio > 0.7 * weight);
    CHECK(ratio < 1.4 * weight);
    CHECK(world.ledger().peak_active_jobs == 12);
    CHECK(world.ledger().refusals <= 10);
  }
}

}  // namespace batchctl::scenarios
