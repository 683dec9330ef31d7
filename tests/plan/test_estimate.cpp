#include <doctest/doctest.h>

#include "plan/estimate.hpp"

using namespace batchctl::plan;

TEST_CASE("a printed limit grows with the tier, and there are three tiers") {
  CHECK(printed_token_limit("gemini-3.6-flash", 1) == 3'000'000);
  CHECK(printed_token_limit("gemini-3.6-flash", 2) == 400'000'000);
  CHECK(printed_token_limit("gemini-3.6-flash", 3) == 1'000'000'000);
  CHECK_FALSE(printed_token_limit("gemini-3.6-flash", 0).has_value());
  CHECK_FALSE(printed_token_limit("gemini-3.6-flash", 4).has_value());
  CHECK_FALSE(printed_token_limit("gemini-unheard-of", 1).has_value());
}

TEST_CASE("two samples or three jobs tell a spread, fewer tell none") {
  CHECK_FALSE(token_spread(1, {}, {}).has_value());
  CHECK_FALSE(token_spread(1, {1.0, 2.0}, {1.0}).has_value());
  const auto samples = token_spread(2, {1.0, 2.0}, {1.0, 3.0});
  REQUIRE(samples.has_value());
  CHECK(samples->basis == Spread::Basis::samples);
  CHECK(samples->low == doctest::Approx(0.5));
  CHECK(samples->high == doctest::Approx(1.5));
}

TEST_CASE("jobs tell more than samples, and of many the outer tenths are left out") {
  std::vector<double> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(1 + i * 0.01);
  jobs[3] = 9;  // one odd job
  const auto spread = token_spread(1, jobs, {5, 6, 7});
  REQUIRE(spread.has_value());
  CHECK(spread->basis == Spread::Basis::jobs);
  CHECK(spread->count == 20);
  CHECK(spread->high < 1.2);
  CHECK(spread->low > 1.0);
}
