#include <doctest/doctest.h>

#include "plan/forecast.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

ForecastFacts facts_of(std::int64_t chunks, std::int64_t tokens_each, std::uint64_t bytes_each = 1000) {
  return {chunks, chunks * tokens_each, static_cast<std::uint64_t>(chunks) * bytes_each, 3'000'000, 95, std::nullopt};
}

}  // namespace

TEST_CASE("154 chunks of 140,000 tokens fill a cap of three million eight times") {
  const Forecast f = forecast(facts_of(154, 140'000));
  CHECK(f.by_tokens == 21);
  CHECK(f.at_once == 21);
  CHECK(f.binds == Binds::tokens);
  CHECK(f.waves == 8);
  CHECK_FALSE(f.length.has_value());
}

TEST_CASE("what allows the fewest chunks binds, and nothing does when all fit") {
  CHECK(forecast(facts_of(154, 100)).binds == Binds::jobs);
  CHECK(forecast(facts_of(154, 100)).waves == 2);
  CHECK(forecast(facts_of(95, 100)).binds == Binds::nothing);
  CHECK(forecast(facts_of(95, 100)).waves == 1);
  const Forecast bulky = forecast(facts_of(154, 100, 2'000'000'000));
  CHECK(bulky.at_once == 8);
  CHECK(bulky.binds == Binds::storage);
  CHECK(bulky.waves == 20);
}

TEST_CASE("a chunk above the cap still makes a wave of its own") {
  const Forecast f = forecast(facts_of(3, 4'000'000));
  CHECK(f.at_once == 1);
  CHECK(f.waves == 3);
}

TEST_CASE("waves last as long as jobs did") {
  ForecastFacts facts = facts_of(154, 140'000);
  facts.job_life = median_life({minutes{40}, minutes{10}, minutes{20}});
  CHECK(facts.job_life == minutes{20});
  CHECK(forecast(facts).length == minutes{160});
  CHECK_FALSE(median_life({}).has_value());
}

TEST_CASE("the middle chunk is told to an eighth of a doubling, the largest exactly") {
  ChunkSizes sizes;
  CHECK(sizes.median() == 0);
  for (int i = 0; i < 99; ++i) sizes.add(i, 1000 + i, 10, 2);
  sizes.add(99, 50'000, 10, 2);
  CHECK(sizes.largest() == 50'000);
  CHECK(sizes.largest_index() == 99);
  CHECK(sizes.median() > 950);
  CHECK(sizes.median() < 1150);
  CHECK(sizes.records() == 200);
  CHECK(sizes.bytes() == 1000);
}

TEST_CASE("the middle one is never said to be more than the largest") {
  ChunkSizes sizes;
  sizes.add(0, 1047, 10, 1);
  CHECK(sizes.median() <= 1047);
  sizes.add(1, 0, 10, 1);
  CHECK(sizes.largest() == 1047);
}

TEST_CASE("a run ends when its last job does, each taking what jobs took") {
  const Instant now = from_unix_ms(1'795'400'000'000);
  plan::RestFacts rest;
  CHECK_FALSE(plan::end_of(rest, now));
  rest.live_since = {now - minutes{10}};
  CHECK_FALSE(plan::end_of(rest, now));  // nobody knows how long a job takes
  rest.job_life = minutes{30};
  CHECK(plan::end_of(rest, now) == now + minutes{20});
  rest.live_since = {now - minutes{40}};
  CHECK(plan::end_of(rest, now) == now);  // late: any moment

  rest.live_since = {now - minutes{10}, now - minutes{5}};
  rest.unsent = 2;
  rest.at_once = 2;
  CHECK(plan::end_of(rest, now) == now + minutes{55});  // each waits for one that ends
  rest.at_once = 4;
  CHECK(plan::end_of(rest, now) == now + minutes{30});
  rest.opens = now + hours{1};
  CHECK(plan::end_of(rest, now) == now + minutes{90});
  rest.live_since.clear();
  rest.unsent = 5;
  rest.at_once = 2;
  rest.opens.reset();
  CHECK(plan::end_of(rest, now) == now + minutes{90});  // three waves
  rest.unsent = 1'000'000'000;
  rest.at_once = 0;
  CHECK(plan::end_of(rest, now).value() > now + hours{24});
}
