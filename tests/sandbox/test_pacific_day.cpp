#include "sandbox/pacific_day.hpp"

#include <doctest/doctest.h>

#include <string>

namespace batchctl::sandbox {
namespace {

struct Bounds {
  std::string begins, ends;
  bool operator==(const Bounds&) const = default;
};

Bounds day_of(const char* at) {
  const PacificDay day = pacific_day_of(*parse_rfc3339(at));
  return {to_rfc3339(day.begins), to_rfc3339(day.ends)};
}

}  // namespace

TEST_CASE("a day in winter begins at 8:00 UTC and a day in summer at 7:00 UTC") {
  CHECK(day_of("2026-11-22T10:00:00Z") == Bounds{"2026-11-22T08:00:00Z", "2026-11-23T08:00:00Z"});
  CHECK(day_of("2026-11-22T07:59:59.999Z") == Bounds{"2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z"});
  CHECK(day_of("2026-07-04T07:00:00Z") == Bounds{"2026-07-04T07:00:00Z", "2026-07-05T07:00:00Z"});
  CHECK(day_of("2026-07-04T06:59:59.999Z") == Bounds{"2026-07-03T07:00:00Z", "2026-07-04T07:00:00Z"});
}

TEST_CASE("the day on which daylight saving begins has 23 hours") {  // 2026-03-08
  CHECK(day_of("2026-03-08T07:59:59Z") == Bounds{"2026-03-07T08:00:00Z", "2026-03-08T08:00:00Z"});
  for (const char* at :
       {"2026-03-08T08:00:00Z", "2026-03-08T09:59:59Z", "2026-03-08T10:00:00Z", "2026-03-09T06:59:59Z"})
    CHECK(day_of(at) == Bounds{"2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"});
  CHECK(day_of("2026-03-09T07:00:00Z") == Bounds{"2026-03-09T07:00:00Z", "2026-03-10T07:00:00Z"});
}

TEST_CASE("the day on which daylight saving ends has 25 hours") {  // 2026-11-01
  CHECK(day_of("2026-11-01T06:59:59Z") == Bounds{"2026-10-31T07:00:00Z", "2026-11-01T07:00:00Z"});
  for (const char* at :
       {"2026-11-01T07:00:00Z", "2026-11-01T09:00:00Z", "2026-11-02T07:00:00Z", "2026-11-02T07:59:59Z"})
    CHECK(day_of(at) == Bounds{"2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"});
  CHECK(day_of("2026-11-02T08:00:00Z") == Bounds{"2026-11-02T08:00:00Z", "2026-11-03T08:00:00Z"});
}

TEST_CASE("days follow each other without gap or overlap through years") {
  PacificDay day = pacific_day_of(*parse_rfc3339("2023-12-31T12:00:00Z"));
  for (int i = 0; i < 2000; ++i) {
    const PacificDay next = pacific_day_of(day.ends);
    REQUIRE(next.begins == day.ends);
    REQUIRE(pacific_day_of(next.begins - milliseconds{1}).begins == day.begins);
    day = next;
  }
}

}  // namespace batchctl::sandbox
