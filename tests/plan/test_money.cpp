#include <doctest/doctest.h>

#include "plan/money.hpp"

using namespace batchctl::plan;

TEST_CASE("cost counts input, cached input and output, each at its own price a million") {
  const Price price{0.5, 4.0, 0.1};
  CHECK(cost_usd(price, {1'000'000, 0, 0}) == doctest::Approx(0.5));
  CHECK(cost_usd(price, {1'000'000, 400'000, 0}) == doctest::Approx(0.6 * 0.5 + 0.4 * 0.1));
  CHECK(cost_usd(price, {0, 0, 2'000'000}) == doctest::Approx(8.0));
  CHECK(cost_usd({0.5, 4.0}, {1'000'000, 1'000'000, 0}) == doctest::Approx(0.5));  // no price of its own
  CHECK(cost_usd(price, {0, 0, 0}) == 0);
}

TEST_CASE("an answer is expected as answers were, else as told, else by maxOutputTokens up to 512") {
  OutputFacts facts;
  CHECK(expected_output(facts).tokens == 512);
  CHECK(expected_output(facts).basis == OutputBasis::usual);
  facts.usual = 100;
  CHECK(expected_output(facts).tokens == 100);
  CHECK(expected_output(facts).basis == OutputBasis::max_output);
  facts.usual = 512;
  CHECK(expected_output(facts).basis == OutputBasis::usual);
  facts.told = 2000;
  CHECK(expected_output(facts).tokens == 2000);
  CHECK(expected_output(facts).basis == OutputBasis::told);
  facts.answers = 4;
  facts.tokens = 10;
  CHECK(expected_output(facts).tokens == doctest::Approx(2.5));
  CHECK(expected_output(facts).basis == OutputBasis::answers);
  CHECK(output_of(expected_output(facts), 3) == 8);
}

TEST_CASE("exactly at the limit is within it, a cent more is not") {
  const Committed committed{0.1, 0.2};  // 0.1 + 0.2 is not 0.3 in binary
  CHECK(may_commit(committed, 0.4, 0.7));
  CHECK_FALSE(may_commit(committed, 0.41, 0.7));
  CHECK(may_commit({}, 0, 0));
}

TEST_CASE("what a person would type lets the amount through") {
  CHECK(to_cents_above(1.231) == doctest::Approx(1.24));
  CHECK(to_cents_above(1.23) == doctest::Approx(1.23));
  CHECK(to_cents_above(0.000001) == doctest::Approx(0.01));
}
