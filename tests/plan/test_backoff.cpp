#include <doctest/doctest.h>

#include "plan/backoff.hpp"
#include "plan/polling.hpp"

using namespace batchctl;
using namespace batchctl::plan;

TEST_CASE("a delay doubles with each failure up to its cap, within 15 % either way") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    for (int fails = 0; fails < 70; ++fails) {
      CAPTURE(fails);
      const Duration expected = fails < 6 ? seconds{5 << fails} : seconds{300};
      const Duration wait = backoff(fails, seconds{5}, seconds{300}, random);
      CHECK(wait >= scaled(expected, 0.85));
      CHECK(wait <= scaled(expected, 1.15));
    }
  }
}

TEST_CASE("two hosts that failed together do not come back together") {
  Random one(1), other(2);
  CHECK(backoff(3, seconds{5}, minutes{5}, one) != backoff(3, seconds{5}, minutes{5}, other));
}

TEST_CASE("with backlog the jobs are looked at every minute, however old they are") {
  CHECK(poll_interval(true, seconds{0}) == seconds{60});
  CHECK(poll_interval(true, hours{40}) == seconds{60});
}

TEST_CASE("without backlog the interval is a sixtieth of the youngest job's age, from one to five minutes") {
  CHECK(poll_interval(false, seconds{0}) == seconds{60});
  CHECK(poll_interval(false, minutes{20}) == seconds{60});
  CHECK(poll_interval(false, minutes{100}) == seconds{100});
  CHECK(poll_interval(false, hours{5}) == minutes{5});
  CHECK(poll_interval(false, hours{40}) == minutes{5});
}
