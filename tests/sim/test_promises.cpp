// What the policy promises of single situations.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/simulation.hpp"

using namespace batchctl;
using namespace batchctl::sim;

namespace {

std::vector<Duration> between(const std::vector<Duration>& times, Duration from, Duration to) {
  std::vector<Duration> some;
  for (const Duration at : times)
    if (at >= from && at < to) some.push_back(at);
  return some;
}

Scenario long_run(const std::string& name) {
  Scenario scenario = scenario_named(name);
  scenario.chunks = 400;
  return scenario;
}

}  // namespace

TEST_CASE(
    "a cap that falls to 30 % costs at most three refusals at once, the next at least 4, 8 and 15 minutes apart") {
  const Scenario scenario = long_run("fall");
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const Outcome outcome = simulate(scenario, Policy::batchctl, seed);
    // From the fall to the first create that the lower cap took.
    const auto made = between(outcome.made_at, hours{2}, hours{6});
    REQUIRE_FALSE(made.empty());
    const auto refused = between(outcome.refused_at, hours{2}, made.front());
    CAPTURE(refused.size());
    // Refusals in a row suspend creating for 2, 4, 8, 15 minutes (less 15 %); only before the third does an ended job
    // bring the next one forward.
    const minutes pauses[] = {minutes{4}, minutes{8}, minutes{15}};
    for (std::size_t i = 3; i < refused.size(); ++i) {
      const Duration expected = pauses[std::min<std::size_t>(i - 3, 2)];
      CHECK(refused[i] - refused[i - 1] >= scaled(expected, 0.85));
    }
  }
}

TEST_CASE("a cap that rises again is used within 40 minutes") {
  const Scenario scenario = long_run("fall");
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const Outcome outcome = simulate(scenario, Policy::batchctl, seed);
    REQUIRE(outcome.makespan > hours{7});
    // 6 jobs fit into 30 %, 21 into all of it: the fill is a burst of at least ten within three minutes.
    bool filled = false;
    for (const Duration at : between(outcome.made_at, hours{6}, hours{6} + minutes{40}))
      filled = filled || between(outcome.made_at, at, at + minutes{3}).size() >= 10;
    CHECK(filled);
  }
}

TEST_CASE("a daily limit whose refusal hints at 5 seconds costs one call an hour, and midnight is not missed") {
  Scenario scenario = scenario_named("S5");
  scenario.cap = 100'000'000;  // nothing else refuses
  scenario.told = scenario.cap;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const Outcome outcome = simulate(scenario, Policy::batchctl, seed);
    REQUIRE(outcome.finished);
    const Duration longest = outcome.made_at.back() - outcome.made_at.front();
    CHECK(outcome.refusals() <= longest / hours{1} + 3);
    for (std::size_t i = 1; i < outcome.refused_at.size(); ++i)
      if (between(outcome.made_at, outcome.refused_at[i - 1], outcome.refused_at[i]).empty())  // the same day's
        CHECK(outcome.refused_at[i] - outcome.refused_at[i - 1] >= minutes{59});
  }
}

TEST_CASE("a daily limit that no refusal names is not slept through at midnight") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const Outcome best = simulate(scenario_named("S5b"), Policy::oracle, seed);
    const Outcome outcome = simulate(scenario_named("S5b"), Policy::batchctl, seed);
    CHECK(outcome.makespan < best.makespan + hours{1});
    CHECK(outcome.refusals() <= 80);
  }
}

TEST_CASE("no job is made from a file that is a day old, also when a day's limit keeps files waiting") {
  Scenario scenario = scenario_named("S5");
  scenario.day_tokens = 2'000'000;
  scenario.chunks = 40;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    const Outcome outcome = simulate(scenario, Policy::batchctl, seed);
    CHECK(outcome.finished);
    CHECK(outcome.oldest_file < hours{24});
    CHECK(outcome.oldest_file > minutes{30});  // there were files that waited
    CHECK(outcome.expired_files <= 6);         // what is sent ahead is little
  }
}

TEST_CASE("a flow limit is found from refusals alone, and kept to") {
  const Scenario scenario = scenario_named("S3");
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const Outcome outcome = simulate(scenario, Policy::batchctl, seed);
    // After two hours it is known: a refusal now and then measures it anew.
    const auto later = between(outcome.refused_at, hours{2}, hours{1000});
    CHECK(later.size() <= outcome.makespan / hours{1} + 5);
  }
}

TEST_CASE("one seed is one story") {
  const Outcome once = simulate(scenario_named("S2"), Policy::batchctl, 5);
  const Outcome again = simulate(scenario_named("S2"), Policy::batchctl, 5);
  CHECK(once.makespan == again.makespan);
  CHECK(once.refused_at == again.refused_at);
  CHECK(once.makespan != simulate(scenario_named("S2"), Policy::batchctl, 6).makespan);
}
