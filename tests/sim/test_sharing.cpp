#include "sim/sharing.hpp"

#include <doctest/doctest.h>

using namespace batchctl;
using namespace batchctl::sim;

namespace {

constexpr std::uint64_t kSeeds = 4;

Sharing an_hour_later() {
  Sharing sharing;
  sharing.second_starts = hours{1};
  return sharing;
}

}  // namespace

TEST_CASE("two runs of one machine hold the quota evenly half an hour after the second began, and hold it full") {
  for (const char* name : {"S1", "S1b", "S9"})
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      const Shared shared = share(scenario_named(name), an_hour_later(), seed);
      REQUIRE(shared.judged > minutes{20});
      CHECK(shared.jain >= 0.97);
      if (std::string(name) != "S9") CHECK(shared.held >= 0.92);  // there the job slots bind, not the tokens
      CHECK(shared.refusals <= 40);
    }
}

TEST_CASE("two runs hold the quota by their weights") {
  Sharing sharing = an_hour_later();
  sharing.second.weight = 3;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    const Shared shared = share(scenario_named("S1b"), sharing, seed);
    REQUIRE(shared.judged > minutes{20});
    CHECK(shared.jain >= 0.95);
  }
}

TEST_CASE("two machines that know nothing of each other are even with half of what was told each, starve without") {
  Sharing sharing = an_hour_later();
  sharing.one_machine = false;
  double without = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    without += share(scenario_named("S1"), sharing, seed).jain / kSeeds;
  CHECK(without < 0.8);
  sharing.first.quota_share = sharing.second.quota_share = 0.5;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    CHECK(share(scenario_named("S1"), sharing, seed).jain >= 0.99);
  }
}

TEST_CASE("two machines that yield come close to even although nothing was told") {
  Sharing sharing = an_hour_later();
  sharing.one_machine = false;
  double without = 0, with = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    without += share(scenario_named("S1b"), sharing, seed).jain / kSeeds;
  sharing.first.yields = sharing.second.yields = true;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    with += share(scenario_named("S1b"), sharing, seed).jain / kSeeds;
  CHECK(with > without + 0.1);
  CHECK(with >= 0.85);
}
