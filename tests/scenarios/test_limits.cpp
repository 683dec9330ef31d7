// Limits that nobody named: how many creates are refused until they are known, and that everything is answered.
#include <fmt/format.h>

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

void dump(World& world) {
  std::string text;
  for (const JournalLine& line : world.store->journal(world.run().key, std::nullopt)) {
    const double at = static_cast<double>((line.at - world.run().created_at).count()) / 60000.0;
    if (line.event == "create_refused") text += fmt::format("x{:.1f} ", at);
    if (line.event == "create_succeeded") text += fmt::format(".{:.1f} ", at);
    if (line.event == "job_ended") text += fmt::format("e{:.1f} ", at);
  }
  const Quota q = world.store->quota("project", "gemini-2.5-flash");
  MESSAGE(text << " late " << q.late / minutes{1} << " L " << q.learned_tokens.value_or(-1) << " J " << world.store->quota("project", "").learned_jobs.value_or(-1));
}

Duration length(World& world) { return world.clock.now() - world.run().created_at; }

}  // namespace

TEST_CASE("154 chunks of unlike size under a limit of 21 jobs that no 429 names: few refusals, and the slots are full") {
  for (const char* form : {"bare", "resource", "help"}) {
    CAPTURE(form);
    World world(std::string(R"({"quotas": [{"limit": "jobs", "most": 21, "form": ")") + form + R"("}]})");
    world.ask_text(unlike_questions(308));
    CHECK(world.submit() == ExitCode::done);
    CHECK(world.ledger().peak_active_jobs == 21);
    MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
    CHECK(world.ledger().refusals <= 8);
    CHECK(length(world) <= minutes{120});  // 154 / 21 jobs of 12 minutes each: 88 and the tail
    dump(world);
    check_done(world, 308);
  }
}

TEST_CASE("a cap that falls to 30 % and rises again is followed both ways") {
  World world(R"({"quotas": [{"limit": "tokens", "most": 4200}]})");
  world.ask_text(unlike_questions(308));
  world.change_in(minutes{30}, R"({"quotas": [{"limit": "tokens", "most": 1300}]})");
  world.change_in(hours{3}, R"({"quotas": [{"limit": "tokens", "most": 4200}]})");
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(world.ledger().refusals <= 25);
  CHECK(length(world) <= hours{5});
  check_done(world, 308);
}

TEST_CASE("a cap below the printed one is found with few refusals") {
  World world(R"({"quotas": [{"limit": "tokens", "most": 3000}]})");
  world.request.choose = [](Options& options) { options.tier = 1; };
  world.ask_text(unlike_questions(308));
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(world.ledger().refusals <= 15);
  check_done(world, 308);
}

TEST_CASE("a daily limit with a hint of 5 seconds is asked once an hour and goes on after midnight") {
  World world(R"({"quotas": [{"limit": "requests-per-day", "most": 20, "form": "details", "hint": "5s"}]})");
  world.ask(48);  // 24 chunks of two: three days
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(length(world) >= hours{24});
  CHECK(world.ledger().refusals <= static_cast<std::uint64_t>(length(world) / hours{1}) + 3);
  check_done(world, 48);
}

TEST_CASE("2 creations in 15 minutes, named by nothing, are found and kept to") {
  World world(R"({"quotas": [{"limit": "creates", "most": 2, "per": "15m"}]})");
  world.ask(160);
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(world.ledger().refusals <= 30);
  CHECK(length(world) <= scaled(hours{10}, 1.2));  // 80 chunks, two in a quarter of an hour: ten hours
  dump(world);
  check_done(world, 160);
}

TEST_CASE("quota that comes back 15 minutes late is waited for") {
  World world(R"({"quotas": [{"limit": "jobs", "most": 10, "release_after": "15m"}]})");
  world.ask(200);
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(world.ledger().refusals <= 31);
  dump(world);
  check_done(world, 200);
}

TEST_CASE("83 jobs of others leave 17 slots of 100: what is refused at first is not asked for again") {
  World world(R"({"jobs": {"pending": "10h", "running": "10h"}})");
  world.others_create(83);
  world.change(R"({"jobs": {"pending": "4m", "running": "8m"}})");
  world.ask(120);
  CHECK(world.submit() == ExitCode::done);
  MESSAGE("refusals " << world.ledger().refusals << " length " << length(world) / minutes{1});
  CHECK(world.ledger().peak_active_jobs <= 100);
  CHECK(world.ledger().refusals <= 6);
  CHECK(world.download() == ExitCode::done);
  CHECK(world.statuses() == std::vector<std::string>(120, "ok"));
}

}  // namespace batchctl::scenarios
