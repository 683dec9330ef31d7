#include <doctest/doctest.h>

#include "plan/estimate.hpp"

using namespace batchctl::plan;

TEST_CASE("a model's price is found with and without its prefix, and an unknown model has none") {
  REQUIRE(batch_price("gemini-3.6-flash").has_value());
  CHECK(batch_price("models/gemini-3.6-flash")->input == batch_price("gemini-3.6-flash")->input);
  CHECK_FALSE(batch_price("gemini-unheard-of").has_value());
  CHECK_FALSE(cost_usd("gemini-unheard-of", 1, 1).has_value());
}

TEST_CASE("cost counts input and output, each at its own price a million") {
  const Price price = batch_price("gemini-3.6-flash").value();
  CHECK(cost_usd("gemini-3.6-flash", 1'000'000, 0) == doctest::Approx(price.input));
  CHECK(cost_usd("gemini-3.6-flash", 0, 2'000'000) == doctest::Approx(2 * price.output));
  CHECK(cost_usd("gemini-3.6-flash", 0, 0) == doctest::Approx(0));
  CHECK(price.output > price.input);
}

TEST_CASE("a printed limit grows with the tier, and there are three tiers") {
  CHECK(printed_token_limit("gemini-3.6-flash", 1) == 3'000'000);
  CHECK(printed_token_limit("gemini-3.6-flash", 2) == 400'000'000);
  CHECK(printed_token_limit("gemini-3.6-flash", 3) == 1'000'000'000);
  CHECK_FALSE(printed_token_limit("gemini-3.6-flash", 0).has_value());
  CHECK_FALSE(printed_token_limit("gemini-3.6-flash", 4).has_value());
  CHECK_FALSE(printed_token_limit("gemini-unheard-of", 1).has_value());
}
