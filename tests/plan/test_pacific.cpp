#include <doctest/doctest.h>

#include <string>

#include "plan/pacific.hpp"

using namespace batchctl;
using namespace batchctl::plan;

namespace {

Instant utc(const std::string& text) { return parse_rfc3339(text).value(); }
std::string midnight_after(const std::string& text) { return to_rfc3339(next_pacific_midnight(utc(text))); }

}  // namespace

TEST_CASE("Los Angeles is 7 hours behind in summer and 8 in winter, and changes at the minute the law says") {
  CHECK(pacific_offset(utc("2026-07-01T00:00:00Z")) == -hours{7});
  CHECK(pacific_offset(utc("2026-12-31T23:59:59Z")) == -hours{8});
  // 2026: 8 March, 2:00 PST; 1 November, 2:00 PDT. 2027: 14 March and 7 November.
  CHECK(pacific_offset(utc("2026-03-08T09:59:59.999Z")) == -hours{8});
  CHECK(pacific_offset(utc("2026-03-08T10:00:00Z")) == -hours{7});
  CHECK(pacific_offset(utc("2026-11-01T08:59:59.999Z")) == -hours{7});
  CHECK(pacific_offset(utc("2026-11-01T09:00:00Z")) == -hours{8});
  CHECK(pacific_offset(utc("2027-03-14T09:59:59Z")) == -hours{8});
  CHECK(pacific_offset(utc("2027-03-14T10:00:00Z")) == -hours{7});
  CHECK(pacific_offset(utc("2027-11-07T09:00:00Z")) == -hours{8});
}

TEST_CASE("midnight in Los Angeles is 8:00 UTC in winter and 7:00 UTC in summer") {
  CHECK(midnight_after("2026-11-22T12:00:00Z") == "2026-11-23T08:00:00Z");
  CHECK(midnight_after("2026-11-23T07:59:59.999Z") == "2026-11-23T08:00:00Z");
  CHECK(midnight_after("2026-11-23T08:00:00Z") == "2026-11-24T08:00:00Z");
  CHECK(midnight_after("2026-07-04T06:59:59Z") == "2026-07-04T07:00:00Z");
  CHECK(midnight_after("2026-07-04T07:00:00Z") == "2026-07-05T07:00:00Z");
}

TEST_CASE("the day of the spring change has 23 hours, that of the autumn change 25") {
  CHECK(midnight_after("2026-03-07T20:00:00Z") == "2026-03-08T08:00:00Z");
  CHECK(midnight_after("2026-03-08T08:00:00Z") == "2026-03-09T07:00:00Z");
  CHECK(midnight_after("2026-03-08T10:30:00Z") == "2026-03-09T07:00:00Z");
  CHECK(midnight_after("2026-10-31T20:00:00Z") == "2026-11-01T07:00:00Z");
  CHECK(midnight_after("2026-11-01T07:00:00Z") == "2026-11-02T08:00:00Z");
  CHECK(midnight_after("2026-11-01T09:30:00Z") == "2026-11-02T08:00:00Z");
}

TEST_CASE("the year ends in Los Angeles eight hours after it ends in UTC") {
  CHECK(midnight_after("2026-12-31T23:59:59Z") == "2027-01-01T08:00:00Z");
  CHECK(midnight_after("2027-01-01T07:59:59Z") == "2027-01-01T08:00:00Z");
  CHECK(midnight_after("2027-01-01T08:00:00Z") == "2027-01-02T08:00:00Z");
  CHECK(midnight_after("2028-02-28T20:00:00Z") == "2028-02-29T08:00:00Z");
}

TEST_CASE("the next midnight is always ahead, at most 25 hours, and is a midnight there") {
  for (Instant at = utc("2025-12-20T00:00:00Z"); at < utc("2029-01-10T00:00:00Z"); at += minutes{97}) {
    const Instant midnight = next_pacific_midnight(at);
    const bool right = midnight > at && midnight - at <= hours{25} &&
                       (midnight + pacific_offset(midnight)).time_since_epoch() % hours{24} == Duration{};
    if (!right) FAIL(to_rfc3339(at) << " -> " << to_rfc3339(midnight));
  }
}
